/** One line of a recorded stream: what it is, or why it is refused (contracts 2 and 3, fine print T3, T4, T12 to T14, E1 to E3). */
import { parseTime } from '../../../src/model/time.ts'
import { isObject, type Json, type Settings, type SourceSettings } from './settings.ts'

export interface Identifier {
  readonly type: string
  readonly value: string
}

export interface OracleEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: number
  readonly identifiers: readonly Identifier[]
  readonly context: Json
  readonly data: Json
  /** The line, for the late topic. */
  readonly raw: Json
}

export type Line =
  | { readonly kind: 'blank' }
  | { readonly kind: 'clock'; readonly at: number }
  | {
      readonly kind: 'refused'
      readonly reason: string
      readonly detail: string
      readonly received: number | undefined
      /** Of one that is ahead of its time. */
      readonly event?: OracleEvent
    }
  | { readonly kind: 'erase'; readonly identifier: Identifier; readonly lift: boolean }
  | {
      readonly kind: 'event'
      readonly event: OracleEvent
      readonly source: SourceSettings
      readonly received: number | undefined
    }

const LINE_BYTES_MAX = 1_048_576

const TYPE_FORM = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'product.viewed': ['product_id'],
  'product.compared': ['product_id'],
  'product.saved': ['product_id'],
  'product.added': ['product_id'],
  'product.removed': ['product_id'],
  'order.completed': ['order_id'],
  'order.collected': ['order_id'],
  'order.refunded': ['order_id'],
  'ticket.purchased': ['order_id'],
  'trip.started': ['trip_id', 'scheduled_arrival_at'],
  'trip.eta_updated': ['trip_id', 'eta_at'],
  'trip.approaching': ['trip_id'],
  'trip.arrived': ['trip_id'],
  'trip.stopped': ['trip_id'],
  'location.updated': ['lat', 'lon'],
  'mood.measured': ['mood'],
  'consent.changed': ['purpose', 'granted'],
}
export const OFFER_RESPONSE = /^offer\.(delivered|opened|clicked|accepted|redeemed|dismissed|failed)$/
/** Types outside the table are a business's own: their data is not looked at. */
const ROUTINE =
  /^(page\.(viewed|left)|content\.read|product\.searched|cart\.viewed|checkout\.started|visit\.(started|ended)|zone\.(entered|left)|call\.received|store\.visited|staff\.met|(forum|social)\.posted|review\.written|email\.(opened|clicked)|message\.unsubscribed|person\.described|lead\.handed_over|meeting\.scheduled|deal\.closed)$/

const TEXTS = [
  'product_id',
  'cart_id',
  'order_id',
  'trip_id',
  'category',
  'currency',
  'purpose',
  'channel',
  'offer_id',
  'url',
]
const NUMBERS = ['price', 'quantity', 'total', 'value', 'lat', 'lon', 'mood', 'sentiment', 'seconds']
const TIMES = ['scheduled_arrival_at', 'eta_at']
const BOOLEANS = ['granted', 'won', 'exit_intent']

const absent = (value: unknown): boolean => value === undefined || value === null

function dataProblem(type: string, data: Json): string | undefined {
  const required = REQUIRED[type] ?? (OFFER_RESPONSE.test(type) ? ['offer_id'] : undefined)
  if (required === undefined && !ROUTINE.test(type)) return undefined
  const missing = (required ?? []).find((field) => absent(data[field]) || data[field] === '')
  if (missing !== undefined) return `${missing} is missing`
  const wrong = (fields: readonly string[], good: (value: unknown) => boolean): string | undefined =>
    fields.find((field) => !absent(data[field]) && !good(data[field]))
  const bad =
    wrong(TEXTS, (v) => typeof v === 'string') ??
    wrong(NUMBERS, (v) => typeof v === 'number' && Number.isFinite(v)) ??
    wrong(TIMES, (v) => parseTime(v) !== undefined) ??
    wrong(BOOLEANS, (v) => typeof v === 'boolean') ??
    wrong(['quantity'], (v) => (v as number) >= 0) ??
    wrong(['mood', 'sentiment'], (v) => Math.abs(v as number) <= 1)
  if (bad !== undefined) return `${bad} is wrong`
  if (!absent(data['products']) && !Array.isArray(data['products'])) return 'products is no list'
  if (!absent(data['traits']) && !isObject(data['traits'])) return 'traits is no object'
  return undefined
}

