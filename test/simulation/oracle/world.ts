/** The world: every fact ever taken, asked anew at each question (contracts 5 and W1 to W7). */
import type { OracleEvent } from './input.ts'
import { type Json, numberOf } from './settings.ts'

/** A value of one field of one thing. */
export interface OracleFact {
  readonly series: string
  /** `product:p9` */
  readonly entity: string
  readonly id: string
  readonly field: string
  readonly time: number
  readonly value: number
  /** The longitude of a position, whose latitude is the value. */
  readonly more: number | undefined
  readonly cause: { readonly source: string; readonly id: string }
  /** At which it is told; undefined: never. */
  readonly toldAt: number | undefined
  readonly arrival: number
}

export interface OracleWorld {
  /** Whether it is new. */
  take(event: OracleEvent, watermark: number): boolean
  /** The newest value at or before `at`. */
  value(field: string, id: string, at: number): number | undefined
  /** The newest value before that of `fact`. */
  before(fact: OracleFact): number | undefined
  /** Where a place was said to be last, at or before `at`. */
  position(id: string, at: number): OracleFact | undefined
  median(at: number): number | undefined
  /** Of a product: the newest price at or before `at`, and the one before it. */
  prices(id: string, at: number): readonly (number | undefined)[]
  /** The next fact to tell at or below a watermark. */
  due(watermark: number): OracleFact | undefined
  /** It is told now. False: another one of the same moment counts instead. */
  told(fact: OracleFact): boolean
}

const FIELDS: Readonly<Record<string, readonly [string, string, string]>> = {
  'queue.measured': ['wait_minutes', 'place', 'place_id'],
  'price.changed': ['price', 'product', 'product_id'],
  'stock.changed': ['stock', 'product', 'product_id'],
  'weather.measured': ['temperature_c', 'weather', ''],
  'place.moved': ['position', 'place', 'place_id'],
}
const MEDIAN_SPAN_MS = 30 * 60_000

/** What counts later: by time, and at one time by source and id. */
const counts = (a: OracleFact, b: OracleFact): number =>
  a.time - b.time ||
  (a.cause.source === b.cause.source ? 0 : a.cause.source < b.cause.source ? -1 : 1) ||
  (a.cause.id < b.cause.id ? -1 : 1)

export function oracleWorld(): OracleWorld {
  const facts: OracleFact[] = []
  const done = new Set<OracleFact>()

  const seriesAt = (series: string, at: number): OracleFact | undefined =>
    facts
      .filter((fact) => fact.series === series && fact.time <= at)
      .sort(counts)
      .at(-1)

  return {
    take({ type, data, time, source, id: eventId }, watermark) {
      const [field, kind, name] = FIELDS[type] ?? []
      const value = field === undefined ? undefined : data[field === 'position' ? 'lat' : field]
      if (field === undefined || typeof value !== 'number') return true
      const id = name === '' ? '' : String(data[name as string])
      const series = `${field}:${id}`
      const own = facts.filter((fact) => fact.series === series)
      if (own.some(({ cause }) => cause.source === source && cause.id === eventId)) return false
      const newest = own.every((fact) => fact.time < time)
      const toldAt = time >= watermark ? time : newest ? watermark : undefined
      const cause = { source, id: eventId }
      const entity = `${kind}:${id}`
      facts.push({
        series,
        entity,
        id,
        field,
        time,
        value: numberOf(value, 0),
        more: field === 'position' ? numberOf(data['lon'], 0) : undefined,
        cause,
        toldAt,
        arrival: facts.length,
      })
      return true
    },
    value: (field, id, at) => seriesAt(`${field}:${id}`, at)?.value,
    before: ({ series, time }) => seriesAt(series, time - 1)?.value,
    prices(id, at) {
      const newest = seriesAt(`price:${id}`, at)
      return newest === undefined ? [] : [newest.value, seriesAt(`price:${id}`, newest.time - 1)?.value]
    },
    position: (id, at) => seriesAt(`position:${id}`, at),
    median(at) {
      const places = new Set(
        facts.filter(({ field }) => field === 'wait_minutes').map(({ series }) => series),
      )
      const waits = [...places]
        .flatMap((series) => seriesAt(series, at) ?? [])
        .filter(({ time }) => time > at - MEDIAN_SPAN_MS)
        .map(({ value }) => value)
        .sort((a, b) => a - b)
      const half = waits.length / 2
      if (waits.length === 0) return undefined
      return ((waits[Math.ceil(half) - 1] as number) + (waits[Math.floor(half)] as number)) / 2
    },
    due(watermark) {
      return facts
        .filter((fact) => fact.toldAt !== undefined && fact.toldAt <= watermark && !done.has(fact))
        .sort((a, b) => (a.toldAt as number) - (b.toldAt as number) || a.arrival - b.arrival)[0]
    },
    told(fact) {
      done.add(fact)
      return seriesAt(fact.series, fact.time) === fact
    },
  }
}

/** Conditions that read the world. */
export const WORLD_CONDITIONS: ReadonlyMap<
  string,
  (trigger: Json, world: OracleWorld, at: number) => boolean
> = new Map([
  [
    'world.product(trigger.instance).price < 20',
    (trigger, world, at) => (world.value('price', String(trigger['instance']), at) ?? 20) < 20,
  ],
  [
    'world.place("ride-1").wait_minutes <= 15',
    (_, world, at) => (world.value('wait_minutes', 'ride-1', at) ?? 16) <= 15,
  ],
  ['world.median_wait_minutes < 20', (_, world, at) => (world.median(at) ?? 20) < 20],
  [
    'world.temperature_c > 25 || world.product("p1").stock > 0',
    (_, world, at) =>
      (world.value('temperature_c', '', at) ?? 0) > 25 || (world.value('stock', 'p1', at) ?? 0) > 0,
  ],
])
