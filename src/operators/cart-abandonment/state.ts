/** What cart-abandonment remembers of a person: carts with their changes, and the person's orders. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import { decodeTimes, encodeTimes } from '../../model/rising-times.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Change, ChangeKind, Folded, Line, Newest } from './fold.ts'

export interface Cart {
  readonly id: string
  /** The fold of what is older than `changes`. */
  readonly base: Folded | undefined
  /** In the order of folding. */
  readonly changes: readonly Change[]
  /** Times t of changes for which the cart may still fire (T2), rising: nothing known lies in (t, t + after). */
  readonly pending: readonly EpochMs[]
  /** Times t for which it fired and was not taken back, rising: a late order may take them back. */
  readonly fired: readonly EpochMs[]
  /** Newest t for which it ever fired; a change that is not newer arms nothing (C5). */
  readonly firedAt: EpochMs | undefined
  /** Due time of the cart's timer, never above that of the first pending one; undefined: there is no timer. */
  readonly armed: EpochMs | undefined
}

export interface Order {
  readonly at: EpochMs
  /** Undefined: for all carts of the person. */
  readonly cart: string | undefined
}

export interface CartAbandonmentState {
  /** Sorted by id. */
  readonly carts: readonly Cart[]
  /** Sorted by time, at equal times by cart; no two are equal. Carts that come later by a merge are measured by them too. */
  readonly orders: readonly Order[]
}

const EMPTY: CartAbandonmentState = { carts: [], orders: [] }

/** Beside the kind of a change: which parts follow, and which are the usual ones. */
const PRICE = 4
const CATEGORY = 8
const CURRENCY = 16
/** The currency is the one that was said before. */
const SAME_CURRENCY = 32
const ONE_PIECE = 64

/** `said`: a currency of the cart before; all carts of a person have the same nearly always. */
function encodeChanges(changes: readonly Change[], said: string | undefined, writer: ByteWriter): void {
  writer.uint(changes.length)
  let last = 0
  let before = said
  for (let i = 0; i < changes.length; i++) {
    const { at, kind, product, quantity, price, category, currency } = changes[i] as Change
    const isSame = currency === before
    writer.byte(
      kind |
        (price === undefined ? 0 : PRICE) |
        (category === undefined ? 0 : CATEGORY) |
        (currency === undefined ? 0 : isSame ? SAME_CURRENCY : CURRENCY) |
        (quantity === 1 ? ONE_PIECE : 0),
    )
    writer.int(at - last)
    last = at
    writer.text(product)
    if (quantity !== 1) writer.value(quantity)
    if (price !== undefined) writer.value(price)
    if (category !== undefined) writer.text(category)
    if (currency === undefined) continue
    if (!isSame) writer.text(currency)
    before = currency
  }
}

function decodeChanges(reader: ByteReader, said: string | undefined): readonly Change[] {
  const changes: Change[] = []
  let at = 0
  let before = said
  for (let left = reader.uint(); left > 0; left--) {
    const flags = reader.byte()
    at += reader.int()
    const product = reader.text()
    const quantity = (flags & ONE_PIECE) === 0 ? (reader.value() as number) : 1
    const price = (flags & PRICE) === 0 ? undefined : (reader.value() as number)
    const category = (flags & CATEGORY) === 0 ? undefined : reader.text()
    let currency: string | undefined
    if ((flags & CURRENCY) !== 0) currency = reader.text()
    else if ((flags & SAME_CURRENCY) !== 0) currency = before
    if (currency !== undefined) before = currency
    changes.push({ at, kind: (flags & 3) as ChangeKind, product, quantity, price, category, currency })
  }
  return changes
}

/** What the changes of the next cart are measured by. */
const currencyOf = (cart: Cart | undefined): string | undefined =>
  cart === undefined || cart.changes.length === 0
    ? undefined
    : (cart.changes[cart.changes.length - 1] as Change).currency

function encodeNewest(newest: Newest<number | string> | undefined, writer: ByteWriter): void {
  writer.bool(newest !== undefined)
  if (newest === undefined) return
  writer.int(newest.at)
  writer.value(newest.value)
}

const decodeNewest = <T>(reader: ByteReader): Newest<T> | undefined =>
  reader.bool() ? { at: reader.int(), value: reader.value() as T } : undefined

function encodeBase(base: Folded, writer: ByteWriter): void {
  writer.int(base.newestAt)
  writer.bool(base.checkout)
  encodeNewest(base.currency, writer)
  writer.uint(base.lines.length)
  for (const line of base.lines) {
    writer.text(line.product)
    writer.value(line.quantity)
    encodeNewest(line.price, writer)
    encodeNewest(line.category, writer)
  }
}

function decodeBase(reader: ByteReader): Folded {
  const newestAt = reader.int()
  const checkout = reader.bool()
  const currency = decodeNewest<string>(reader)
  const lines: Line[] = []
  for (let left = reader.uint(); left > 0; left--) {
    const product = reader.text()
    const quantity = reader.value() as number
    lines.push({
      product,
      quantity,
      price: decodeNewest<number>(reader),
      category: decodeNewest<string>(reader),
    })
  }
  return { newestAt, lines, currency, checkout }
}

function encodeCart(cart: Cart, before: Cart | undefined, writer: ByteWriter): void {
  writer.text(cart.id)
  writer.byte(
    (cart.base === undefined ? 0 : 1) |
      (cart.firedAt === undefined ? 0 : 2) |
      (cart.armed === undefined ? 0 : 4),
  )
  if (cart.base !== undefined) encodeBase(cart.base, writer)
  if (cart.firedAt !== undefined) writer.int(cart.firedAt)
  if (cart.armed !== undefined) writer.int(cart.armed)
  encodeTimes(cart.pending, writer)
  encodeTimes(cart.fired, writer)
  encodeChanges(cart.changes, currencyOf(before), writer)
}

function decodeCart(reader: ByteReader, before: Cart | undefined): Cart {
  const id = reader.text()
  const parts = reader.byte()
  const base = (parts & 1) === 0 ? undefined : decodeBase(reader)
  const firedAt = (parts & 2) === 0 ? undefined : reader.int()
  const armed = (parts & 4) === 0 ? undefined : reader.int()
  const pending = decodeTimes(reader)
  const fired = decodeTimes(reader)
  return { id, base, changes: decodeChanges(reader, currencyOf(before)), pending, fired, firedAt, armed }
}

/** Of the bytes here; before version 2 nothing was released. */
const VERSION = 2

export const cartAbandonmentState: StateShape<CartAbandonmentState> = {
  version: VERSION,
  initial: () => EMPTY,
  encode(state, writer) {
    writer.uint(state.carts.length)
    for (let i = 0; i < state.carts.length; i++)
      encodeCart(state.carts[i] as Cart, state.carts[i - 1], writer)
    writer.uint(state.orders.length)
    for (const order of state.orders) {
      writer.int(order.at)
      writer.optionalText(order.cart)
    }
  },
  decode(reader, version) {
    knownVersion('the state of cart-abandonment', version, VERSION, VERSION)
    const carts: Cart[] = []
    for (let left = reader.uint(); left > 0; left--) carts.push(decodeCart(reader, carts.at(-1)))
    const orders: Order[] = []
    for (let left = reader.uint(); left > 0; left--)
      orders.push({ at: reader.int(), cart: reader.optionalText() })
    return { carts, orders }
  },
}
