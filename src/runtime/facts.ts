/**
 * Facts of the world as the gate and each profile task keep them: of each field of each thing the newest values by event time.
 *
 * 1. A value is known by the event that brought it; the same event again changes nothing. Of two of one time always the same one counts,
 *    whichever came first.
 * 2. A history is short and goes by number of values, not by age. Where somebody waits for a handoff it grows, since they read as of then.
 * 3. The gate gives each fact a running number. A profile task takes what has come in its own partition, in the order of the numbers.
 */
import { InvariantError, knownVersion } from '../model/errors.ts'
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { WORLD_VALUES_MAX } from '../model/limits.ts'
import type { EpochMs } from '../model/time.ts'
import { type Measured, WORLD_FIELDS, type WorldField } from '../model/world.ts'

/** A value with the event that brought it. */
export interface Measure {
  /** Of the gate, from 1. */
  readonly number: number
  readonly time: EpochMs
  /** The watermark at which it wakes who watches: its time, or, for one that was late, the watermark that it met; {@link NEVER_WAKES}. */
  readonly wakesAt: EpochMs
  /** The watermark that it met, if its time had been reached by then: timers up to it had fired and did not know the fact. */
  readonly behind: EpochMs | undefined
  readonly value: number
  readonly more: number | undefined
  readonly source: string
  readonly id: string
}

/** Whether a timer that was due then, and fired when it was due, knew of it. */
export const wasKnownAt = ({ behind }: Measure, due: EpochMs): boolean => behind === undefined || behind < due

/** Older than another value when it came. Below any watermark, and a number that bytes can hold. */
export const NEVER_WAKES: EpochMs = -(2 ** 50)

/** Rising by time; of one time there is one. */
export type History = readonly Measure[]

const sameEvent = (a: Measure, b: Measure): boolean => a.id === b.id && a.source === b.source

/** Of two of one time: whether `a` counts instead of `b`. */
const wins = (a: Measure, b: Measure): boolean => (a.source !== b.source ? a.source > b.source : a.id > b.id)

/** How many values are at or before a time. */
function countUpTo(history: History, at: EpochMs): number {
  let count = history.length
  while (count > 0 && (history[count - 1] as Measure).time > at) count--
  return count
}

/** The newest value at or before a time. */
export const valueAt = (history: History | undefined, at: EpochMs): Measure | undefined =>
  history?.[countUpTo(history, at) - 1]

/** The newest value at or before a time, and the one before it. */
export function newestTwo(history: History | undefined, at: EpochMs): readonly Measure[] {
  const count = history === undefined ? 0 : countUpTo(history, at)
  return history?.slice(Math.max(0, count - 2), count) ?? []
}

/** The newest value before a time. */
export const valueBefore = (history: History | undefined, at: EpochMs): Measure | undefined =>
  valueAt(history, at - 1)

export const holds = (history: History, measure: Measure): boolean =>
  history.some((one) => sameEvent(one, measure))

/** What is kept of a history where nobody waits. */
export const newest = (history: History): History =>
  history.length > WORLD_VALUES_MAX ? history.slice(history.length - WORLD_VALUES_MAX) : history

/** With one value more; the same history if it changes nothing. Not shortened: {@link newest} does that. */
export function withMeasure(history: History, measure: Measure): History {
  const place = countUpTo(history, measure.time)
  const before = history[place - 1]
  const next = [...history]
  if (before?.time === measure.time) {
    if (!wins(measure, before)) return history
    next[place - 1] = measure
  } else next.splice(place, 0, measure)
  return next
}

/** `price:p9`: a field of a thing, as the key of its history. */
export const seriesOf = (field: WorldField, id: string): string => `${field}:${id}`

export function splitSeries(series: string): { readonly field: WorldField; readonly id: string } {
  const colon = series.indexOf(':')
  const field = series.slice(0, colon) as WorldField
  if (!WORLD_FIELDS.includes(field)) throw new InvariantError(`the world has no ${series}`)
  return { field, id: series.slice(colon + 1) }
}

/** A fact on its way to the partitions: with the value before it, for tasks that did not keep the thing until now. */
export interface Fact {
  readonly field: WorldField
  readonly id: string
  readonly measure: Measure
  readonly before: Measure | undefined
  /** Of a product's stock: the newest price at its time and the one before that, since who is told of the one asks for the other. */
  readonly prices: readonly Measure[]
  /** Entities that fell out by it. */
  readonly fellOut: readonly string[]
}

/** At most so many bytes are written of it: numbers and times in 64, and at worst three for a character. */
export const bytesOf = ({ source, id }: Measure): number => 64 + 3 * (source.length + id.length)

const HAS_MORE = 1
const IS_BEHIND = 2

export function writeMeasure(
  { number, time, wakesAt, behind, value, more, source, id }: Measure,
  to: ByteWriter,
): void {
  to.uint(number)
  to.int(time)
  to.int(wakesAt)
  to.float(value)
  to.byte((more === undefined ? 0 : HAS_MORE) | (behind === undefined ? 0 : IS_BEHIND))
  if (more !== undefined) to.float(more)
  if (behind !== undefined) to.int(behind)
  to.text(source)
  to.text(id)
}

export function readMeasure(from: ByteReader): Measure {
  const number = from.uint()
  const time = from.int()
  const wakesAt = from.int()
  const value = from.float()
  const flags = from.byte()
  const more = (flags & HAS_MORE) === 0 ? undefined : from.float()
  const behind = (flags & IS_BEHIND) === 0 ? undefined : from.int()
  return { number, time, wakesAt, behind, value, more, source: from.text(), id: from.text() }
}

/** Without its kind byte: in the log behind one, and in an inbox. */
export function writeFact({ field, id, measure, before, prices, fellOut }: Fact, to: ByteWriter): void {
  to.uint(WORLD_FIELDS.indexOf(field))
  to.text(id)
  writeMeasure(measure, to)
  to.bool(before !== undefined)
  if (before !== undefined) writeMeasure(before, to)
  to.uint(prices.length)
  for (const price of prices) writeMeasure(price, to)
  to.uint(fellOut.length)
  for (const entity of fellOut) to.text(entity)
}

export function readFact(from: ByteReader): Fact {
  const field = WORLD_FIELDS[from.uint()]
  if (field === undefined) throw new InvariantError('a fact is of a field that this version does not know')
  const id = from.text()
  const measure = readMeasure(from)
  const before = from.bool() ? readMeasure(from) : undefined
  const prices: Measure[] = []
  for (let left = from.uint(); left > 0; left--) prices.push(readMeasure(from))
  const fellOut: string[] = []
  for (let left = from.uint(); left > 0; left--) fellOut.push(from.text())
  return { field, id, measure, before, prices, fellOut }
}

const HISTORY_VERSION = 1

/** What the compacted topic of the world says of one series: all that the gate keeps of it. */
export function writeHistory(history: History, to: ByteWriter): void {
  to.byte(HISTORY_VERSION)
  to.uint(history.length)
  for (const measure of history) writeMeasure(measure, to)
}

export function readHistory(from: ByteReader): History {
  knownVersion('a fact of the world', from.byte(), HISTORY_VERSION)
  const history: Measure[] = []
  for (let left = from.uint(); left > 0; left--) history.push(readMeasure(from))
  return history
}

/** As a fact of an event that came as late as `watermark`. */
export const measureOf = (
  { value, more }: Measured,
  of: {
    readonly number: number
    readonly time: EpochMs
    readonly wakesAt: EpochMs
    readonly behind: EpochMs | undefined
    readonly source: string
    readonly id: string
  },
): Measure => ({ ...of, value, more })