function identifiersOf(value: unknown): readonly Identifier[] | undefined {
  if (absent(value)) return []
  if (!Array.isArray(value)) return undefined
  const out: Identifier[] = []
  for (const item of value as readonly unknown[]) {
    if (!isObject(item) || typeof item['type'] !== 'string') return undefined
    const raw = item['value']
    if (typeof raw === 'string') out.push({ type: item['type'], value: raw })
    else if (Number.isInteger(raw)) out.push({ type: item['type'], value: String(raw) })
    else return undefined
  }
  return out
}

/** T13: by the line's own topic, else the first source that lists the type, else the first that lists none. */
function sourceOf(json: Json, type: string, settings: Settings): SourceSettings | undefined {
  if (!absent(json['topic'])) {
    const source = settings.sources.find((s) => s.topic === json['topic'])
    return source?.types === undefined || source.types.includes(type) ? source : undefined
  }
  return (
    settings.sources.find((s) => s.types?.includes(type) === true) ??
    settings.sources.find((s) => s.types === undefined)
  )
}

function readEvent(json: Json, received: number | undefined, settings: Settings): Line {
  const refused = (detail: string, reason = 'invalid-event'): Line => ({
    kind: 'refused',
    reason,
    detail,
    received,
  })
  const { id, type } = json
  if (typeof type !== 'string' || !TYPE_FORM.test(type)) return refused('type')
  if (typeof id !== 'string' || id === '') return refused('id')
  const time = parseTime(json['time'])
  if (time === undefined) return refused('time')
  const source = sourceOf(json, type, settings)
  if (source === undefined) return refused(`no source for ${type}`)
  const identifiers = identifiersOf(json['identifiers'])
  if (identifiers === undefined) return refused('identifiers')
  const { data = {}, context = {} } = json
  if (!isObject(data ?? {}) || !isObject(context ?? {})) return refused('data or context')
  const problem = dataProblem(type, isObject(data) ? data : {})
  if (problem !== undefined) return refused(problem)
  if (!absent(json['source']) && typeof json['source'] !== 'string') return refused('source')
  const event: OracleEvent = {
    id,
    source: typeof json['source'] === 'string' ? json['source'] : source.id,
    type,
    time,
    identifiers,
    context: isObject(context) ? context : {},
    data: isObject(data) ? data : {},
    raw: json,
  }
  if (received !== undefined && time > received + source.aheadMs)
    return { kind: 'refused', reason: 'time-ahead', detail: 'ahead', received, event }
  return { kind: 'event', event, source, received }
}

export function readLine(line: string, settings: Settings): Line {
  const text = line.replace(/\r$/, '')
  if (text.trim() === '') return { kind: 'blank' }
  const refused = (reason: string): Line => ({ kind: 'refused', reason, detail: '', received: undefined })
  if (Buffer.byteLength(text) > LINE_BYTES_MAX) return refused('too-large')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refused('not-json')
  }
  if (!isObject(json)) return refused('invalid-event')
  if (json['clock'] !== undefined && json['type'] === undefined) {
    const at = parseTime(json['clock'])
    return at === undefined ? refused('invalid-event') : { kind: 'clock', at }
  }
  if (isObject(json['erase']) && json['type'] === undefined) {
    const { type, value } = json['erase']
    const identifier = { type: String(type), value: String(value) }
    if (!settings.identity.rules.some((rule) => rule.type === identifier.type))
      return refused('invalid-event')
    return { kind: 'erase', identifier, lift: json['lift'] === true }
  }
  return readEvent(json, absent(json['received']) ? undefined : parseTime(json['received']), settings)
}
