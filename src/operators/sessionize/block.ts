/**
 * Blocks: what a session says, summed over a span of its events; one event is a block of its own. Joining two blocks gives the
 * same block in whatever order: sums are exact in millionths, lists are sorted sets, what is newest goes by event time.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { SESSION_DISTINCT_MAX } from '../../model/limits.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { Saying, Tally } from './saying.ts'
import { createTextBench } from './sorted-set.ts'

/**
 * Most blocks are one event, and eight of them wait in each open session: what they have in common with others is shared, and times
 * within a block are distances, which need no object each. The block of a viewed product is 79 bytes that way, and 231 with every field
 * in it (measured, Node 20); what is touched less also counts where people are too many for the processor's caches.
 */
export interface Block {
  /** Event time of the first event. */
  readonly from: EpochMs
  /** From the first event to the last. */
  readonly spanMs: DurationMs
  readonly tally: Tally
  /** The one product, or a list as those of a tally. */
  readonly products: string | readonly string[]
  readonly money: Money
}

export interface Money {
  /** Millionths: added minus removed, which may be below 0 until it is shown. */
  readonly cartMicros: number
  readonly orderMicros: number
  /** The newest one said, and how long after `from`; undefined and 0 while there was none. */
  readonly currency: string | undefined
  readonly currencyAfterMs: DurationMs
}

const NONE: readonly string[] = []
export const NO_MONEY: Money = { cartMicros: 0, orderMicros: 0, currency: undefined, currencyAfterMs: 0 }

/** Money in millionths: float sums depend on the order of their terms, integer sums do not (exact to 9e9). */
export function microsOf(amount: number): number {
  // Plus 0: what rounds to -0 is 0.
  const micros = Math.round(amount * 1e6) + 0
  if (Number.isNaN(micros)) return 0
  return Math.min(Math.max(micros, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

const numberOf = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent)

function productOf(event: StreamEvent): Block['products'] {
  const product = fieldOf(event, 'product_id')
  return typeof product === 'string' ? product : NONE
}

/** A list of one product is that product. */
export const productsOf = (list: readonly string[]): Block['products'] =>
  list.length === 1 ? (list[0] as string) : list

export const productList = ({ products }: Block): readonly string[] =>
  typeof products === 'string' ? [products] : products

function productLinesOf(event: StreamEvent): Block['products'] {
  const lines = fieldOf(event, 'products')
  if (!Array.isArray(lines)) return NONE
  const ids = (lines as readonly unknown[])
    .map((line) =>
      typeof line === 'object' && line !== null
        ? (line as { readonly product_id?: unknown }).product_id
        : undefined,
    )
    .filter((id) => typeof id === 'string')
  return productsOf([...new Set(ids)].sort().slice(0, SESSION_DISTINCT_MAX))
}

const cartMicrosOf = (event: StreamEvent, { cart }: Saying): number =>
  cart === 0
    ? 0
    : cart * microsOf(numberOf(fieldOf(event, 'price'), 0) * numberOf(fieldOf(event, 'quantity'), 1)) + 0

/** The last one without an amount: nearly all events of a shop say the same currency, and few a price. */
let currencyAlone = NO_MONEY

function moneyOf(event: StreamEvent, saying: Saying): Money {
  const field = saying.tells ? fieldOf(event, 'currency') : undefined
  const currency = typeof field === 'string' ? field : undefined
  const cartMicros = cartMicrosOf(event, saying)
  const orderMicros = saying.converts ? microsOf(numberOf(fieldOf(event, 'total'), 0)) : 0
  if (cartMicros !== 0 || orderMicros !== 0) return { cartMicros, orderMicros, currency, currencyAfterMs: 0 }
  if (currency === undefined) return NO_MONEY
  if (currency !== currencyAlone.currency)
    currencyAlone = { cartMicros: 0, orderMicros: 0, currency, currencyAfterMs: 0 }
  return currencyAlone
}

/** The block of one event (S2). */
export function blockOf(event: StreamEvent, saying: Saying): Block {
  return {
    from: event.time,
    spanMs: 0,
    tally: saying.tallyOn(event.channel),
    products: saying.isProduct ? productOf(event) : saying.isOrder ? productLinesOf(event) : NONE,
    money: moneyOf(event, saying),
  }
}

const bench = createTextBench()

/** The blocks from `start` to `end`, of which there is one at least, as one. */
export function joined(blocks: readonly Block[], start: number, end: number): Block {
  const first = blocks[start] as Block
  if (end - start === 1) return first
  let { from } = first
  let to = from + first.spanMs
  for (let i = start + 1; i < end; i++) {
    const { from: begins, spanMs } = blocks[i] as Block
    if (begins < from) from = begins
    if (begins + spanMs > to) to = begins + spanMs
  }
  return {
    from,
    spanMs: to - from,
    tally: joinedTally(blocks, start, end),
    products: joinedProducts(blocks, start, end),
    money: joinedMoney(blocks, start, end, from),
  }
}

function joinedTally(blocks: readonly Block[], start: number, end: number): Tally {
  let { events, pages, types, counts, channels, converted } = (blocks[start] as Block).tally
  bench.lay(types, counts)
  let isOneChannel = true
  for (let i = start + 1; i < end; i++) {
    const { tally } = blocks[i] as Block
    events += tally.events
    pages += tally.pages
    if (tally.converted) converted = true
    for (let j = 0; j < tally.types.length; j++)
      bench.count(tally.types[j] as string, tally.counts[j] as number)
    if (tally.channels.length > 0)
      isOneChannel &&= tally.channels.length === 1 && tally.channels[0] === channels[0]
  }
  types = bench.takeTexts()
  counts = bench.takeNumbers()
  // Nearly all sessions keep to one channel.
  if (!isOneChannel) {
    bench.lay(channels)
    for (let i = start + 1; i < end; i++) bench.putAll((blocks[i] as Block).tally.channels)
    channels = bench.takeTexts()
  }
  return { events, pages, types, counts, channels, converted }
}

function joinedProducts(blocks: readonly Block[], start: number, end: number): Block['products'] {
  bench.lay(NONE)
  for (let i = start; i < end; i++) {
    const { products } = blocks[i] as Block
    if (typeof products === 'string') bench.put(products)
    else bench.putAll(products)
  }
  return productsOf(bench.takeTexts())
}

function joinedMoney(blocks: readonly Block[], start: number, end: number, from: EpochMs): Money {
  let cartMicros = 0
  let orderMicros = 0
  let currency: string | undefined
  let currencyAt = from
  for (let i = start; i < end; i++) {
    const { from: begins, money } = blocks[i] as Block
    cartMicros += money.cartMicros
    orderMicros += money.orderMicros
    const { currency: said } = money
    if (said === undefined) continue
    const at = begins + money.currencyAfterMs
    // The newest stands, at equal times the greater, so that the order does not matter.
    if (currency === undefined || at > currencyAt || (at === currencyAt && said > currency)) {
      currency = said
      currencyAt = at
    }
  }
  return { cartMicros, orderMicros, currency, currencyAfterMs: currencyAt - from }
}
