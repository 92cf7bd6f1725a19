/** What cart-abandonment remembers of a person: carts with their changes, and the person's orders. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
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

/** Rising times: the first one whole, then the distances. */
function encodeTimes(times: readonly EpochMs[], writer: ByteWriter): void {
  writer.uint(times.length)
  let last = 0
  for (const at of times) {
    writer.int(at - last)
    last = at
  }
}

function decodeTimes(reader: ByteReader): readonly EpochMs[] {
  const times: EpochMs[] = []
  let last = 0
  for (let left = reader.uint(); left > 0; left--) {
    last += reader.int()
    times.push(last)
  }
  return times
}

function encodeChanges(changes: readonly Change[], writer: ByteWriter): void {
  writer.uint(changes.length)
  let last = 0
  for (const { at, kind, product, quantity, price, category, currency } of changes) {
    writer.byte(
      kind |
        (price === undefined ? 0 : 4) |
        (category === undefined ? 0 : 8) |
        (currency === undefined ? 0 : 16),
    )
    writer.int(at - last)
    last = at
    writer.text(product)
    writer.value(quantity)
    if (price !== undefined) writer.value(price)
    if (category !== undefined) writer.text(category)
    if (currency !== undefined) writer.text(currency)
  }
}

function decodeChanges(reader: ByteReader): readonly Change[] {
  const changes: Change[] = []
  let at = 0
  for (let left = reader.uint(); left > 0; left--) {
    const flags = reader.byte()
    at += reader.int()
    const product = reader.text()
    const quantity = reader.value() as number
    const price = (flags & 4) === 0 ? undefined : (reader.value() as number)
    const category = (flags & 8) === 0 ? undefined : reader.text()
    const currency = (flags & 16) === 0 ? undefined : reader.text()
    changes.push({ at, kind: (flags & 3) as ChangeKind, product, quantity, price, category, currency })
  }
  return changes
}

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

function encodeCart(cart: Cart, writer: ByteWriter): void {
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
  encodeChanges(cart.changes, writer)
}

function decodeCart(reader: ByteReader): Cart {
  const id = reader.text()
  const parts = reader.byte()
  const base = (parts & 1) === 0 ? undefined : decodeBase(reader)
  const firedAt = (parts & 2) === 0 ? undefined : reader.int()
  const armed = (parts & 4) === 0 ? undefined : reader.int()
  const pending = decodeTimes(reader)
  const fired = decodeTimes(reader)
  return { id, base, changes: decodeChanges(reader), pending, fired, firedAt, armed }
}

export const cartAbandonmentState: StateShape<CartAbandonmentState> = {
  version: 1,
  initial: () => EMPTY,
  encode(state, writer) {
    writer.uint(state.carts.length)
    for (const cart of state.carts) encodeCart(cart, writer)
    writer.uint(state.orders.length)
    for (const order of state.orders) {
      writer.int(order.at)
      writer.optionalText(order.cart)
    }
  },
  decode(reader, version) {
    knownVersion('the state of cart-abandonment', version, 1)
    const carts: Cart[] = []
    for (let left = reader.uint(); left > 0; left--) carts.push(decodeCart(reader))
    const orders: Order[] = []
    for (let left = reader.uint(); left > 0; left--)
      orders.push({ at: reader.int(), cart: reader.optionalText() })
    return { carts, orders }
  },
}
