/**
 * What the upstream of a chaos run tells of a business as it ships: weeks of it, deterministic by seed, in rounds of some lines each.
 *
 * Two designs were sketched. (a) One more generator, written for the faults, whose parties never meet and whose outcome follows from
 * event times alone, so that an oracle can be asked about each. It can hold neither a whole topology nor what M1 leaves to the order of
 * the log. (b) The demo's business: its crowd with the disorder of real life, and its cast, who play every story there is, in many
 * copies moved in time. Chosen is (b), since what it tells grows with the demo, and since the verdict takes the order of the log as it
 * was. What the demo lacks is added here: answers to the offers, which a rehearsal on the embedded runtime makes known; orders to
 * erase; and movers, who are heard in every lane every round, so that no lane is silent and time goes on everywhere.
 */
import { createDecoder } from '../../src/adapters/formats/decoder.ts'
import { writeAvroEvent } from '../../src/adapters/formats/avro/event.ts'
import { createSchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { controlOrder } from '../../src/adapters/formats/control-orders.ts'
import { arrivals, type Arrivals } from '../../src/app/demo/arrivals.ts'
import type { Business } from '../../src/app/demo/business.ts'
import { generateDay } from '../../src/app/demo/generate.ts'
import { openEmbedded, type Output } from '../../src/app/embed.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import { hash32 } from '../../src/model/hash.ts'
import type { Identifier } from '../../src/model/identifiers.ts'
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, parseRfc3339, SECOND_MS } from '../../src/model/time.ts'
import { printsOf } from '../../src/operators/identity/name-print.ts'
import type { Plan, SourcePlan } from '../../src/topology/plan.ts'
import { KEY } from '../support/replayed.ts'
import type { Prng } from '../simulation/prng.ts'

export interface Told {
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  readonly value: Buffer
}

/** What is told at once. */
export interface Round {
  readonly records: readonly Told[]
  /** There is a fact, an answer or an order in it that somebody waits for: a good moment for a fault. */
  readonly tense: boolean
}

export interface StoryOptions {
  readonly business: Business
  readonly plan: Plan
  /** Of each source's topic. */
  readonly partitions: number
  readonly controlTopic: string
  /** About so many; answers come on top. */
  readonly lines: number
  readonly prng: Prng
}

type Line = Readonly<Record<string, unknown>>

export const ROUND_LINES = 40
/** Of a hundred lines those that the cast plays. */
const CAST_SHARE = 45
/** Whole weeks back, so that the days of the week stay, and far enough that nothing is ahead of a machine's clock. */
const BACK_MS = 364 * DAY_MS
/** All that anybody but the movers waits for is due by then, and no machine's clock is before it. */
export const END = parseRfc3339('2025-12-30T12:00:00Z') as number
/** Rounds from one order to erase to the next. */
const ERASE_EVERY = 7
const TENSE = /"type":"(?:price\.changed|offer\.accepted|offer\.failed|page\.left|mood\.measured)"/

/** What a mover of a source tells of: the first of these that the source takes. */
const MOVES: Readonly<Record<string, (place: string, prng: Prng) => Line>> = {
  'page.viewed': () => ({ url: '/' }),
  'call.received': () => ({ topic: 'nothing' }),
  'trip.started': (place) => ({ trip_id: place, scheduled_arrival_at: formatTime(END) }),
  'zone.entered': () => ({ zone_id: 'mine' }),
  'person.described': () => ({ traits: { mover: true } }),
  'offer.opened': (place) => ({ offer_id: place }),
  // Regulars of a shop, who are missed in the end.
  'order.completed': (place, prng) => ({ order_id: `${place}-${prng.u32()}`, total: prng.between(5, 90) }),
  'lead.handed_over': (place) => ({ deal_id: place }),
  'queue.measured': (place, prng) => ({ place_id: place, wait_minutes: prng.between(5, 70) }),
  'price.changed': (place, prng) => ({
    product_id: prng.pick(['tent', 'lamp', place]),
    price: prng.between(20, 120),
  }),
}

