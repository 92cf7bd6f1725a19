/**
 * The fold of a cart: its changes, in the order of event time, become lines (C1 to C4). Changes of the same time have an order of
 * their own (adds, removes, checkouts; then by what they say), so that the result does not hang on which arrived first.
 */
import type { EpochMs } from '../../model/time.ts'

/** In this order at equal times: what is added at a moment can be taken out at the same moment. */
export const ADDED = 0
export const REMOVED = 1
export const CHECKOUT = 2
export type ChangeKind = typeof ADDED | typeof REMOVED | typeof CHECKOUT

export interface Change {
  readonly at: EpochMs
  readonly kind: ChangeKind
  /** '' for a checkout. */
  readonly product: string
  readonly quantity: number
  readonly price: number | undefined
  readonly category: string | undefined
  readonly currency: string | undefined
}

/** A product in the fold, with the event time of the newest price and category, so that folds of two carts can be united. */
export interface Line {
  readonly product: string
  readonly quantity: number
  readonly price: Newest<number> | undefined
  readonly category: Newest<string> | undefined
}

export interface Newest<T> {
  readonly at: EpochMs
  readonly value: T
}

export interface Folded {
  /** Event time of the newest change folded. */
  readonly newestAt: EpochMs
  /** In the order in which the products first came; quantity 0 is kept, since a price may outlive it. */
  readonly lines: readonly Line[]
  readonly currency: Newest<string> | undefined
  /** A checkout was started since the cart was last emptied (C4). A cart that never held a line was not emptied. */
  readonly checkout: boolean
}

const compare = <T extends number | string>(a: T | undefined, b: T | undefined): number => {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  return a < b ? -1 : 1
}

/** The order in which changes are folded: total, so that equal sets of changes give equal folds. */
export const compareChanges = (a: Change, b: Change): number =>
  a.at - b.at ||
  a.kind - b.kind ||
  compare(a.product, b.product) ||
  compare(a.quantity, b.quantity) ||
  compare(a.price, b.price) ||
  compare(a.category, b.category) ||
  compare(a.currency, b.currency)

/** The newer of two; at equal times the greater value. */
export function newest<T extends number | string>(
  a: Newest<T> | undefined,
  b: Newest<T> | undefined,
): Newest<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.at > b.at || (a.at === b.at && a.value >= b.value) ? a : b
}

const said = <T extends number | string>(at: EpochMs, value: T | undefined): Newest<T> | undefined =>
  value === undefined ? undefined : { at, value }

/** Rounded to a millionth, so that 0.1 + 0.2 is 0.3 and 0.3 - 0.2 - 0.1 is nothing. */
function millionths(amount: number): number {
  const scaled = amount * 1e6
  if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return Math.round(scaled) / 1e6
  // What no double can say is shown as the largest one: JSON has no infinity.
  return Math.min(Math.max(amount, -Number.MAX_VALUE), Number.MAX_VALUE)
}

/** The fold of `changes`, which are sorted, on top of an older one. */
export function fold(base: Folded | undefined, changes: readonly Change[]): Folded {
  const lines = new Map<string, Line>((base?.lines ?? []).map((line) => [line.product, line]))
  let filled = (base?.lines ?? []).filter((line) => line.quantity > 0).length
  let newestAt = base?.newestAt ?? Number.MIN_SAFE_INTEGER
  let currency = base?.currency
  let checkout = base?.checkout ?? false
  for (const { at, kind, product, quantity, price, category, currency: saidCurrency } of changes) {
    if (at > newestAt) newestAt = at
    currency = newest(currency, said(at, saidCurrency))
    if (kind === CHECKOUT) {
      checkout = true
      continue
    }
    const old = lines.get(product)
    const before = old?.quantity ?? 0
    const after = kind === ADDED ? millionths(before + quantity) : Math.max(0, millionths(before - quantity))
    filled += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
    if (filled === 0 && before > 0) checkout = false
    lines.set(product, {
      product,
      quantity: after,
      price: newest(old?.price, said(at, price)),
      category: newest(old?.category, said(at, category)),
    })
  }
  return { newestAt, lines: [...lines.values()], currency, checkout }
}

/** Two folds of one cart as one: quantities sum up, what is newest wins; lines by product, so that the order does not matter. */
export function uniteFolds(a: Folded | undefined, b: Folded | undefined): Folded | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const lines = new Map<string, Line>()
  for (const line of [...a.lines, ...b.lines]) {
    const other = lines.get(line.product)
    lines.set(line.product, {
      product: line.product,
      quantity: line.quantity + (other?.quantity ?? 0),
      price: newest(other?.price, line.price),
      category: newest(other?.category, line.category),
    })
  }
  return {
    newestAt: Math.max(a.newestAt, b.newestAt),
    lines: [...lines.values()].sort((x, y) => compare(x.product, y.product)),
    currency: newest(a.currency, b.currency),
    checkout: a.checkout || b.checkout,
  }
}

/** Sum of price x quantity (C3). */
export function valueOf(lines: readonly Line[]): number {
  let sum = 0
  for (const line of lines) sum += (line.price?.value ?? 0) * line.quantity
  return millionths(sum)
}
