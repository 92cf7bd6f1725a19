/**
 * What a profile task keeps of the world: a history of each field of each thing, of the newest values.
 *
 * While somebody waits for a handoff histories are not shortened: they will read what would else have been gone by then. What a history
 * has too much meanwhile is in the task's record, up to a bound, and nobody who does not wait sees it.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { WORLD_SURPLUS_BYTES_MAX } from '../model/limits.ts'
import { WORLD_FIELDS, type WorldField } from '../model/world.ts'
import {
  bytesOf,
  type History,
  holds,
  type Measure,
  newest,
  readHistory,
  seriesOf,
  splitSeries,
  withMeasure,
  writeHistory,
} from './facts.ts'

export interface Histories {
  /** By id, whole: with what is there for those alone who wait. */
  readonly of: (field: WorldField) => Map<string, History>
  /** As everybody sees it who does not wait. */
  readonly historyOf: (field: WorldField, id: string) => History | undefined
  readonly put: (field: WorldField, id: string, measure: Measure) => void
  /** One person more or less waits for a handoff. */
  readonly waiters: (change: 1 | -1) => void
  readonly clear: () => void
  /** How many wait, and what is kept for them. */
  readonly encode: (to: ByteWriter) => void
  /** Behind {@link clear}, before anything is put. */
  readonly decode: (from: ByteReader) => void
}

export function createHistories(): Histories {
  const histories = new Map<WorldField, Map<string, History>>()
  for (const field of WORLD_FIELDS) histories.set(field, new Map())
  /** How many people wait for a handoff. */
  let waiting = 0
  /** Series with more values than are kept where nobody waits, and how many bytes those are in the task's record. */
  const grown = new Map<string, number>()

  const of = (field: WorldField): Map<string, History> => histories.get(field) as Map<string, History>

  function shorten(): void {
    for (const series of grown.keys()) {
      const { field, id } = splitSeries(series)
      const history = of(field).get(id)
      if (history !== undefined) of(field).set(id, newest(history))
    }
    grown.clear()
  }

  /** Whole, as long as there is room in the task's record; the oldest go first. */
  function withSurplus(series: string, history: History): History {
    const kept = newest(history)
    grown.delete(series)
    if (kept === history) return history
    let room = WORLD_SURPLUS_BYTES_MAX
    for (const bytes of grown.values()) room -= bytes
    let from = history.length - kept.length
    let bytes = 0
    for (; from > 0; from--) {
      const more = bytesOf(history[from - 1] as Measure)
      if (bytes + more > room) break
      bytes += more
    }
    if (bytes === 0) return kept
    grown.set(series, bytes)
    return from === 0 ? history : history.slice(from)
  }

  return {
    of,
    historyOf(field, id) {
      const history = of(field).get(id)
      return history && newest(history)
    },
    put(field, id, measure) {
      const history = of(field).get(id) ?? []
      if (holds(history, measure)) return
      const next = withMeasure(history, measure)
      of(field).set(id, waiting > 0 ? withSurplus(seriesOf(field, id), next) : newest(next))
    },
    waiters(change) {
      // Who has waited since a record of before they were counted is not among them.
      waiting = Math.max(0, waiting + change)
      if (waiting === 0) shorten()
    },
    clear() {
      for (const field of WORLD_FIELDS) of(field).clear()
      waiting = 0
      grown.clear()
    },
    encode(to) {
      to.uint(waiting)
      to.uint(grown.size)
      for (const series of grown.keys()) {
        const { field, id } = splitSeries(series)
        const history = of(field).get(id) ?? []
        to.text(series)
        writeHistory(history.slice(0, history.length - newest(history).length), to)
      }
    },
    decode(from) {
      waiting = from.uint()
      for (let left = from.uint(); left > 0; left--) {
        const series = from.text()
        const { field, id } = splitSeries(series)
        const surplus = readHistory(from)
        of(field).set(id, surplus)
        grown.set(
          series,
          surplus.reduce((sum, measure) => sum + bytesOf(measure), 0),
        )
      }
    },
  }
}
