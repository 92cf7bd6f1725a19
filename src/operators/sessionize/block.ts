/**
 * Blocks: what a session says, summed over a span of its events; one event is a block of its own. Joining two blocks gives the
 * same block in whatever order: sums are exact in millionths, lists are sorted sets, what is newest goes by event time.
 */
import type { Json, StreamEvent } from '../../model/event.ts'
import { EVENT_TYPES } from '../../model/event-types.ts'
import { SESSION_DISTINCT_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'

export interface Block {
  /** Event time of the first and the last event. */
  readonly from: EpochMs
  readonly to: EpochMs
  readonly events: number
  readonly pages: number
  /** Sorted, and bounded to the first ones: what falls out can never come back, so the order of joining does not matter. */
  readonly types: readonly TypeCount[]
  readonly channels: readonly string[]
  readonly products: readonly string[]
  /** Millionths: added minus removed, which may be below 0 until it is shown. */
  readonly cartMicros: number
  readonly orderMicros: number
  readonly converted: boolean
  readonly currency: NewestText | undefined
}

export interface TypeCount {
  readonly type: string
  readonly count: number
}

export interface NewestText {
  readonly at: EpochMs
  readonly text: string
}

const NONE: readonly string[] = []
const NO_DATA: Json = Object.freeze({})
const TELLING = ['product_id', 'products', 'price', 'total', 'currency']

/** Types of the table whose fields a session has no use for. An unknown field of theirs is no currency of the session's. */
const SILENT: ReadonlySet<string> = new Set(
  [...EVENT_TYPES].filter(([, { fields }]) => !TELLING.some((name) => name in fields)).map(([type]) => type),
)
const tellsNothing = (type: string): boolean => SILENT.has(type)

/** Money in millionths: float sums depend on the order of their terms, integer sums do not (exact to 9e9). */
export function microsOf(amount: number): number {
  const micros = Math.round(amount * 1e6)
  if (Number.isNaN(micros)) return 0
  return Math.min(Math.max(micros, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

const numberOf = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent)

function productsOf({ type }: StreamEvent, data: Json): readonly string[] {
  if (type.startsWith('product.')) return typeof data.product_id === 'string' ? [data.product_id] : NONE
  if (type !== 'order.completed' || !Array.isArray(data.products)) return NONE
  const ids = (data.products as readonly unknown[])
    .map((line) =>
      typeof line === 'object' && line !== null
        ? (line as { readonly product_id?: unknown }).product_id
        : undefined,
    )
    .filter((id) => typeof id === 'string')
  return [...new Set(ids)].sort().slice(0, SESSION_DISTINCT_MAX)
}

function cartMicrosOf({ type }: StreamEvent, data: Json): number {
  if (type !== 'product.added' && type !== 'product.removed') return 0
  const micros = microsOf(numberOf(data.price, 0) * numberOf(data.quantity, 1))
  return type === 'product.added' ? micros : 0 - micros
}

/** The block of one event (S2). */
export function blockOf(event: StreamEvent): Block {
  const { time, type, channel } = event
  // Types of the table say whether they carry anything that a session tells; data that nobody reads is never decoded.
  const data = tellsNothing(type) ? NO_DATA : event.data
  const converted = type === 'order.completed' || type === 'ticket.purchased'
  return {
    from: time,
    to: time,
    events: 1,
    pages: type === 'page.viewed' ? 1 : 0,
    types: [{ type, count: 1 }],
    channels: channel === undefined || channel === '' ? NONE : [channel],
    products: productsOf(event, data),
    cartMicros: cartMicrosOf(event, data),
    orderMicros: converted ? microsOf(numberOf(data.total, 0)) : 0,
    converted,
    currency: typeof data.currency === 'string' ? { at: time, text: data.currency } : undefined,
  }
}

/** The first ones of two sorted sets, sorted; one of the two itself when it holds the other, as it nearly always does. */
function union(a: readonly string[], b: readonly string[]): readonly string[] {
  if (b.length === 0 || (b.length === 1 && a.includes(b[0] as string))) return a
  if (b.every((item) => a.includes(item))) return a
  if (a.every((item) => b.includes(item))) return b
  return [...new Set([...a, ...b])].sort().slice(0, SESSION_DISTINCT_MAX)
}

/** The counts with one more of a type that is among them: what nearly every event adds. */
function oneMore(counts: readonly TypeCount[], type: string): readonly TypeCount[] | undefined {
  for (let i = 0; i < counts.length; i++) {
    const { type: known, count } = counts[i] as TypeCount
    if (known !== type) continue
    const result = counts.slice()
    result[i] = { type, count: count + 1 }
    return result
  }
  return undefined
}

function unionTypes(a: readonly TypeCount[], b: readonly TypeCount[]): readonly TypeCount[] {
  const only = b.length === 1 ? (b[0] as TypeCount) : undefined
  const quick = only?.count === 1 ? oneMore(a, only.type) : undefined
  if (quick !== undefined) return quick
  const result: TypeCount[] = []
  let i = 0
  let j = 0
  while (result.length < SESSION_DISTINCT_MAX) {
    const left = a[i]
    const right = b[j]
    if (left === undefined && right === undefined) break
    if (right === undefined || (left !== undefined && left.type < right.type)) {
      result.push(left as TypeCount)
      i++
    } else if (left === undefined || right.type < left.type) {
      result.push(right)
      j++
    } else {
      result.push({ type: left.type, count: left.count + right.count })
      i++
      j++
    }
  }
  return result
}

/** The newer text; at equal times the greater one, so that the order does not matter. */
function newer(a: NewestText | undefined, b: NewestText | undefined): NewestText | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.at > b.at || (a.at === b.at && a.text >= b.text) ? a : b
}

export const join = (a: Block, b: Block): Block => ({
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  events: a.events + b.events,
  pages: a.pages + b.pages,
  types: unionTypes(a.types, b.types),
  channels: union(a.channels, b.channels),
  products: union(a.products, b.products),
  cartMicros: a.cartMicros + b.cartMicros,
  orderMicros: a.orderMicros + b.orderMicros,
  converted: a.converted || b.converted,
  currency: newer(a.currency, b.currency),
})
