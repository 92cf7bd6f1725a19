/**
 * A seed's recorded stream: topology, people, and 100 to 400 lines that go where rules meet. Every option is drawn anew, and
 * times fall on borders (gap, after, windows of caps, quiet hours, lateness, grace) far more often than chance would have it.
 *
 * What the contracts leave open is kept out: changes of carts have times of their own, prices are exact in binary, an id comes
 * again only with the same identifiers or as another person's.
 */
import { formatTime } from '../../src/model/time.ts'
import type { Identifier } from './oracle/input.ts'
import { durationOf, type Json, listOf, objectOf, type Settings, settingsOf } from './oracle/settings.ts'
import { type Prng, prngOf } from './prng.ts'
import { type Actor, blockedOnly, drawCast, identifiersFor } from './workload/cast.ts'
import { drawDocument } from './workload/document.ts'

export interface Workload {
  readonly seed: number
  readonly document: Json
  readonly lines: readonly string[]
  /** Epoch milliseconds; undefined: the stream just ends. */
  readonly until: number | undefined
  readonly description: string
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Days on which somewhere a clock is set, and a plain one; the stream starts in the evening before. */
const DAYS = [
  '2026-05-04T05:30:00.000Z',
  '2026-05-04T18:00:00.000Z',
  '2026-03-28T18:00:00.000Z',
  '2026-10-24T18:00:00.000Z',
  '2026-03-07T22:00:00.000Z',
  '2026-10-31T22:00:00.000Z',
  '2026-04-04T08:00:00.000Z',
]

type Draw = (actor: Actor) => { readonly type: string; readonly data: Json }

interface Stage {
  readonly prng: Prng
  readonly settings: Settings
  readonly actors: readonly Actor[]
  readonly kinds: readonly (readonly [number, Draw])[]
  readonly lines: string[]
  /** Durations that matter behind any event. */
  readonly borders: readonly number[]
  /** Times to hit, by person. */
  readonly marks: Map<string, number[]>
  readonly cartTimes: Set<number>
  readonly stepMs: number
  readonly disorder: number
  readonly received: 'never' | 'some' | 'always'
  readonly purpose: string | undefined
  readonly trips: Map<string, { scheduledAt: number }>
  /** The front of event time. */
  now: number
  clock: number
  ids: number
}

const words = {
  product: (prng: Prng): string => `p${prng.below(4)}`,
  cart: (prng: Prng): Json => (prng.chance(1, 2) ? {} : { cart_id: prng.pick(['k1', 'k2', 'default']) }),
}

function shopping(stage: () => Stage, prng: Prng): readonly (readonly [number, Draw])[] {
  const line = (): Json => {
    const product = words.product(prng)
    return {
      product_id: product,
      ...words.cart(prng),
      ...(prng.chance(3, 4) ? { price: 2.5 * (1 + Number(product.slice(1)) * 4) + prng.below(3) / 2 } : {}),
      ...(prng.chance(1, 2) ? { quantity: prng.pick([0, 1, 2, 2, 3]) } : {}),
      ...(prng.chance(1, 2) ? { currency: 'EUR' } : {}),
      category: 'toys',
    }
  }
  const order = (): Json => ({
    order_id: `o${++stage().ids}`,
    ...(prng.chance(1, 3) ? words.cart(prng) : {}),
    total: prng.below(100) / 2,
    products: [{ product_id: words.product(prng), quantity: 1 }],
  })
  return [
    [prng.pick([0, 2, 8]), () => ({ type: 'page.viewed', data: { url: '/' } })],
    [prng.pick([0, 2]), () => ({ type: 'product.viewed', data: { product_id: words.product(prng) } })],
    [prng.pick([0, 6, 12]), () => ({ type: 'product.added', data: line() })],
    [
      prng.pick([0, 1, 4]),
      () => ({ type: 'product.removed', data: { product_id: words.product(prng), ...words.cart(prng) } }),
    ],
    [prng.pick([0, 1, 3]), () => ({ type: 'checkout.started', data: words.cart(prng) })],
    [prng.pick([0, 1]), () => ({ type: 'cart.viewed', data: words.cart(prng) })],
    [prng.pick([0, 1, 3]), () => ({ type: 'order.completed', data: order() })],
    [prng.pick([0, 1]), () => ({ type: 'ride.boarded', data: { ride: 7 } })],
    [prng.pick([0, 1]), () => ({ type: 'location.updated', data: { lat: 1, lon: 2 } })],
    [1, () => ({ type: 'page.left', data: {} })],
  ]
}

function travelling(stage: () => Stage, prng: Prng): readonly (readonly [number, Draw])[] {
  const weight = prng.pick([0, 1, 2, 3])
  const trip = (actor: Actor): string => `trip-${actor.name}-${actor.trips}`
  const lateness = (): number =>
    prng.pick([-5, 0, 0, 4, 5, 9, 10, 10, 11, 15, 20, 25, 26, 40]) * MINUTE_MS +
    prng.pick([0, 0, 0, 0, -1, 1])
  const scheduled = (actor: Actor): number => {
    const known = stage().trips.get(trip(actor))
    if (known !== undefined) return known.scheduledAt
    const scheduledAt = stage().now + prng.between(1, 12) * 10 * MINUTE_MS
    stage().trips.set(trip(actor), { scheduledAt })
    return scheduledAt
  }
  const started: Draw = (actor) => {
    if (stage().trips.has(trip(actor))) actor.trips++
    const scheduledAt = scheduled(actor)
    const eta = prng.chance(1, 4) ? { eta_at: formatTime(scheduledAt + lateness()) } : {}
    return {
      type: 'trip.started',
      data: { trip_id: trip(actor), scheduled_arrival_at: formatTime(scheduledAt), ...eta },
    }
  }
  const updated: Draw = (actor) => {
    if (!stage().trips.has(trip(actor)) && prng.chance(9, 10)) return started(actor)
    const eta = formatTime(scheduled(actor) + lateness())
    const moved = prng.chance(1, 20)
      ? { scheduled_arrival_at: formatTime(scheduled(actor) + 10 * MINUTE_MS) }
      : {}
    return { type: 'trip.eta_updated', data: { trip_id: trip(actor), eta_at: eta, ...moved } }
  }
  const ended =
    (type: string): Draw =>
    (actor) => {
      const data = { trip_id: trip(actor) }
      if (prng.chance(2, 3)) actor.trips++
      return { type, data }
    }
  return [
    [weight * 2, started],
    [weight * 6, updated],
    [weight, ended('trip.arrived')],
    [weight > 1 ? 1 : 0, ended('trip.stopped')],
  ]
}

function asking(
  prng: Prng,
  purpose: string | undefined,
  { zones, byChannel }: { zones: readonly string[]; byChannel: boolean },
): readonly (readonly [number, Draw])[] {
  const channel = (): Json =>
    byChannel && prng.chance(1, 2) ? { channel: prng.pick(['email', 'push', 'sms']) } : {}
  return [
    [
      purpose === undefined ? 0 : prng.pick([0, 1, 3]),
      () => ({
        type: 'consent.changed',
        data: {
          purpose: prng.chance(7, 8) ? purpose : 'statistics',
          granted: prng.chance(1, 2),
          ...channel(),
        },
      }),
    ],
    [
      purpose === undefined ? 0 : prng.pick([0, 0, 1]),
      () => ({ type: 'message.unsubscribed', data: channel() }),
    ],
    [
      prng.pick([0, 0, 1]),
      () => ({
        type: 'person.described',
        data: { traits: { timezone: prng.pick([...zones, 'Nowhere/Land']) } },
      }),
    ],
  ]
}

/** Durations behind an event at which a rule turns. */
function bordersOf(settings: Settings): readonly number[] {
  const out: number[] = []
  for (const { type, config } of settings.operators) {
    if (type === 'sessionize') out.push(durationOf(config['gap'], '30m'), durationOf(config['max'], '24h'))
    if (type === 'cart-abandonment') out.push(durationOf(config['after'], '60m'))
    for (const offer of listOf(config['offers'])) out.push(durationOf(objectOf(offer)['expires'], '24h'))
    for (const cap of listOf(config['caps'])) out.push(durationOf(objectOf(cap)['per'], '24h'))
  }
  return out
}

/** The next time at which the wall clock of UTC or of a whole-hour zone turns quiet or loud, less what a cart waits. */
function quietBorders(settings: Settings, now: number): readonly number[] {
  const afters = settings.operators
    .filter((o) => o.type === 'cart-abandonment')
    .map((o) => durationOf(o.config['after'], '60m'))
  return settings.operators.flatMap((o) => {
    const quiet = objectOf(o.config['quietHours'])
    return [quiet['from'], quiet['to']].flatMap((text) => {
      if (typeof text !== 'string') return []
      const minute = Number(text.slice(3, 5)) * MINUTE_MS
      const next = Math.ceil((now - minute) / HOUR_MS) * HOUR_MS + minute
      return [0, ...afters].flatMap((after) => [next - after, next - after + HOUR_MS]).filter((t) => t >= now)
    })
  })
}

/** When the next event happens: somewhere behind the front, on a border, at the same moment, or earlier. */
function drawTime(stage: Stage, actor: Actor): number {
  const { prng } = stage
  const marks = (stage.marks.get(actor.name) ?? []).filter(
    (t) => t >= stage.now && t < stage.now + 6 * HOUR_MS,
  )
  const quiet = prng.chance(1, 20) ? quietBorders(stage.settings, stage.now) : []
  if (prng.chance(1, 8)) return stage.now
  if (quiet.length > 0) return (stage.now = prng.pick(quiet))
  if (marks.length > 0 && prng.chance(1, 5)) return (stage.now = prng.pick(marks))
  stage.now += prng.chance(1, 30) ? prng.between(1, 8) * 30 * MINUTE_MS : prng.below(2 * stage.stepMs)
  if (!prng.chance(stage.disorder, 12)) return stage.now
  const source = prng.pick(stage.settings.sources)
  const late = source.latenessMs
  const grace = source.graceMs
  return (
    stage.now -
    prng.weighted([
      [6, prng.below(late + 1)],
      [1, late],
      [3, late + prng.below(grace + 1)],
      [1, late + grace],
      [1, late + grace + 1],
      [1, late + grace + prng.below(HOUR_MS)],
    ])
  )
}

const CART_CHANGE = /^(product\.(added|removed)|checkout\.started)$/

function remember(stage: Stage, actor: Actor, time: number): void {
  const marks = stage.marks.get(actor.name) ?? []
  const border = stage.borders.length > 0 ? stage.prng.pick(stage.borders) : HOUR_MS
  marks.push(time + border + stage.prng.pick([-1, 0, 0, 1]))
  stage.marks.set(actor.name, marks.slice(-6))
}

function receivedOf(stage: Stage, time: number): Json {
  const { prng } = stage
  if (stage.received === 'never' || (stage.received === 'some' && prng.chance(1, 2))) return {}
  stage.clock = Math.max(stage.clock, stage.now) + prng.pick([0, 0, 10, 1000, 30_000])
  return { received: formatTime(Math.max(stage.clock, time)) }
}

/** A trip is mostly told by one device: else hardly any would be confirmed. */
function identifiersOf(stage: Stage, actor: Actor, type: string): readonly Identifier[] {
  const { prng } = stage
  if (prng.chance(1, 60)) return blockedOnly(prng)
  const device = actor.own[0] ?? actor.things[0]
  if (type.startsWith('trip.') && prng.chance(19, 20) && device !== undefined) return [device]
  return identifiersFor(prng, actor, stage.actors)
}

function addEvent(stage: Stage): void {
  const { prng } = stage
  const actor = prng.pick(stage.actors)
  const { type, data } = prng.weighted(stage.kinds)(actor)
  let time = drawTime(stage, actor)
  if (CART_CHANGE.test(type)) {
    while (stage.cartTimes.has(time)) time++
    stage.cartTimes.add(time)
  }
  remember(stage, actor, time)
  const context = {
    ...(prng.chance(3, 4) ? { channel: prng.chance(1, 6) ? 'app' : actor.channel } : {}),
    ...(actor.zone !== undefined && prng.chance(1, 3) ? { timezone: actor.zone } : {}),
  }
  const event = {
    id: `e${++stage.ids}`,
    ...(prng.chance(1, 10) ? {} : { source: actor.channel }),
    type,
    time: prng.chance(1, 20) ? time : formatTime(time),
    identifiers: identifiersOf(stage, actor, type),
    ...(Object.keys(context).length > 0 ? { context } : {}),
    data,
    ...receivedOf(stage, time),
  }
  stage.lines.push(JSON.stringify(event))
}

function addRepeat(stage: Stage): void {
  const { prng } = stage
  const line = prng.pick(stage.lines.slice(-30))
  const event = parsed(line)
  if (event === undefined || prng.chance(2, 3)) {
    stage.lines.push(line)
    return
  }
  const { received: _received, topic: _topic, ...rest } = event
  if (prng.chance(1, 2)) {
    stage.lines.push(JSON.stringify({ ...rest, data: { ...objectOf(event['data']), note: 'again' } }))
    return
  }
  // The same id from somebody else is another event.
  const other = prng.pick(stage.actors)
  const type = prng.pick(['page.viewed', 'page.left'])
  stage.lines.push(
    JSON.stringify({
      ...rest,
      type,
      data: {},
      time: formatTime(stage.now),
      identifiers: [prng.pick(other.things)],
    }),
  )
}

function parsed(line: string): Json | undefined {
  try {
    const json = JSON.parse(line) as unknown
    return typeof json === 'object' && json !== null && 'id' in json && 'identifiers' in json
      ? (json as Json)
      : undefined
  } catch {
    return undefined
  }
}

function addRefused(stage: Stage): void {
  const { prng, now } = stage
  const event = {
    id: `bad${++stage.ids}`,
    type: 'page.viewed',
    time: formatTime(now),
    identifiers: [prng.pick(prng.pick(stage.actors).things)],
    data: {},
  }
  const ahead = Math.max(...stage.settings.sources.map((s) => s.aheadMs))
  const { time: _time, ...timeless } = event
  const bad: readonly unknown[] = [
    { ...event, time: formatTime(now + HOUR_MS + ahead + 1), received: formatTime(now) },
    { ...event, time: formatTime(now + ahead + 1), received: formatTime(now) },
    { ...event, id: '' },
    { ...event, type: 'Viewed' },
    { ...event, type: 'product.added', data: { price: 1 } },
    { ...event, type: 'product.added', data: { product_id: 'p1', price: '1' } },
    { ...event, type: 'product.added', data: { product_id: 'p1', quantity: -1 } },
    { ...event, time: '2026-05-04T10:00:00' },
    { ...event, time: 'soon', received: formatTime(now) },
    { ...event, topic: 'no-such-topic' },
    { ...event, identifiers: {} },
    timeless,
    42,
    [],
    null,
  ]
  const texts = ['', '   ', 'hello', '{"id":"broken"']
  stage.lines.push(prng.chance(1, 3) ? prng.pick(texts) : JSON.stringify(prng.pick(bad)))
}

function addClock(stage: Stage): void {
  const { prng } = stage
  const idle = prng.pick(stage.settings.sources).idleMs
  const ahead = prng.pick([0, idle, idle - 1, idle + 1, -MINUTE_MS, HOUR_MS])
  const at = Math.max(stage.clock, stage.now) + ahead
  stage.clock = Math.max(stage.clock, at)
  if (prng.chance(3, 4)) stage.now = Math.max(stage.now, stage.clock)
  stage.lines.push(JSON.stringify({ clock: prng.chance(1, 2) ? at : formatTime(at) }))
}

export function workloadOf(seed: number): Workload {
  const root = prngOf(seed)
  const { document, zones, consentPurpose, consentDefault } = drawDocument(root.fork())
  const settings = settingsOf(document)
  const prng = root.fork()
  const draws = root.fork()
  const start = Date.parse(prng.pick(DAYS)) + prng.below(60) * MINUTE_MS
  const stage: Stage = {
    prng,
    settings,
    actors: drawCast(root.fork(), zones),
    kinds: [
      ...shopping(() => stage, draws),
      ...travelling(() => stage, draws),
      ...asking(draws, consentPurpose, { zones, byChannel: consentDefault !== 'denied' }),
    ],
    lines: [],
    borders: bordersOf(settings),
    marks: new Map(),
    cartTimes: new Set(),
    stepMs: prng.pick([2000, 30_000, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS]),
    disorder: prng.pick([0, 1, 3, 6]),
    received: prng.pick(['never', 'never', 'some', 'always']),
    purpose: consentPurpose,
    trips: new Map(),
    now: start,
    clock: start,
    ids: 0,
  }
  const repeats = prng.pick([0, 1, 5])
  const refused = prng.pick([0, 1, 3])
  const clocks = prng.pick([0, 0, 1, 3])
  const count = prng.between(100, 400)
  while (stage.lines.length < count) {
    const kind = prng.weighted([
      [100, addEvent],
      [stage.lines.length > 0 ? repeats : 0, addRepeat],
      [refused, addRefused],
      [clocks, addClock],
    ] as const)
    kind(stage)
  }
  const until = prng.weighted<number | undefined>([
    [6, stage.now + 48 * HOUR_MS],
    [1, stage.now + HOUR_MS],
    [1, stage.now - HOUR_MS],
    [1, undefined],
  ])
  const types = settings.operators.map((o) => o.id).join(' ')
  const description =
    `seed ${seed}: ${stage.lines.length} lines, ${stage.actors.length} people, sources ${settings.sources.map((s) => s.id).join(' ')}, ` +
    `operators ${types}, a step of ${stage.stepMs} ms, received ${stage.received}, ${stage.disorder} of 12 out of order`
  return { seed, document, lines: stage.lines, until, description }
}
