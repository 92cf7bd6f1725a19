/**
 * Blocks: what a session says, summed over a span of its events; one event is a block of its own. Joining two blocks gives the
 * same block in whatever order: sums are exact in millionths, lists are sorted sets, what is newest goes by event time.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { SESSION_DISTINCT_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Saying } from './saying.ts'
import { createTextBench } from './sorted-set.ts'

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

const cartMicrosOf = (event: StreamEvent, { cart }: Saying): number =>
  cart === 0
    ? 0
    : cart * microsOf(numberOf(fieldOf(event, 'price'), 0) * numberOf(fieldOf(event, 'quantity'), 1)) + 0

/** The block of one event (S2). */
export function blockOf(event: StreamEvent, saying: Saying): Block {
  const { time, channel } = event
  const currency = saying.tells ? fieldOf(event, 'currency') : undefined
  const hasCurrency = typeof currency === 'string'
  return {
    from: time,
    to: time,
    events: 1,
    pages: saying.isPage ? 1 : 0,
    types: saying.types,
    counts: ONE,
    channels: channel === undefined || channel === '' ? NONE : [channel],
    products: saying.isProduct ? productOf(event) : saying.isOrder ? productLinesOf(event) : NONE,
    cartMicros: cartMicrosOf(event, saying),
    orderMicros: saying.converts ? microsOf(numberOf(fieldOf(event, 'total'), 0)) : 0,
    converted: saying.converts,
    currency: hasCurrency ? currency : undefined,
    currencyAt: hasCurrency ? time : 0,
  }
}

const bench = createTextBench()

/** The lists of one kind of the blocks behind `start`, put into the first one's; that list itself if there is nothing in the others. */
function unitedTexts(
  blocks: readonly Block[],
  start: number,
  end: number,
  kind: 'channels' | 'products',
): readonly string[] {
  const first = (blocks[start] as Block)[kind]
  let begun = false
  for (let i = start + 1; i < end; i++) {
    const more = (blocks[i] as Block)[kind]
    for (let j = 0; j < more.length; j++) {
      if (!begun) bench.lay(first)
      begun = true
      bench.put(more[j] as string)
    }
  }
  return begun ? bench.takeTexts() : first
}

/** The blocks from `start` to `end`, of which there is one at least, as one. */
export function joined(blocks: readonly Block[], start: number, end: number): Block {
  const first = blocks[start] as Block
  if (end - start === 1) return first
  let { from, to, events, pages, cartMicros, orderMicros, converted, currency, currencyAt } = first
  bench.lay(first.types, first.counts)
  for (let i = start + 1; i < end; i++) {
    const block = blocks[i] as Block
    if (block.from < from) from = block.from
    if (block.to > to) to = block.to
    events += block.events
    pages += block.pages
    const { types, counts } = block
    for (let j = 0; j < types.length; j++) bench.count(types[j] as string, counts[j] as number)
    cartMicros += block.cartMicros
    orderMicros += block.orderMicros
    if (block.converted) converted = true
    // The newest stands, at equal times the greater, so that the order does not matter.
    const { currency: said, currencyAt: at } = block
    if (
      said !== undefined &&
      (currency === undefined || at > currencyAt || (at === currencyAt && said > currency))
    ) {
      currency = said
      currencyAt = at
    }
  }
  const types = bench.takeTexts()
  const counts = bench.takeNumbers()
  return {
    from,
    to,
    events,
    pages,
    types,
    counts,
    channels: unitedTexts(blocks, start, end, 'channels'),
    products: unitedTexts(blocks, start, end, 'products'),
    cartMicros,
    orderMicros,
    converted,
    currency,
    currencyAt,
  }
}
