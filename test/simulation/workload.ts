/**
 * A seed's recorded stream: topology, people, and 100 to 400 lines that go where rules meet. Every option is drawn anew, and
 * times fall on borders (gap, after, windows of caps, quiet hours, lateness, grace) far more often than chance would have it.
 *
 * What the contracts leave open is kept out: changes of carts have times of their own, prices are exact in binary, an id comes
 * again only with the same identifiers or as another person's. Where few events are remembered, repeats stay among those.
 */
import { formatTime } from '../../src/model/time.ts'
import type { Identifier } from './oracle/input.ts'
import {
  durationOf,
  type Json,
  listOf,
  objectOf,
  type Settings,
  settingsOf,
  type SourceSettings,
} from './oracle/settings.ts'
import { type Prng, prngOf } from './prng.ts'
import { type Actor, blockedOnly, drawCast, identifiersFor } from './workload/cast.ts'
import { drawDocument } from './workload/document.ts'
import { type Doing, drawJourneys } from './workload/journeys.ts'
import { drawKnowing } from './workload/knowing.ts'
import { drawOffering } from './workload/offering.ts'
import { drawBehaving } from './workload/patterns.ts'
import { withErasures } from './workload/erasures.ts'
import { drawWalking } from './workload/places.ts'
import { drawReplying } from './workload/replying.ts'
import { drawSelling } from './workload/selling.ts'
import { drawWorldly, isFact } from './workload/world.ts'
import {
  describeStrains,
  drawSkews,
  drawStrains,
  type Skew,
  strain,
  type Strains,
} from './workload/strains.ts'

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

