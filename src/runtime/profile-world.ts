/**
 * A profile task's side of the world: what its conditions read, and which facts wait for the watermark to wake who watches.
 *
 * 1. A fact is taken with the record that brings it; conditions read it from then on, as of their own time.
 * 2. It wakes people when the watermark reaches its time, whatever came first; until then it is kept even if nobody watches, since who
 *    begins to watch may come in behind it. Facts wake in the order of (when, number), and a cursor in the task's record says how far that is.
 * 3. Beside what conditions of the document name, a thing is kept only while somebody watches it or a fact of it waits.
 * 4. Restored from the compacted topic, of which only what the task had taken counts: a crash changes no answer.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'
import {
  entityOf,
  kindOf,
  MEDIAN_SPAN_MS,
  typeOfField,
  WORLD_FIELDS,
  type WorldFact,
  type WorldField,
  type WorldKind,
  type WorldView,
} from '../model/world.ts'
import type { WorldPlan } from '../topology/plan.ts'
import {
  type Fact,
  type History,
  holds,
  type Measure,
  NEVER_WAKES,
  newest,
  newestTwo,
  readHistory,
  splitSeries,
  valueAt,
  valueBefore,
  wasKnownAt,
} from './facts.ts'
import { createHistories } from './histories.ts'

const NEVER = Number.POSITIVE_INFINITY

/** A fact that waits. */
export interface Waiting {
  readonly field: WorldField
  readonly id: string
  readonly entity: string
  readonly measure: Measure
}

/** How far facts have woken people: all before it, and of the one at it everybody up to `person`; empty: all. */
interface Cursor {
  at: EpochMs
  number: number
  person: string
}

export interface ProfileWorld {
  opened(): void
  take(fact: Fact): void
  /** A record of the compacted topic, in its order; `valueEnd` -1: a tombstone. */
  readonly recall: (key: string, buffer: Buffer, valueStart: number, valueEnd: number) => void
  /** Behind the last one. */
  readonly recalled: () => void
  /** Nobody watches it any more. */
  unwatched(entity: string): void
  /** When the next fact wakes people; infinity: none does. */
  due(): EpochMs
  /** Facts that wake people at or before `limit`, in order. */
  dueUpTo(limit: EpochMs): readonly Waiting[]
  first(): Waiting
  /** Whether it still is what was so at its time: another one of the same time may count instead. */
  stands(waiting: Waiting): boolean
  factOf(waiting: Waiting): Fact
  /** Of the first: behind whom to go on, by id. */
  reachedPerson(): string
  reach(person: string): void
  /** The first is done with. */
  done(): void
  /** Number of the newest fact taken. */
  taken(): number
  /** From now on views know facts up to that number alone, as when something came that waited since; undefined: all. */
  readUpTo(taken: number | undefined): void
  /** One person more or less waits for a handoff. */
  waiters(change: 1 | -1): void
  /** `due`: of a timer, at whose time the view is asked for. */
  view(at: EpochMs, due?: EpochMs): WorldView
  encode(to: ByteWriter): void
  decode(from: ByteReader): void
}