/** The whole story, in order. */
export async function storyOf(options: StoryOptions): Promise<readonly Round[]> {
  const { business, plan, prng } = options
  const waiting = arrivals()
  const write = writerOf(options)
  putLines(options, waiting)
  const offers: Line[] = []
  const rehearsal = await openEmbedded(plan, {
    key: KEY,
    onOutput: ({ value }: Output) => {
      if (value.includes('"type":"offer.emitted"')) offers.push(JSON.parse(value) as Line)
    },
  })
  const rounds: Round[] = []
  const named: Identifier[] = []
  let ids = 0
  while (waiting.size > 0) {
    const lines: string[] = []
    let now = 0
    for (let left = ROUND_LINES; left > 0 && waiting.size > 0; left--) {
      const arriving = waiting.take()
      if (arriving === undefined) break
      now = arriving.at
      lines.push(arriving.line)
    }
    const records = lines.map(write)
    for (const line of lines) if (line.endsWith('}')) named.push(...identifiersOf(parsed(line)))
    const erased = rounds.length % ERASE_EVERY === ERASE_EVERY - 1 ? prng.pick(named) : undefined
    if (erased !== undefined) {
      lines.push(JSON.stringify({ erase: erased }))
      records.push(orderOf(options, erased))
    }
    const movers = moves(options, now, `${business.name}-${++ids}`)
    await rehearsal.feed([...lines, ...movers.map(({ line }) => line)])
    for (const offer of offers.splice(0)) answer(offer, now, prng, waiting)
    rounds.push({
      records: [...records, ...movers.map(({ line, partition }) => ({ ...write(line), partition }))],
      tense: erased !== undefined || lines.some((line) => TENSE.test(line)),
    })
  }
  await rehearsal.close()
  const end = moves(options, END, 'end')
  rounds.push({ records: end.map(({ line, partition }) => ({ ...write(line), partition })), tense: false })
  return rounds
}

/** The crowd, and the cast many times over. */
function putLines({ business, lines, prng }: StoryOptions, waiting: Arrivals): void {
  const script = [...generateDay(business, { events: business.script.length, seed: 1 })]
  const copies = Math.max(1, Math.round((lines * CAST_SHARE) / 100 / script.length))
  for (let copy = 1; copy <= copies; copy++) {
    const by = -BACK_MS - prng.between(0, 20 * 24) * HOUR_MS + prng.between(0, 59) * MINUTE_MS
    for (const { at, line } of script)
      waiting.put({ at: at + by, line: JSON.stringify(another(moved(parsed(line), by), copy)) })
  }
  const events = Math.max(script.length, lines - copies * script.length)
  for (const { at, line } of generateDay(business, { events, seed: prng.between(1, 1_000_000) }))
    waiting.put({
      at: at - BACK_MS,
      line: isWhole(line) ? JSON.stringify(moved(parsed(line), -BACK_MS)) : line,
    })
}

const parsed = (line: string): Line => JSON.parse(line) as Line

function isWhole(line: string): boolean {
  try {
    return parsed(line) !== null
  } catch {
    return false
  }
}

/** With every time and day in it moved. */
function moved(line: Line, by: number): Line {
  return JSON.parse(JSON.stringify(line), (_key, item: unknown) => {
    if (typeof item !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(item)) return item
    const isDay = item.length === 10
    const at = parseRfc3339(isDay ? `${item}T12:00:00Z` : item)
    if (at === undefined) return item
    return isDay ? formatTime(at + by).slice(0, 10) : formatTime(at + by)
  }) as Line
}

/** Of a copy of the cast: other people, other carts, trips, visits, orders and deals, in the same world. */
function another(line: Line, copy: number): Line {
  const data = Object.entries(line['data'] ?? {}).map(([field, value]): [string, unknown] =>
    /^(?:visit|trip|cart|order|deal|offer)_id$/.test(field)
      ? [field, `${String(value)}~${copy}`]
      : [field, value],
  )
  const identifiers = identifiersOf(line).map(({ type, value }) => ({
    type,
    value: type === 'email' ? `${copy}.${value}` : type === 'phone' ? `${value}${copy}` : `${value}~${copy}`,
  }))
  return { ...line, id: `${String(line['id'])}~${copy}`, identifiers, data: Object.fromEntries(data) }
}

