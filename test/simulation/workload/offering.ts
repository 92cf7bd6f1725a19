/**
 * Seeds whose offers ask for more: gifts, groups, lifetimes, contents that differ, and channels that hang on where somebody is. Drawn from
 * a stream of their own, so that a seed without is what it was before there were any.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const OFFERING = 0x0ffe

const WHEN: Readonly<Record<string, readonly string[]>> = {
  'late-arrival': ['trigger.late_minutes >= 20', 'trigger.phase == "arrived"'],
  'cart-abandonment': ['trigger.value >= 20', 'trigger.step == "checkout"'],
}
const PARAMS: Readonly<Record<string, readonly Json[]>> = {
  'late-arrival': [
    { minutes: '${trigger.late_minutes}' },
    { text: 'at ${trigger.eta_at} (${trigger.phase})' },
  ],
  'cart-abandonment': [{ value: '${trigger.value}' }, { text: '${trigger.value} ${trigger.currency}' }],
  pattern: [{ what: '${trigger.instance}' }],
}
const EXPIRES_ON: Readonly<Record<string, readonly string[]>> = {
  'late-arrival': ['visit.started', 'trip.stopped'],
  'cart-abandonment': ['visit.ended', 'order.completed'],
}
const CHANNELS = ['onsite', 'store', 'call', 'seller', 'push', 'email']

const maybe = (prng: Prng, of: number, rest: Json): Json => (prng.chance(1, of) ? rest : {})

function entry(prng: Prng, id: string, on: string, type: string): Json {
  const channels = prng.some(CHANNELS)
  const variants = listOf(WHEN[type]).map((when, i) => ({
    when,
    ...maybe(prng, 2, { template: `variant-${i}` }),
    ...maybe(prng, 2, { params: { i } }),
  }))
  return {
    id,
    on,
    channels: channels.length === 0 ? ['onsite', 'store'] : channels,
    priority: prng.pick([5, 50, 95]),
    expires: prng.pick(['10m', '2h', '24h']),
    template: `more-${id}`,
    ...maybe(prng, 3, { gift: true }),
    ...maybe(prng, 2, { group: prng.pick(['g1', 'g2']) }),
    ...maybe(prng, 3, { maxPerPerson: prng.between(1, 2) }),
    ...maybe(prng, 3, { discount: prng.pick<unknown>(['10%', { amount: 5, currency: 'EUR' }]) }),
    ...maybe(prng, 2, { variants }),
    ...(PARAMS[type] === undefined ? {} : maybe(prng, 2, { params: prng.pick(PARAMS[type]) })),
    ...(EXPIRES_ON[type] === undefined ? {} : maybe(prng, 4, { expiresOn: [prng.pick(EXPIRES_ON[type])] })),
  }
}

export interface Offering {
  readonly document: Json
  readonly kinds: readonly (readonly [number, () => { readonly type: string; readonly data: Json }])[]
}

/** The document with more offers in it, and people who come and go. Undefined: a seed without. */
export function drawOffering(seed: number, document: Json): Offering | undefined {
  const prng = prngOf(seed ^ OFFERING)
  if (!prng.chance(1, 3)) return undefined
  const operators = listOf(document['operators']).map(objectOf)
  const typeOf = (id: unknown): string => String(operators.find((one) => one['id'] === id)?.['type'])
  if (!operators.some(({ type }) => type === 'offer')) return undefined
  const changed = operators.map((operator): Json => {
    if (operator['type'] !== 'offer') return operator
    const config = objectOf(operator['config'])
    const known = listOf(config['offers']).map((offer): Json => {
      return {
        ...objectOf(offer),
        ...maybe(prng, 4, { group: 'g1' }),
        ...maybe(prng, 6, { maxPerPerson: 1 }),
      }
    })
    const more = Array.from({ length: prng.between(1, 3) }, (_, i) => {
      const on = String(prng.pick(listOf(operator['from'])))
      return entry(prng, `more-${i}`, on, typeOf(on))
    })
    const giftCaps = [{ max: 1, per: prng.pick(['10m', '24h']), ...maybe(prng, 2, { channel: 'onsite' }) }]
    return {
      ...operator,
      config: {
        ...config,
        offers: [...known, ...more],
        ...maybe(prng, 2, { giftCaps }),
        ...maybe(prng, 2, { onsiteWithin: prng.pick(['1m', '30m', '2h']) }),
      },
    }
  })
  const visit = (): Json => ({
    ...maybe(prng, 2, { visit_id: prng.pick(['v1', 'v2']) }),
    ...maybe(prng, 2, { place_id: prng.pick(['a', 'b']) }),
  })
  const zone = (): Json => ({ ...visit(), ...maybe(prng, 2, { zone_id: prng.pick(['z1', 'z2']) }) })
  const weight = prng.pick([1, 4, 10])
  return {
    document: { ...document, operators: changed },
    kinds: [
      [weight, () => ({ type: 'visit.started', data: visit() })],
      [weight, () => ({ type: 'visit.ended', data: visit() })],
      [weight / 2, () => ({ type: 'zone.entered', data: zone() })],
      [weight / 2, () => ({ type: 'zone.left', data: zone() })],
    ],
  }
}
