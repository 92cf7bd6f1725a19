/** A topology drawn by swarm: any option may be there or not, so that each seed is a small world of its own. */
import type { Json } from '../oracle/settings.ts'
import type { Prng } from '../prng.ts'

export interface Draws {
  readonly document: Json
  readonly zones: readonly string[]
  readonly consentPurpose: string | undefined
  readonly consentDefault: unknown
}

export const WEB_TYPES = [
  'page.viewed',
  'product.viewed',
  'product.added',
  'product.removed',
  'cart.viewed',
  'checkout.started',
  'order.completed',
]
export const TRIP_TYPES = [
  'trip.started',
  'trip.eta_updated',
  'trip.approaching',
  'trip.arrived',
  'trip.stopped',
]

const WHEN: Readonly<Record<string, readonly string[]>> = {
  'late-arrival': [
    'trigger.phase == "en-route" && trigger.late_minutes >= 15',
    'trigger.phase == "en-route"',
    'trigger.phase == "arrived"',
    'trigger.late_minutes >= 20',
  ],
  'cart-abandonment': [
    'trigger.value >= 20',
    'trigger.value < 20',
    'trigger.step == "checkout"',
    'trigger.instance != "default"',
  ],
}
const EXPIRES_ON: Readonly<Record<string, readonly string[]>> = {
  'late-arrival': ['trip.arrived', 'trip.stopped'],
  'cart-abandonment': ['order.completed', 'product.removed'],
}

/** Zones of which one sets its clocks, and moments shortly before they are set. */
export const ZONES = ['UTC', 'Europe/Copenhagen', 'America/New_York', 'Asia/Tokyo', 'Australia/Lord_Howe']

interface Operator {
  readonly id: string
  readonly type: string
  readonly from: string | readonly string[]
  readonly config: Json
}

function sources(prng: Prng): Json {
  const latenessOf = (): string => prng.pick(['0s', '5s', '10s', '10s', '1m', '10m'])
  const source = (topic: string, types?: readonly string[]): Json => ({
    topic,
    format: 'json',
    lateness: latenessOf(),
    grace: prng.pick(['0s', '1m', '10m', '10m', '30m', '2h']),
    idle: prng.pick(['30s', '5m', '1h']),
    ...(prng.chance(1, 4) ? { ahead: prng.pick(['30s', '5m', '10m']) } : {}),
    ...(types === undefined ? {} : { types }),
  })
  if (prng.chance(1, 2)) return { all: source('events') }
  if (prng.chance(1, 2)) return { trips: source('trip-events', TRIP_TYPES), rest: source('events') }
  return {
    web: source('web-events', WEB_TYPES),
    trips: source('trip-events', TRIP_TYPES),
    rest: source('events'),
  }
}

function identity(prng: Prng, from: readonly string[]): Operator {
  const config: Record<string, unknown> = {}
  if (prng.chance(1, 3)) {
    const limit = (): Json => ({ limit: prng.between(1, 4) })
    const rest: [string, Json][] = [
      ['email', limit()],
      ['phone', limit()],
      ['device_id', limit()],
      ['push_token', limit()],
      ['anonymous_id', limit()],
    ]
    const first: [string, Json][] = [
      ['user_id', { unique: true }],
      ['loyalty_id', { unique: true }],
    ]
    config['identifiers'] = Object.fromEntries(prng.chance(1, 4) ? [...rest, ...first] : [...first, ...rest])
  }
  if (prng.chance(1, 6)) config['mergesMax'] = prng.between(1, 3)
  if (prng.chance(1, 6)) config['identifiersMax'] = prng.between(3, 8)
  if (prng.chance(1, 4)) config['block'] = ['test', 'n/a']
  return { id: 'identity', type: 'identity', from, config }
}

function sessions(prng: Prng, id: string): Operator {
  return {
    id,
    type: 'sessionize',
    from: 'identity',
    config: {
      gap: prng.pick(['1m', '5m', '30m', '30m', '2h']),
      ...(prng.chance(1, 3) ? { max: prng.pick(['10m', '1h', '4h']) } : {}),
      ...(prng.chance(1, 4) ? { by: 'channel' } : {}),
      ...(prng.chance(1, 5)
        ? { ignore: prng.pick([[], ['page.*'], ['product.*', 'trip.eta_updated']]) }
        : {}),
    },
  }
}

const late = (prng: Prng): Operator => ({
  id: 'late',
  type: 'late-arrival',
  from: 'identity',
  config: {
    lateBy: prng.pick(['5m', '10m', '10m']),
    confirm: prng.pick([1, 1, 2, 3]),
    clearBy: prng.pick(['0m', '5m']),
    step: prng.pick(['1m', '10m', '15m']),
  },
})