export function createProfileWorld(plan: WorldPlan, isWatched: (entity: string) => boolean): ProfileWorld {
  const histories = createHistories()
  const { of, put, historyOf } = histories
  /** In the order in which they wake. */
  let waiting: Waiting[] = []
  /** By entity, how many of its facts wait. */
  const waitingOf = new Map<string, number>()
  /** Number of the newest fact taken. */
  let taken = 0
  const cursor: Cursor = { at: BEGINNING, number: 0, person: '' }
  /** Views know facts up to it; undefined: all. */
  let readable: number | undefined
  /** Series that the topic says fell out, until a record behind them says whether the task had come so far. */
  let fallen: string[] = []

  const isKept = (field: WorldField, id: string): boolean => {
    const kind = kindOf(field)
    if (plan.named.has(kind)) return true
    return plan.watched.has(kind) && (waitingOf.has(entityOf(kind, id)) || isWatched(entityOf(kind, id)))
  }

  function opened(): void {
    histories.clear()
    waiting = []
    waitingOf.clear()
    fallen = []
    taken = 0
    readable = undefined
    Object.assign(cursor, { at: BEGINNING, number: 0, person: '' })
  }

  const wakes = (field: WorldField, { wakesAt, number }: Measure): boolean =>
    wakesAt !== NEVER_WAKES &&
    plan.watched.has(kindOf(field)) &&
    (wakesAt > cursor.at ||
      (wakesAt === cursor.at &&
        (number > cursor.number || (number === cursor.number && cursor.person !== ''))))

  function wait(field: WorldField, id: string, measure: Measure): void {
    const entity = entityOf(kindOf(field), id)
    let place = waiting.length
    while (place > 0 && isBefore(measure, (waiting[place - 1] as Waiting).measure)) place--
    waiting.splice(place, 0, { field, id, entity, measure })
    waitingOf.set(entity, (waitingOf.get(entity) ?? 0) + 1)
  }

  function forget(kind: WorldKind, id: string): void {
    for (const field of WORLD_FIELDS) if (kindOf(field) === kind) of(field).delete(id)
  }

  function prune(kind: WorldKind, id: string): void {
    for (const field of WORLD_FIELDS) if (kindOf(field) === kind && !isKept(field, id)) of(field).delete(id)
  }

  function take({ field, id, measure, before, prices, fellOut }: Fact): void {
    taken = measure.number
    for (const entity of fellOut) {
      const colon = entity.indexOf(':')
      forget(entity.slice(0, colon) as WorldKind, entity.slice(colon + 1))
    }
    const waits = wakes(field, measure)
    if (waits) wait(field, id, measure)
    else if (!isKept(field, id)) return
    if (before !== undefined) put(field, id, before)
    for (const price of prices) put('price', id, price)
    put(field, id, measure)
  }

  function recall(key: string, buffer: Buffer, valueStart: number, valueEnd: number): void {
    if (valueEnd < 0) {
      fallen.push(key)
      return
    }
    const { field, id } = splitSeries(key)
    const history = readHistory(new ByteReader(buffer, valueStart, valueEnd))
    const newest = history.reduce((most, { number }) => Math.max(most, number), 0)
    if (newest <= taken)
      for (const gone of fallen) {
        const series = splitSeries(gone)
        of(series.field).delete(series.id)
      }
    fallen = []
    const known = of(field).get(id) ?? []
    // In the order in which they came, as they were taken then.
    const came = history.filter((one) => one.number <= taken && !holds(known, one))
    for (const measure of came.sort((a, b) => a.number - b.number)) {
      put(field, id, measure)
      if (wakes(field, measure)) wait(field, id, measure)
    }
  }

  function recalled(): void {
    fallen = []
    for (const field of WORLD_FIELDS) for (const id of of(field).keys()) prune(kindOf(field), id)
  }

  /** What was known of it when that happened which waited: a timer comes before facts that were late at its time, or came at it. */
  function known(history: History | undefined, due: EpochMs | undefined): History | undefined {
    const limit = readable
    if (history === undefined) return undefined
    if (limit === undefined) return newest(history)
    const then = history.filter(
      (measure) => measure.number <= limit && (due === undefined || wasKnownAt(measure, due)),
    )
    return newest(then)
  }

  /** Asked seldom, and of all places: nothing is kept for it. */
  function medianWait(at: EpochMs, due: EpochMs | undefined): number | undefined {
    const values: number[] = []
    for (const history of of('wait_minutes').values()) {
      const measure = valueAt(known(history, due), at)
      if (measure !== undefined && measure.time > at - MEDIAN_SPAN_MS) values.push(measure.value)
    }
    return medianOf(values)
  }

  return {
    opened,
    take,
    recall,
    recalled,
    unwatched(entity) {
      const colon = entity.indexOf(':')
      if (colon > 0) prune(entity.slice(0, colon) as WorldKind, entity.slice(colon + 1))
    },
    due: () => waiting[0]?.measure.wakesAt ?? NEVER,
    dueUpTo(limit) {
      const due: Waiting[] = []
      for (const one of waiting) {
        if (one.measure.wakesAt > limit) break
        due.push(one)
      }
      return due
    },
    first: () => waiting[0] as Waiting,
    stands: ({ field, id, measure }) =>
      valueAt(historyOf(field, id), measure.time)?.number === measure.number,
    factOf({ field, id, measure }) {
      const { time } = measure
      const prices = field === 'stock' ? newestTwo(historyOf('price', id), time) : []
      return { field, id, measure, before: valueBefore(historyOf(field, id), time), prices, fellOut: [] }
    },
    reachedPerson: () => {
      const { wakesAt, number } = (waiting[0] as Waiting).measure
      return wakesAt === cursor.at && number === cursor.number ? cursor.person : ''
    },
    reach(person) {
      const { wakesAt, number } = (waiting[0] as Waiting).measure
      Object.assign(cursor, { at: wakesAt, number, person })
    },
    done() {
      const { field, id, entity, measure } = waiting.shift() as Waiting
      Object.assign(cursor, { at: measure.wakesAt, number: measure.number, person: '' })
      const left = (waitingOf.get(entity) ?? 1) - 1
      if (left > 0) waitingOf.set(entity, left)
      else {
        waitingOf.delete(entity)
        prune(kindOf(field), id)
      }
    },
    taken: () => taken,
    readUpTo(limit) {
      readable = limit
    },
    waiters: histories.waiters,
    view(at, due) {
      const knownOf = (field: WorldField, id: string) => known(of(field).get(id), due)
      const valueOf = (field: WorldField, id: string) => valueAt(knownOf(field, id), at)?.value
      return {
        place: (id) => ({ wait_minutes: valueOf('wait_minutes', id) }),
        product(id) {
          const history = knownOf('price', id)
          const price = valueAt(history, at)
          const before = price && (valueBefore(history, price.time)?.value ?? price.more)
          return { price: price?.value, stock: valueOf('stock', id), price_before: before }
        },
        position(id) {
          const measure = valueAt(knownOf('position', id), at)
          return measure && { lat: measure.value, lon: measure.more as number, since: measure.time }
        },
        get temperature_c() {
          return valueOf('temperature_c', '')
        },
        get median_wait_minutes() {
          return medianWait(at, due)
        },
      }
    },
    encode(to) {
      to.uint(taken)
      to.int(cursor.at)
      to.uint(cursor.number)
      to.text(cursor.person)
      histories.encode(to)
    },
    decode(from) {
      if (from.done) return
      taken = from.uint()
      Object.assign(cursor, { at: from.int(), number: from.uint(), person: from.text() })
      if (!from.done) histories.decode(from)
    },
  }
}

const isBefore = (a: Measure, b: Measure): boolean =>
  a.wakesAt !== b.wakesAt ? a.wakesAt < b.wakesAt : a.number < b.number

/** The middle one, or the mean of the two in the middle; undefined: there is none. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const { length } = sorted
  const high = sorted[length >> 1]
  if (high === undefined) return undefined
  return length % 2 === 1 ? high : (high + (sorted[(length >> 1) - 1] as number)) / 2
}

/** A fact as operators are told of it. */
export function worldFactOf({ field, id, measure, before: last, prices }: Fact): WorldFact {
  const { time, value, more } = measure
  const before = last?.value ?? (field === 'price' ? more : undefined)
  const price = prices.at(-1)
  return {
    field,
    id,
    value,
    more,
    type: typeOfField(field),
    entity: entityOf(kindOf(field), id),
    time,
    before,
    price: field === 'price' ? value : price?.value,
    price_before: field === 'price' ? before : (prices.at(-2)?.value ?? price?.more),
  }
}
