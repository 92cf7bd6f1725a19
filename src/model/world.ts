/**
 * Facts of the world: what is measured of places, products and the weather, and is nobody's. `world` in conditions reads them as of some
 * event time; operators may watch an entity, as they set timers.
 *
 * A fact is one value of one *field* of one *entity*. Fields have histories of their own, so what is said of the price never hides what was
 * said of the stock.
 */
import type { SourceEvent } from './event.ts'
import type { FieldTypes } from './event-types.ts'
import { type EpochMs, MINUTE_MS } from './time.ts'

/** What an entity is of: each kind has its own bound. */
export type WorldKind = 'place' | 'product' | 'weather'
export const WORLD_KINDS: readonly WorldKind[] = ['place', 'product', 'weather']
/** The append-only order gives each field its number in records. */
export const WORLD_FIELDS = ['wait_minutes', 'price', 'stock', 'temperature_c', 'position'] as const
export type WorldField = (typeof WORLD_FIELDS)[number]

const KIND_OF: Readonly<Record<WorldField, WorldKind>> = {
  wait_minutes: 'place',
  position: 'place',
  price: 'product',
  stock: 'product',
  temperature_c: 'weather',
}
export const kindOf = (field: WorldField): WorldKind => KIND_OF[field]

/** `product:p9`: what is watched. */
export const entityOf = (kind: WorldKind, id: string): string => `${kind}:${id}`

/** A fact as an event says it. */
export interface Measured {
  readonly field: WorldField
  /** Of the place or product; empty for the weather, which is one. */
  readonly id: string
  readonly value: number
  /** The longitude of a position; of a price the one before, where the event names it. */
  readonly more: number | undefined
}

const FIELD_OF: Readonly<Record<string, WorldField>> = {
  'queue.measured': 'wait_minutes',
  'price.changed': 'price',
  'stock.changed': 'stock',
  'weather.measured': 'temperature_c',
  'place.moved': 'position',
}
const TYPE_OF = new Map(Object.entries(FIELD_OF).map(([type, field]) => [field, type]))
export const typeOfField = (field: WorldField): string => TYPE_OF.get(field) as string

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Undefined: an event that says nothing that anybody could read. */
export function measuredOf({ type, data }: Pick<SourceEvent, 'type' | 'data'>): Measured | undefined {
  const field = Object.hasOwn(FIELD_OF, type) ? FIELD_OF[type] : undefined
  if (field === undefined) return undefined
  if (field === 'position') {
    const lat = numberOf(data['lat'])
    const lon = numberOf(data['lon'])
    if (lat === undefined || lon === undefined) return undefined
    return { field, id: String(data['place_id']), value: lat, more: lon }
  }
  const value = numberOf(data[field])
  if (value === undefined) return undefined
  const kind = kindOf(field)
  const id = kind === 'weather' ? '' : String(data[kind === 'place' ? 'place_id' : 'product_id'])
  return { field, id, value, more: field === 'price' ? numberOf(data['price_before']) : undefined }
}

/** A fact that a watching operator is told of. */
export interface WorldFact extends Measured {
  /** `price.changed` */
  readonly type: string
  /** `product:p9` */
  readonly entity: string
  readonly time: EpochMs
  /** The value of the same field before it, by event time; of a price without one, what the event says of it. */
  readonly before: number | undefined
  /** Of a product: its price as of the fact, and the one before that. */
  readonly price: number | undefined
  readonly price_before: number | undefined
}

/** The world as of some event time. What has no value is undefined. */
export interface WorldView {
  place(id: string): { readonly wait_minutes?: number | undefined }
  product(id: string): ProductView
  readonly temperature_c: number | undefined
  readonly median_wait_minutes: number | undefined
  /** Where a place that moves is. */
  position(id: string): WorldPosition | undefined
}

export interface WorldPosition {
  /** Degrees. */
  readonly lat: number
  readonly lon: number
  /** Time of the fact that says so. */
  readonly since: EpochMs
}

export interface ProductView {
  readonly price?: number | undefined
  readonly stock?: number | undefined
  readonly price_before?: number | undefined
}

/** Places measured in so long a time up to the moment make the median: (at - span, at]. */
export const MEDIAN_SPAN_MS = 30 * MINUTE_MS

const NOTHING = {}
/** Nothing was ever measured. */
export const NOTHING_MEASURED: WorldView = {
  place: () => NOTHING,
  product: () => NOTHING,
  position: () => undefined,
  temperature_c: undefined,
  median_wait_minutes: undefined,
}

/** The variable `world` of conditions: its plain fields. */
export const WORLD_VARIABLE: { readonly fields: FieldTypes } = {
  fields: { temperature_c: 'number', median_wait_minutes: 'number' },
}
/** What is asked with an id, `world.place("ride-7")`: the fields of the answer. */
export const WORLD_LOOKUPS: Readonly<Record<string, FieldTypes>> = {
  place: { wait_minutes: 'number' },
  product: { price: 'number', stock: 'number', price_before: 'number' },
}

/** What a document has to have before a condition may read `world`. */
export const WORLD_SOURCE_HINT =
  'add to sources: world: { topic: world-facts, world: true, types: [queue.measured, price.changed, stock.changed, weather.measured] }'

/** A word of a config that reads `world`, and which of it. */
const WORLD_WORD = /(?<![\w.])world\b(?:\s*\.\s*(\w+))?/g

/**
 * Kinds that the texts of a config name: `world.product` in any of them. It may find more than is read (the word in a template), which
 * costs memory and changes no answer; it cannot find less.
 */
export function kindsNamed(config: unknown, into: Set<WorldKind> = new Set()): Set<WorldKind> {
  if (typeof config === 'string') {
    for (const [, word] of config.matchAll(WORLD_WORD)) for (const kind of kindsOfWord(word)) into.add(kind)
  } else if (typeof config === 'object' && config !== null)
    for (const value of Object.values(config)) kindsNamed(value, into)
  return into
}

function kindsOfWord(word: string | undefined): readonly WorldKind[] {
  if (word === 'product') return ['product']
  if (word === 'place' || word === 'median_wait_minutes') return ['place']
  return word === 'temperature_c' ? ['weather'] : WORLD_KINDS
}
