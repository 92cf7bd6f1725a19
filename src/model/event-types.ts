/**
 * The table of public event types (contracts, section 3): which fields the data of each has, of what kind, and which are required.
 * Validation at the gate, conditions in topologies, lint and the Avro schema all read this one table.
 */
import { parseTime } from './time.ts'

/** The kind of a field, as conditions and validation see it. `any`: a business's own. */
export type FieldType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'time'
  | 'any'
  | { readonly list: FieldType }
  | { readonly fields: FieldTypes }
export type FieldTypes = Readonly<Record<string, FieldType>>

interface EventType {
  readonly required: readonly string[]
  readonly fields: FieldTypes
  /** Carries no identifiers; goes to every partition. */
  readonly world: boolean
}

const PRODUCT_LINE: FieldTypes = {
  product_id: 'text',
  category: 'text',
  name: 'text',
  quantity: 'number',
  price: 'number',
}
const SPECIAL: FieldTypes = {
  price: 'number',
  price_max: 'number',
  price_before: 'number',
  quantity: 'number',
  value: 'number',
  total: 'number',
  seconds: 'number',
  distance_m: 'number',
  traffic_delay_s: 'number',
  lat: 'number',
  lon: 'number',
  accuracy_m: 'number',
  mood: 'number',
  sentiment: 'number',
  wait_minutes: 'number',
  stock: 'number',
  temperature_c: 'number',
  exit_intent: 'boolean',
  granted: 'boolean',
  won: 'boolean',
  scheduled_arrival_at: 'time',
  eta_at: 'time',
  products: { list: { fields: PRODUCT_LINE } },
  traits: { fields: {} },
  party: { fields: { adults: 'number', children: 'number' } },
}
/** Fields without a kind of their own are text. */
const kindOf = (name: string): FieldType => SPECIAL[name] ?? 'text'

/** `types | *required optional ...`, one row of the contract each. */
const TABLE = `
page.viewed page.left content.read product.searched | url title category topic query seconds exit_intent
product.viewed product.compared product.saved | *product_id category name brand price currency price_max
product.added product.removed | *product_id cart_id quantity price currency category
cart.viewed checkout.started | cart_id value currency
order.completed | *order_id cart_id total currency fulfilment store_id products
order.collected order.refunded | *order_id store_id total
ticket.purchased | *order_id visit_id visit_date product party total currency
trip.started | *trip_id *scheduled_arrival_at destination_id eta_at mode
trip.eta_updated | *trip_id *eta_at scheduled_arrival_at distance_m traffic_delay_s
trip.approaching trip.arrived trip.stopped | *trip_id
visit.started visit.ended zone.entered zone.left | visit_id place_id zone_id
location.updated | *lat *lon accuracy_m
mood.measured | *mood moment sensor
call.received store.visited staff.met forum.posted social.posted review.written | topic category sentiment store_id agent_id network
offer.delivered offer.opened offer.clicked offer.accepted offer.redeemed offer.dismissed offer.failed | *offer_id reason value
email.opened email.clicked message.unsubscribed | campaign channel
consent.changed | *purpose *granted channel policy_version
person.described | traits
lead.handed_over meeting.scheduled deal.closed | deal_id seller_id value currency won
`
const WORLD_TABLE = `
queue.measured | *place_id wait_minutes
price.changed | *product_id price price_before
stock.changed | *product_id stock
weather.measured | place_id temperature_c
place.moved | *place_id *lat *lon
`

function parseTable(table: string, world: boolean): [string, EventType][] {
  const rows: [string, EventType][] = []
  for (const line of table.trim().split('\n')) {
    const [types = '', names = ''] = line.split(' | ')
    const all = names.split(' ')
    const required = all.filter((name) => name.startsWith('*')).map((name) => name.slice(1))
    const fields = Object.fromEntries(
      all.map((name) => name.replace('*', '')).map((name) => [name, kindOf(name)]),
    )
    for (const type of types.split(' ')) rows.push([type, { required, fields, world }])
  }
  return rows
}

/** Every type of section 3. Types outside it are a business's own: taken, their data unchecked. */
export const EVENT_TYPES: ReadonlyMap<string, EventType> = new Map([
  ...parseTable(TABLE, false),
  ...parseTable(WORLD_TABLE, true),
])

const TYPE_FORM = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/
const known = new Set<string>(EVENT_TYPES.keys())

/** Two or more lower-case words joined by dots. */
export function isEventType(type: string): boolean {
  return known.has(type) || TYPE_FORM.test(type)
}

/** The allowed values of fields that have a closed list or a range. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  mood: [-1, 1],
  sentiment: [-1, 1],
  lat: [-90, 90],
  lon: [-180, 180],
  quantity: [0, Number.MAX_VALUE],
  accuracy_m: [0, Number.MAX_VALUE],
}

/** Undefined: any number. */
export const rangeOf = (field: string): readonly [number, number] | undefined => RANGES[field]

/** What is wrong with the data of a type of the table, in words; undefined if nothing is. Null counts as absent. */
export function dataProblem(type: string, data: Readonly<Record<string, unknown>>): string | undefined {
  const rule = EVENT_TYPES.get(type)
  if (rule === undefined) return undefined
  for (const name of rule.required) {
    const value = data[name]
    if (value === undefined || value === null || value === '') return `data.${name} is required for ${type}`
  }
  for (const name in data) {
    if (!Object.hasOwn(rule.fields, name)) continue
    const value = data[name]
    if (value === null || value === undefined) continue
    const problem = fieldProblem(name, value, rule.fields[name] as FieldType)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The same of one field, which is there. */
export function fieldProblem(name: string, value: unknown, kind: FieldType): string | undefined {
  return valueProblem(`data.${name}`, name, value, kind)
}

function valueProblem(path: string, name: string, value: unknown, kind: FieldType): string | undefined {
  if (kind === 'any') return undefined
  if (kind === 'text') {
    // Product and order numbers are numbers in many shops; identity needs them as text, so whole numbers are refused and named.
    return typeof value === 'string' ? undefined : `${path} must be text`
  }
  if (kind === 'number') {
    if (typeof value !== 'number' || !Number.isFinite(value)) return `${path} must be a number`
    const range = rangeOf(name)
    if (range !== undefined && (value < range[0] || value > range[1]))
      return `${path} must be from ${range[0]} to ${range[1]}`
    return undefined
  }
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : `${path} must be true or false`
  if (kind === 'time')
    return parseTime(value) === undefined ? `${path} must be RFC 3339 or epoch milliseconds` : undefined
  if ('list' in kind) {
    if (!Array.isArray(value)) return `${path} must be a list`
    for (let i = 0; i < value.length; i++) {
      const problem = valueProblem(`${path}[${i}]`, name, value[i], kind.list)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`
  for (const key of Object.keys(kind.fields)) {
    const inner = (value as Record<string, unknown>)[key]
    if (inner === undefined || inner === null) continue
    const problem = valueProblem(`${path}.${key}`, key, inner, kind.fields[key] as FieldType)
    if (problem !== undefined) return problem
  }
  return undefined
}
