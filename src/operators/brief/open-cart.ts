/** What lies in the carts of a person at a time, from changes and orders up to it. */
import type { Json } from '../../model/event.ts'
import type { Note } from './lanes.ts'
import { typeOf } from './notes.ts'

const MILLIONTHS = 1e6
const rounded = (value: number): number => Math.round(value * MILLIONTHS) / MILLIONTHS

const cartOf = ({ said }: Note): string => (typeof said['cart_id'] === 'string' ? said['cart_id'] : 'default')

/** An order takes away what was put in before it: in its cart, or in all if it names none. */
const isTakenBy = (change: Note, order: Note): boolean =>
  order.at > change.at && (order.said['cart_id'] === undefined || cartOf(order) === cartOf(change))

interface Line {
  quantity: number
  product: Json
}

/** Null: there is nothing in any cart. */
export function openCartOf(notes: readonly Note[]): Json | null {
  const orders = notes.filter((note) => typeOf(note) === 'order.completed')
  const changes = notes.filter(
    (note) => typeOf(note) !== 'order.completed' && !orders.some((order) => isTakenBy(note, order)),
  )
  const lines = new Map<string, Line>()
  let currency: unknown = null
  for (const note of changes) {
    const { quantity = 1, currency: said, cart_id: _cart, ...product } = note.said
    const key = JSON.stringify([cartOf(note), product['product_id']])
    const line = lines.get(key) ?? { quantity: 0, product: {} }
    const change = typeOf(note) === 'product.added' ? Number(quantity) : -Number(quantity)
    lines.set(key, {
      quantity: rounded(Math.max(0, line.quantity + change)),
      product: { ...line.product, ...product },
    })
    currency = said ?? currency
  }
  const held = [...lines.values()].filter(({ quantity }) => quantity > 0)
  if (held.length === 0) return null
  const value = held.reduce((sum, { quantity, product }) => sum + quantity * Number(product['price'] ?? 0), 0)
  return {
    value: rounded(value),
    currency,
    lines: held.map(({ quantity, product: { product_id, name, category, price } }) => ({
      product_id,
      name: name ?? null,
      category: category ?? null,
      quantity,
      price: price ?? null,
    })),
  }
}
