/**
 * Blocks: what a session says, summed over a span of its events; one event is a block of its own. Joining two blocks gives the
 * same block in whatever order: sums are exact in millionths, lists are sorted sets, what is newest goes by event time.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { EVENT_TYPES } from '../../model/event-types.ts'
import { SESSION_DISTINCT_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import { union } from './sorted-set.ts'

export interface Block {
  /** Event time of the first and the last event. */
  readonly from: EpochMs
  readonly to: EpochMs
  readonly events: number
  readonly pages: number
  /** Sorted, and bounded to the first ones: what falls out can never come back, so the order of joining does not matter. */
  readonly types: readonly string[]
  /** How many events there are of each of the types. Beside them: a session has its types soon, and counts for ever. */
  readonly counts: readonly number[]
  readonly channels: readonly string[]
  readonly products: readonly string[]
  /** Millionths: added minus removed, which may be below 0 until it is shown. */
  readonly cartMicros: number
  readonly orderMicros: number
  readonly converted: boolean
  /** The newest one said, and when; undefined and 0 while there was none. */
  readonly currency: string | undefined
  readonly currencyAt: EpochMs
}

const NONE: readonly string[] = []
const ONE: readonly number[] = [1]

/** What events of a type say to a session. */
const TELLS = 1
const PRODUCT = 2
const PRODUCT_LINES = 4
const ADDED = 8
const REMOVED = 16
const CONVERTS = 32
const PAGE = 64

/** Fields that a session has a use for. A type of the table without any of them is not asked for an unknown field either. */
const TELLING = ['product_id', 'products', 'price', 'total', 'currency']

function sayingOf(type: string): number {
  const fields = EVENT_TYPES.get(type)?.fields
  const tells = fields === undefined || TELLING.some((name) => name in fields)
  return (
    (tells ? TELLS : 0) |
    (type.startsWith('product.') ? PRODUCT : 0) |
    (type === 'order.completed' ? PRODUCT_LINES : 0) |
    (type === 'product.added' ? ADDED : 0) |
    (type === 'product.removed' ? REMOVED : 0) |
    (type === 'order.completed' || type === 'ticket.purchased' ? CONVERTS : 0) |
    (type === 'page.viewed' ? PAGE : 0)
  )
}

/** Of the types of the table, looked up once for each event. */
const SAYINGS: ReadonlyMap<string, number> = new Map(
  [...EVENT_TYPES.keys()].map((type) => [type, sayingOf(type)]),
)

/** Money in millionths: float sums depend on the order of their terms, integer sums do not (exact to 9e9). */
export function microsOf(amount: number): number {
  // Plus 0: what rounds to -0 is 0.
  const micros = Math.round(amount * 1e6) + 0
  if (Number.isNaN(micros)) return 0
  return Math.min(Math.max(micros, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

const numberOf = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent)

function productOf(event: StreamEvent): readonly string[] {
  const product = fieldOf(event, 'product_id')
  return typeof product === 'string' ? [product] : NONE
}

function productLinesOf(event: StreamEvent): readonly string[] {
  const lines = fieldOf(event, 'products')
  if (!Array.isArray(lines)) return NONE
  const ids = (lines as readonly unknown[])
    .map((line) =>
      typeof line === 'object' && line !== null
        ? (line as { readonly product_id?: unknown }).product_id
        : undefined,
    )
    .filter((id) => typeof id === 'string')
  return [...new Set(ids)].sort().slice(0, SESSION_DISTINCT_MAX)
}

function cartMicrosOf(event: StreamEvent, says: number): number {
  if ((says & (ADDED | REMOVED)) === 0) return 0
  const micros = microsOf(numberOf(fieldOf(event, 'price'), 0) * numberOf(fieldOf(event, 'quantity'), 1))
  return (says & ADDED) === 0 ? 0 - micros : micros
}

/** The block of one event (S2). Data is asked only for what its type may say: what nobody reads is never decoded. */
export function blockOf(event: StreamEvent): Block {
  const { time, type, channel } = event
  const says = SAYINGS.get(type) ?? sayingOf(type)
  const currency = (says & TELLS) === 0 ? undefined : fieldOf(event, 'currency')
  const hasCurrency = typeof currency === 'string'
  return {
    from: time,
    to: time,
    events: 1,
    pages: (says & PAGE) === 0 ? 0 : 1,
    types: [type],
    counts: ONE,
    channels: channel === undefined || channel === '' ? NONE : [channel],
    products:
      (says & PRODUCT) !== 0 ? productOf(event) : (says & PRODUCT_LINES) === 0 ? NONE : productLinesOf(event),
    cartMicros: cartMicrosOf(event, says),
    orderMicros: (says & CONVERTS) === 0 ? 0 : microsOf(numberOf(fieldOf(event, 'total'), 0)),
    converted: (says & CONVERTS) !== 0,
    currency: hasCurrency ? currency : undefined,
    currencyAt: hasCurrency ? time : 0,
  }
}

/** The counts of both, for `types`, which are theirs together or the first of them. */
function countsOf(types: readonly string[], a: Block, b: Block): readonly number[] {
  // What nearly every event adds: one of a type that is among them.
  if (types === a.types && b.types.length === 1) {
    const at = types.indexOf(b.types[0] as string)
    return at < 0 ? a.counts : a.counts.with(at, (a.counts[at] as number) + (b.counts[0] as number))
  }
  const counts: number[] = []
  let i = 0
  let j = 0
  for (const type of types) {
    const ours = a.types[i] === type ? (a.counts[i++] as number) : 0
    const theirs = b.types[j] === type ? (b.counts[j++] as number) : 0
    counts.push(ours + theirs)
  }
  return counts
}

/** Whether the currency of `b` stands: it is newer, or at equal times the greater, so that the order does not matter. */
const isNewer = (b: Block, a: Block): boolean =>
  b.currency !== undefined &&
  (a.currency === undefined ||
    b.currencyAt > a.currencyAt ||
    (b.currencyAt === a.currencyAt && b.currency > a.currency))

export function join(a: Block, b: Block): Block {
  const types = union(a.types, b.types)
  const { currency, currencyAt } = isNewer(b, a) ? b : a
  return {
    from: a.from < b.from ? a.from : b.from,
    to: a.to > b.to ? a.to : b.to,
    events: a.events + b.events,
    pages: a.pages + b.pages,
    types,
    counts: countsOf(types, a, b),
    channels: union(a.channels, b.channels),
    products: union(a.products, b.products),
    cartMicros: a.cartMicros + b.cartMicros,
    orderMicros: a.orderMicros + b.orderMicros,
    converted: a.converted || b.converted,
    currency,
    currencyAt,
  }
}