const identifiersOf = (line: Line): readonly Identifier[] =>
  (line['identifiers'] ?? []) as readonly Identifier[]

/** What became of an offer; of many nobody ever hears. */
function answer(offer: Line, now: number, prng: Prng, waiting: Arrivals): void {
  const { offer_id, recipient } = offer['data'] as {
    readonly offer_id: string
    readonly recipient?: { readonly identifiers?: readonly Identifier[] }
  }
  const identifiers = recipient?.identifiers ?? []
  if (identifiers.length === 0) return
  const emitted = Math.max(now, parseRfc3339(String(offer['time'])) ?? 0)
  const tell = (type: string, after: number, data: Line = {}): void => {
    const time = emitted + after
    waiting.put({
      at: time + prng.between(100, 5000),
      line: JSON.stringify({
        id: `${type}-${offer_id}`,
        type,
        time: formatTime(time),
        received: formatTime(time + 5000),
        identifiers,
        data: { offer_id, ...data },
      }),
    })
  }
  const soon = prng.between(1, 90) * SECOND_MS
  const outcome = prng.weighted([
    [4, 'offer.accepted'],
    [3, 'offer.failed'],
    [2, 'offer.dismissed'],
    [2, 'offer.redeemed'],
    [2, 'nothing'],
    [2, 'silence'],
  ])
  if (outcome === 'silence') return
  if (outcome === 'offer.failed') return tell(outcome, soon, { reason: 'no-such-address' })
  tell('offer.delivered', soon)
  if (prng.chance(1, 2)) tell('offer.opened', soon + prng.between(10, 600) * SECOND_MS)
  if (outcome !== 'nothing') tell(outcome, soon + prng.between(1, 40) * HOUR_MS)
}

interface Move {
  readonly line: string
  readonly partition: number
}

/** Somebody in every lane of every source, at this moment. */
function moves({ plan, partitions, prng }: StoryOptions, time: number, id: string): readonly Move[] {
  return plan.sources.flatMap((source) => {
    const type = Object.keys(MOVES).find((one) => source.types?.has(one) === true)
    const data = type === undefined ? undefined : MOVES[type]
    if (data === undefined)
      throw new Error(`nobody can move the source ${source.id}: give it a line in MOVES`)
    return Array.from({ length: partitions }, (_, partition): Move => {
      const place = `mover-${source.id}-${partition}`
      const identifiers = source.world ? [] : [{ type: 'user_id', value: place }]
      const event = {
        id: `${id}-${place}`,
        type,
        time: formatTime(time),
        received: formatTime(time),
        identifiers,
      }
      return { partition, line: JSON.stringify({ ...event, data: data(place, prng) }) }
    })
  })
}

function orderOf({ plan, controlTopic }: StoryOptions, { type, value }: Identifier): Told {
  const prints = printsOf({ type, value }, plan.identity.ready)
  const order = controlOrder({ person: undefined, prints }, false)
  return { topic: controlTopic, partition: 0, key: null, value: order }
}

/** A line as the upstream of its source writes it; what is no event goes as it stands to a source in JSON. */
function writerOf({ plan, partitions }: StoryOptions): (line: string) => Told {
  const schemas = createSchemaBook()
  const decoder = createDecoder(schemas, plan.sources)
  const json = plan.sources.find(({ format, world }) => format === 'json' && !world) as SourcePlan
  return (line) => {
    const bytes = Buffer.from(line)
    const decoded = decoder.decode(undefined, bytes, 0, bytes.length)
    if (decoded.kind !== 'event') return { topic: json.topic, partition: 0, key: 'broken', value: bytes }
    const { topic, format } = decoded.source
    const { id, source, type, time, identifiers, context, data } = decoded.event
    const value = { id, source, type, time, identifiers, context, data }
    const [first] = identifiers
    const key = first === undefined ? id : `${first.type}:${first.value}`
    const writer = new ByteWriter()
    if (format === 'avro') writeAvroEvent(schemas, value, writer)
    const written =
      format === 'avro'
        ? Buffer.from(writer.buffer.subarray(0, writer.length))
        : Buffer.from(JSON.stringify({ ...value, time: formatTime(time) }))
    return { topic, partition: hash32(KEY, key) % partitions, key, value: written }
  }
}