type Draw = (actor: Actor) => Doing

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
  readonly strains: Strains
  readonly skews: readonly Skew[]
  /** Lines that the stream will have. */
  readonly count: number
  /** Id and time of each event, in the order of the lines. */
  readonly told: { readonly line: string; readonly time: number }[]
  readonly zones: readonly string[]
  readonly trips: Map<string, { scheduledAt: number }>
  /** The front of event time, of sources that are not skewed. */
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
  const trip = (actor: Actor): string => {
    if (!stage().strains.trips) return `trip-${actor.name}-${actor.trips}`
    // One of a few, whoever tells of it.
    const family = stage().actors.indexOf(actor) % 2
    return `trip-family${family}-${Math.floor(stage().lines.length / 60)}`
  }
  const lateness = (): number =>
    prng.pick([-5, 0, 0, 4, 5, 9, 10, 10, 11, 15, 20, 25, 26, 40]) * MINUTE_MS +
    prng.pick([0, 0, 0, 0, -1, 1])
  const scheduled = (actor: Actor): number => {
    const known = stage().trips.get(trip(actor))
    const anew = stage().strains.trips && prng.chance(1, 6)
    if (known !== undefined && !anew) return known.scheduledAt
    const front = stage().now + shiftOf(stage(), 'trip.started')
    const scheduledAt = front + prng.between(1, 12) * 10 * MINUTE_MS
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

/** What strained seeds have more of; nothing of a strain that was not drawn. */
function strainedKinds(
  stage: () => Stage,
  prng: Prng,
  strains: Strains,
): readonly (readonly [number, Draw])[] {
  const kinds: (readonly [number, Draw])[] = []
  if (strains.carts) {
    const cart = prng.pick<readonly Json[]>([[{}], [{}, { cart_id: 'k1' }]])
    const change = (): Json => {
      const product = words.product(stage().prng)
      const price = 2.5 * (1 + Number(product.slice(1)))
      const quantity = stage().prng.between(1, 3)
      return { product_id: product, price, currency: 'EUR', quantity, ...stage().prng.pick(cart) }
    }
    kinds.push(
      [40, () => ({ type: 'product.added', data: change() })],
      [20, () => ({ type: 'product.removed', data: change() })],
      [
        prng.pick([2, 6]),
        () => ({
          type: 'order.completed',
          data: { order_id: `o${++stage().ids}`, total: 20, ...stage().prng.pick(cart) },
        }),
      ],
    )
  }
  if (strains.sessions)
    kinds.push(
      [20, () => ({ type: 'page.viewed', data: { url: '/' } })],
      [10, () => ({ type: 'page.left', data: {} })],
    )
  if (strains.trips) {
    const told = travelling(stage, prng).map(([, draw]) => draw)
    kinds.push([6, told[0] as Draw], [30, told[1] as Draw], [1, told[2] as Draw])
  }
  return kinds
}

/** Durations behind an event at which a rule turns. */
function bordersOf(settings: Settings): readonly number[] {
  const out: number[] = []
  for (const { type, config } of settings.operators) {
    if (type === 'sessionize') out.push(durationOf(config['gap'], '30m'), durationOf(config['max'], '24h'))
    if (type === 'cart-abandonment') out.push(durationOf(config['after'], '60m'))
    if (type === 'pattern')
      for (const text of [config['within'], config['once'], objectOf(config['unless'])['within']])
        if (typeof text === 'string') out.push(durationOf(text, ''))
    if (type === 'journey')
      for (const entry of [...listOf(config['steps']).map(objectOf), { wait: { for: config['for'] } }])
        for (const text of [objectOf(entry['wait'] ?? {})['for'], objectOf(entry['waitFor'] ?? {})['within']])
          if (typeof text === 'string') out.push(durationOf(text, ''))
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

/** The source that takes events of the type. */
const sourceOf = ({ settings }: Stage, type: string): SourceSettings =>
  settings.sources.find((s) => s.types?.includes(type) === true) ??
  (settings.sources.find((s) => s.types === undefined) as SourceSettings)

/** How far the front of a type's source lies from the others'. */
function shiftOf(stage: Stage, type: string): number {
  if (stage.skews.length === 0) return 0
  const { id } = sourceOf(stage, type)
  const skew = stage.skews.find(({ source }) => source === id)
  if (skew === undefined) return 0
  const grown = Math.min(1, stage.lines.length / stage.count)
  const part = skew.course === 'steady' ? 1 : skew.course === 'grows' ? grown : 1 - grown
  return Math.round(skew.ms * part)
}

/** The newest front of all sources. */
const frontOf = ({ now, skews }: Stage): number => now + Math.max(0, ...skews.map(({ ms }) => ms))

/** When the next event happens: somewhere behind the front, on a border, at the same moment, or earlier. */
function drawTime(stage: Stage, actor: Actor, type: string): number {
  const shift = shiftOf(stage, type)
  return shift + drawPlainTime(stage, actor, shift)
}

/** The same, as if no source were skewed. */
function drawPlainTime(stage: Stage, actor: Actor, shift: number): number {
  const { prng } = stage
  const marks = (stage.marks.get(actor.name) ?? [])
    .map((t) => t - shift)
    .filter((t) => t >= stage.now && t < stage.now + 6 * HOUR_MS)
  const quiet = prng.chance(1, 20)
    ? quietBorders(stage.settings, stage.now + shift).map((t) => t - shift)
    : []
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
  stage.clock = Math.max(stage.clock, frontOf(stage)) + prng.pick([0, 0, 10, 1000, 30_000])
  return { received: formatTime(Math.max(stage.clock, time)) }
}

/** A trip is mostly told by one device: else hardly any would be confirmed. */
function identifiersOf(stage: Stage, actor: Actor, type: string): readonly Identifier[] {
  const { prng } = stage
  if (prng.chance(1, 60)) return blockedOnly(prng)
  const device = actor.own[0] ?? actor.things[0]
  if (stage.strains.trips && type.startsWith('trip.')) {
    // Told by several people, who are found to be one now and then.
    const known = identifiersFor(prng, actor, [actor])
    return prng.chance(1, 12) ? [...known, prng.pick(prng.pick(stage.actors).things)] : known
  }
  if (type.startsWith('trip.') && prng.chance(19, 20) && device !== undefined) return [device]
  return identifiersFor(prng, actor, stage.actors)
}

function addEvent(stage: Stage): void {
  const { prng } = stage
  const actor = prng.pick(stage.actors)
  const { type, data, dated } = prng.weighted(stage.kinds)(actor)
  let time = drawTime(stage, actor, type)
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
    ...(isFact(type) ? {} : { identifiers: identifiersOf(stage, actor, type) }),
    ...(Object.keys(context).length > 0 ? { context } : {}),
    data: { ...data, ...dated?.(time) },
    ...receivedOf(stage, time),
  }
  tell(stage, JSON.stringify(event), time)
}

function tell(stage: Stage, line: string, time: number): void {
  stage.lines.push(line)
  stage.told.push({ line, time })
}

/** Many events of one person at one moment, with repeats between them. */
function addFlood(stage: Stage): void {
  const { prng } = stage
  const actor = prng.pick(stage.actors)
  const identifiers = [prng.pick(actor.things)]
  const type = prng.pick(['page.viewed', 'product.viewed', 'page.left'])
  const time = drawTime(stage, actor, type)
  const count = prng.weighted([
    [1, prng.between(3, 20)],
    [2, prng.between(20, 60)],
  ] as const)
  for (let i = 0; i < count; i++) {
    const event = {
      id: `e${++stage.ids}`,
      source: actor.channel,
      type,
      time: formatTime(time),
      identifiers,
      data: type === 'product.viewed' ? { product_id: words.product(prng) } : {},
      ...receivedOf(stage, time),
    }
    tell(stage, JSON.stringify(event), time)
    if (prng.chance(1, 8)) addRepeat(stage)
  }
}

/** A person's zone and locale, said many times and out of order around the moment at which a cart of theirs is due. */
function addZones(stage: Stage): void {
  const { prng } = stage
  const actor = prng.pick(stage.actors)
  const identifiers = [prng.pick(actor.things), ...prng.some(actor.own)]
  const say = (type: string, time: number, rest: Json): void => {
    const event = {
      id: `e${++stage.ids}`,
      source: actor.channel,
      type,
      time: formatTime(time),
      identifiers,
      ...rest,
      ...receivedOf(stage, time),
    }
    tell(stage, JSON.stringify(event), time)
  }
  const carts = stage.settings.operators.filter((o) => o.type === 'cart-abandonment')
  const after = carts[0] === undefined ? HOUR_MS : durationOf(carts[0].config['after'], '60m')
  let at = stage.now + shiftOf(stage, 'product.added')
  while (stage.cartTimes.has(at)) at++
  stage.cartTimes.add(at)
  say('product.added', at, { data: { product_id: 'p3', price: 32.5, ...words.cart(prng) } })
  const { latenessMs } = sourceOf(stage, 'page.left')
  const span = Math.min(latenessMs, after)
  const spoken = prng.weighted<readonly string[]>([
    [2, [prng.pick(stage.zones)]],
    [3, [prng.pick(stage.zones), prng.pick(stage.zones)]],
    [1, stage.zones],
  ])
  const rarely = prng.pick(stage.zones)
  const count = prng.pick([prng.between(3, 12), prng.between(12, 40)])
  for (let i = 0; i < count; i++) {
    const time = at + after - span + 1 + prng.below(span) + (prng.chance(1, 2) ? prng.below(span) : 0)
    const zone = prng.chance(1, 10) ? rarely : prng.pick(spoken)
    const traits = { timezone: zone, locale: prng.pick(['da-DK', 'en-GB']) }
    if (prng.chance(1, 8)) say('person.described', time, { data: { traits } })
    else say('page.left', time, { context: traits, data: {} })
  }
  stage.now += after + prng.below(2 * span + 1)
}

/** Lines that may come again: of the newest ones those that are surely remembered, whosoever they are. */
function repeatable(stage: Stage): readonly string[] {
  const newest = stage.lines.slice(-30)
  const { dedupeEvents } = stage.strains
  if (dedupeEvents === undefined) return newest
  const { told } = stage
  return told.slice(-30).flatMap(({ line, time }, i) => {
    const place = Math.max(0, told.length - 30) + i
    const behind = told.filter((other, j) => other.time > time || (other.time === time && j > place)).length
    return behind < dedupeEvents - 1 ? [line] : []
  })
}

function addRepeat(stage: Stage): void {
  const { prng } = stage
  const lines = repeatable(stage)
  if (lines.length === 0) return
  const line = prng.pick(lines)
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
  const time = stage.now + shiftOf(stage, type)
  tell(
    stage,
    JSON.stringify({
      ...rest,
      type,
      data: {},
      time: formatTime(time),
      identifiers: [prng.pick(other.things)],
    }),
    time,
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
  const at = Math.max(stage.clock, frontOf(stage)) + ahead
  stage.clock = Math.max(stage.clock, at)
  if (prng.chance(3, 4)) stage.now = Math.max(stage.now, stage.clock)
  stage.lines.push(JSON.stringify({ clock: prng.chance(1, 2) ? at : formatTime(at) }))
}

export function workloadOf(seed: number): Workload {
  const root = prngOf(seed)
  const { strains, prng: strained } = drawStrains(seed)
  const plain = drawDocument(root.fork())
  const { document: unwalked, zones, consentPurpose, consentDefault } = strain(strained, plain, strains)
  const walking = drawWalking(seed, unwalked)
  const walked = walking?.document ?? unwalked
  const behaving = drawBehaving(seed, walked)
  const behaved = behaving?.document ?? walked
  const selling = drawSelling(seed, behaved)
  const sold = selling?.document ?? behaved
  const offering = drawOffering(seed, sold)
  const offered = offering?.document ?? sold
  const knowing = drawKnowing(seed, offered)
  const known = knowing?.document ?? offered
  const journeys = drawJourneys(seed, known, () => stage.now)
  const travelled = journeys?.document ?? known
  const replying = drawReplying(seed, travelled, () => stage.now)
  const replied = replying?.document ?? travelled
  const worldly = replying === undefined ? drawWorldly(seed, replied) : undefined
  const document = worldly?.document ?? replied
  const settings = settingsOf(document)
  const prng = root.fork()
  const draws = root.fork()
  const start = Date.parse(prng.pick(DAYS)) + prng.below(60) * MINUTE_MS
  const cast = drawCast(root.fork(), zones)
  const plainKinds = [
    ...shopping(() => stage, draws),
    ...travelling(() => stage, draws),
    ...asking(draws, consentPurpose, { zones, byChannel: consentDefault !== 'denied' }),
  ]
  const stepMs = prng.pick([2000, 30_000, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS])
  const disorder = prng.pick([0, 1, 3, 6])
  const received = prng.pick(['never', 'never', 'some', 'always'] as const)
  const repeats = prng.pick([0, 1, 5])
  const refused = prng.pick([0, 1, 3])
  const clocks = prng.pick([0, 0, 1, 3])
  const count = prng.between(100, 400)
  const busy = strains.carts || strains.sessions || strains.trips
  const stage: Stage = {
    prng,
    settings,
    // With fewer people there is more of each.
    actors: busy
      ? cast.slice(0, strained.between(2, 5))
      : cast.slice(
          0,
          replying?.people ??
            worldly?.people ??
            journeys?.people ??
            behaving?.people ??
            walking?.people ??
            knowing?.people,
        ),
    kinds: [
      ...plainKinds,
      ...strainedKinds(() => stage, strained, strains),
      ...(walking?.kinds ?? []),
      ...(behaving?.kinds ?? []),
      ...(selling?.kinds ?? []),
      ...(offering?.kinds ?? []),
      ...(knowing?.kinds ?? []),
      ...(journeys?.kinds ?? []),
      ...(replying?.kinds ?? []),
      ...(worldly?.kinds ?? []),
    ],
    lines: [],
    borders: bordersOf(settings),
    marks: new Map(),
    cartTimes: new Set(),
    stepMs: strains.sessions ? strained.pick([2, 4, 8]) * MINUTE_MS : stepMs,
    disorder: strains.sessions || strains.zones ? strained.pick([3, 6, 8]) : disorder,
    received: strains.skewed ? strained.pick(['never', 'some', 'always']) : received,
    purpose: consentPurpose,
    strains,
    skews: strains.skewed
      ? drawSkews(
          strained,
          settings.sources.map((s) => s.id),
        )
      : [],
    count,
    told: [],
    zones,
    trips: new Map(),
    now: start,
    clock: start,
    ids: 0,
  }
  // A clock far ahead ends what keeps the fronts apart.
  const clocksToo = strains.skewed && strained.chance(2, 3) ? 0 : clocks
  const repeatsToo = strains.dedupeEvents === undefined ? repeats : strained.pick([3, 10])
  while (stage.lines.length < count) {
    const kind = prng.weighted([
      [100, addEvent],
      [stage.lines.length > 0 ? repeatsToo : 0, addRepeat],
      [refused, addRefused],
      [clocksToo, addClock],
      [strains.floods ? 2 : 0, addFlood],
      [strains.zones ? 3 : 0, addZones],
    ] as const)
    kind(stage)
  }
  const front = frontOf(stage)
  const until = prng.weighted<number | undefined>([
    [6, front + 48 * HOUR_MS],
    [1, front + HOUR_MS],
    [1, stage.now - HOUR_MS],
    [1, undefined],
  ])
  const lines = withErasures(seed, stage.lines)
  const erasures = lines.length - stage.lines.length
  const types = settings.operators.map((o) => o.id).join(' ')
  const description =
    `seed ${seed}: ${stage.lines.length} lines, ${stage.actors.length} people, sources ${settings.sources.map((s) => s.id).join(' ')}, ` +
    `operators ${types}, a step of ${stage.stepMs} ms, received ${stage.received}, ${stage.disorder} of 12 out of order, ` +
    `strained by ${describeStrains(strains) || 'nothing'}, ${erasures} to erase`
  return { seed, document, lines, until, description }
}