const cart = (prng: Prng, id: string): Operator => ({
  id,
  type: 'cart-abandonment',
  from: 'identity',
  config: {
    after: prng.pick(['10m', '30m', '60m', '60m', '4h']),
    ...(prng.chance(1, 3) ? { minValue: prng.pick([10, 20]) } : {}),
  },
})

function catalogue(prng: Prng, triggers: readonly Operator[]): readonly Json[] {
  return Array.from({ length: prng.between(1, 4) }, (_, i) => {
    const on = i < triggers.length ? (triggers[i] as Operator) : prng.pick(triggers)
    const channels = prng.some(['email', 'push', 'sms', 'kiosk'])
    const when = WHEN[on.type] ?? []
    // An arrival that fires is not to end the offer of its own firing.
    const expiresOn = prng.chance(1, 3) ? [prng.pick(EXPIRES_ON[on.type] ?? [])] : []
    return {
      id: `offer-${i}`,
      on: on.id,
      ...(expiresOn.includes('trip.arrived')
        ? { when: 'trigger.phase == "en-route"' }
        : prng.chance(1, 2)
          ? { when: prng.pick(when) }
          : {}),
      channels: channels.length === 0 ? ['kiosk'] : channels,
      ...(prng.chance(3, 4) ? { priority: prng.pick([10, 50, 50, 90]) } : {}),
      ...(prng.chance(3, 4) ? { expires: prng.pick(['10m', '30m', '2h', '24h']) } : {}),
      ...(expiresOn.length > 0 ? { expiresOn } : {}),
      template: `template-${i}`,
      params: { code: `c${i}` },
    }
  })
}

function offers(prng: Prng, triggers: readonly Operator[]): Operator {
  const cap = (): Json => ({
    max: prng.between(1, 3),
    per: prng.pick(['10m', '1h', '24h']),
    ...(prng.chance(1, 3) ? { channel: prng.pick(['email', 'push']) } : {}),
  })
  const quiet = prng.pick([
    ['22:00', '08:00'],
    ['22:00', '08:00'],
    ['18:00', '23:00'],
    ['06:00', '20:00'],
    ['07:00', '09:00'],
    ['12:00', '12:30'],
    ['02:15', '02:45'],
    ['01:30', '02:30'],
    ['00:00', '00:00'],
  ] as const)
  const from = triggers.map((t) => t.id)
  const outcome = prng.pick(['hold', 'hold', 'drop'])
  return {
    id: 'offers',
    type: 'offer',
    from,
    config: {
      offers: catalogue(prng, triggers),
      ...(prng.chance(1, 2) ? { caps: Array.from({ length: prng.between(1, 3) }, cap) } : {}),
      ...(prng.chance(1, 2)
        ? // oxlint-disable-next-line unicorn/no-thenable -- the key is the document's, and nobody awaits it
          { quietHours: { from: quiet[0], to: quiet[1], then: outcome } }
        : {}),
      ...(prng.chance(1, 3)
        ? { holdout: { percent: prng.pick([10, 50]), salt: `s${prng.below(100)}` } }
        : {}),
      ...(prng.chance(1, 2)
        ? { consent: { purpose: 'marketing', default: prng.pick(['granted', 'granted', 'denied']) } }
        : {}),
    },
  }
}

export function drawDocument(prng: Prng): Draws {
  const allSources = sources(prng)
  const operators: Operator[] = [identity(prng, Object.keys(allSources))]
  if (prng.chance(2, 3)) operators.push(sessions(prng, 'visit'))
  if (prng.chance(1, 6)) operators.push(sessions(prng, 'visit-too'))
  if (prng.chance(2, 3)) operators.push(late(prng))
  if (prng.chance(3, 4) || operators.length === 1) operators.push(cart(prng, 'cart'))
  if (prng.chance(1, 8)) operators.push(cart(prng, 'cart-too'))
  const triggers = operators.filter((o) => o.type === 'late-arrival' || o.type === 'cart-abandonment')
  if (triggers.length > 0 && prng.chance(5, 6)) operators.push(offers(prng, triggers))
  const consent = operators.find((o) => o.type === 'offer')?.config['consent'] as Json | undefined
  const shown = operators.filter((o) => o.type !== 'identity' && (prng.chance(7, 8) || o.type === 'offer'))
  const timezone = prng.pick(ZONES)
  const document: Record<string, unknown> = {
    topology: 'drawn',
    timezone,
    sources: allSources,
    operators,
    sinks: Object.fromEntries(
      shown.map((o) => [`${o.id}-out`, { from: o.id, topic: `${o.id}-out`, format: 'json' }]),
    ),
  }
  if (prng.chance(1, 4)) document['lateEvents'] = { topic: 'too-late' }
  return {
    document,
    zones: [timezone, ...prng.some(ZONES)],
    consentDefault: consent?.['default'],
    consentPurpose: typeof consent?.['purpose'] === 'string' ? consent['purpose'] : undefined,
  }
}
