/**
 * What is in a person's carts, as of any time: their changes, kept as they came, and the orders that took things out. The rules are those
 * of carts anywhere in the house (contracts, C1 to C3): quantities add up in the order of event time and never fall below nothing, the newest price
 * counts, an order takes away what was changed before it.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { PROFILE_CART_CHANGES_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'

/** In this order at equal times: an order leaves what was changed at its own moment. */
const ORDERED = 0
const ADDED = 1
const REMOVED = 2

export interface CartChange {
  readonly at: EpochMs
  readonly kind: typeof ORDERED | typeof ADDED | typeof REMOVED
  /** Of an order undefined: of all carts. */
  readonly cart: string | undefined
  /** Empty for an order. */
  readonly product: string
  readonly quantity: number
  readonly price: number | undefined
}

const KINDS: Readonly<Record<string, CartChange['kind']>> = {
  'order.completed': ORDERED,
  'product.added': ADDED,
  'product.removed': REMOVED,
}
const TEXT_LENGTH_MAX = 128

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX ? value : undefined
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Undefined: it is about no cart. */
export function cartChangeOf(event: StreamEvent): CartChange | undefined {
  const { type, time: at } = event
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kind === undefined) return undefined
  const cart = textOf(fieldOf(event, 'cart_id'))
  if (kind === ORDERED) return { at, kind, cart, product: '', quantity: 0, price: undefined }
  return {
    at,
    kind,
    cart: cart ?? 'default',
    product: textOf(fieldOf(event, 'product_id')) ?? '',
    quantity: numberOf(fieldOf(event, 'quantity')) ?? 1,
    price: numberOf(fieldOf(event, 'price')),
  }
}

const compare = <T extends string | number>(a: T | undefined, b: T | undefined): number =>
  a === b ? 0 : a === undefined ? -1 : b === undefined ? 1 : a < b ? -1 : 1

/** Total, so that equal changes make equal lists. */
const inOrder = (a: CartChange, b: CartChange): number =>
  a.at - b.at ||
  a.kind - b.kind ||
  compare(a.cart, b.cart) ||
  compare(a.product, b.product) ||
  a.quantity - b.quantity ||
  compare(a.price, b.price)

/** Whether an order at its time takes things out of the cart. */
const isOf = (order: CartChange, cart: string | undefined): boolean =>
  order.cart === undefined || order.cart === cart

/**
 * Without what nobody asks about any more: what an order took away, both older than `oldest`, and orders with a newer one behind them. The
 * newest one stays, for people who turn out to be one: it ends the other's older changes too.
 */
function pruned(changes: readonly CartChange[], oldest: EpochMs): readonly CartChange[] {
  const old = changes.filter(({ at, kind }) => kind === ORDERED && at < oldest)
  if (old.length === 0) return changes
  return changes.filter((change) => !old.some((order) => change.at < order.at && isOf(order, change.cart)))
}

export interface Carts {
  readonly changes: readonly CartChange[]
  readonly fellOut: number
}

/** Both, in order; the oldest fall out of too many. */
export function mergeCarts(a: readonly CartChange[], b: readonly CartChange[], oldest: EpochMs): Carts {
  const left = pruned([...a, ...b].sort(inOrder), oldest)
  const fellOut = Math.max(0, left.length - PROFILE_CART_CHANGES_MAX)
  return { changes: fellOut === 0 ? left : left.slice(fellOut), fellOut }
}

interface Line {
  quantity: number
  price: number
}

const millionths = (value: number): number => Math.round(value * 1e6) / 1e6

/** Price times quantity of everything in all carts at a time. */
export function valueOfCarts(changes: readonly CartChange[], at: EpochMs): number {
  const carts = new Map<string, Map<string, Line>>()
  for (const { at: time, kind, cart, product, quantity, price } of changes) {
    if (time > at) break
    if (kind === ORDERED) {
      if (cart === undefined) carts.clear()
      else carts.delete(cart)
      continue
    }
    const lines = carts.get(cart ?? '') ?? new Map<string, Line>()
    carts.set(cart ?? '', lines)
    const line = lines.get(product) ?? { quantity: 0, price: 0 }
    lines.set(product, line)
    line.quantity = millionths(Math.max(0, line.quantity + (kind === ADDED ? quantity : -quantity)))
    if (price !== undefined) line.price = price
  }
  let value = 0
  for (const lines of carts.values()) for (const line of lines.values()) value += line.quantity * line.price
  return Number.isFinite(value) ? millionths(value) : 0
}
