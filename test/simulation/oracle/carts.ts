/** cart-abandonment: every change and every order of a person for ever, folded anew at each question (contract 5, T2, C1 to C8). */
import { formatTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Emission } from './person.ts'
import { durationOf, type Json, numberOf, type OperatorSettings, textOf } from './settings.ts'

const CHANGES = ['product.added', 'product.removed', 'checkout.started']

interface Firing {
  readonly cart: string
  /** The time of the change that it fired for. */
  readonly since: number
  retracted: boolean
}

interface Carts {
  changes: OracleEvent[]
  orders: OracleEvent[]
  firings: Firing[]
  /** `cart|time` of changes whose hour was judged, or that arm nothing. */
  judged: Set<string>
}

const cartOf = (event: OracleEvent): string => textOf(event.data['cart_id'], 'default')
/** An order without a cart is for all of them. */
const isFor = (order: OracleEvent, cart: string): boolean =>
  typeof order.data['cart_id'] !== 'string' || order.data['cart_id'] === cart

interface Line {
  product_id: string
  quantity: number
  price: number | null
  category: string | null
}

/** The cart as of a time: changes and orders before it. */
function foldOf(
  state: Carts,
  cart: string,
  before: number,
): { lines: Line[]; currency: string | null; step: string } {
  const ordered = Math.max(
    Number.NEGATIVE_INFINITY,
    ...state.orders.filter((o) => isFor(o, cart) && o.time < before).map((o) => o.time),
  )
  const changes = state.changes
    .filter((c) => cartOf(c) === cart && c.time < before && c.time >= ordered)
    .sort((a, b) => a.time - b.time)
  const lines = new Map<string, Line>()
  const full = (): Line[] => [...lines.values()].filter((l) => l.quantity > 0)
  let checkout = false
  let currency: string | null = null
  for (const { type, data } of changes) {
    if (typeof data['currency'] === 'string') currency = data['currency']
    if (type === 'checkout.started') {
      checkout = true
      continue
    }
    const id = String(data['product_id'])
    const line = lines.get(id) ?? { product_id: id, quantity: 0, price: null, category: null }
    lines.set(id, line)
    const quantity = numberOf(data['quantity'], 1)
    const was = line.quantity
    line.quantity = Math.max(0, line.quantity + (type === 'product.added' ? quantity : -quantity))
    if (typeof data['price'] === 'number') line.price = data['price']
    if (typeof data['category'] === 'string') line.category = data['category']
    if (full().length === 0 && was > 0) checkout = false
  }
  const step = checkout || changes.at(-1)?.type === 'checkout.started' ? 'checkout' : 'cart'
  return { lines: full().sort((a, b) => (a.product_id < b.product_id ? -1 : 1)), currency, step }
}

export function cartAbandonment(settings: OperatorSettings, unsettled: Unsettled): OracleOperator {
  const afterMs = durationOf(settings.config['after'], '60m')
  const minValue = numberOf(settings.config['minValue'], 0)
  const states = statesOf<Carts>(() => ({ changes: [], orders: [], firings: [], judged: new Set() }))

  const pending = (state: Carts): { cart: string; since: number }[] =>
    state.changes
      .map((c) => ({ cart: cartOf(c), since: c.time }))
      .filter(({ cart, since }) => !state.judged.has(`${cart}|${since}`))
      .sort((a, b) => a.since - b.since || (a.cart < b.cart ? -1 : a.cart > b.cart ? 1 : 0))

  function judge(state: Carts, cart: string, since: number): Json | undefined {
    const within = (e: OracleEvent): boolean => e.time > since && e.time < since + afterMs
    if (state.changes.some((c) => cartOf(c) === cart && within(c))) return undefined
    if (state.orders.some((o) => isFor(o, cart) && within(o))) return undefined
    const { lines, currency, step } = foldOf(state, cart, since + afterMs)
    const value = lines.reduce((total, l) => total + (l.price ?? 0) * l.quantity, 0)
    if (lines.length === 0 || value < minValue) return undefined
    return {
      trigger: 'cart-abandonment',
      instance: cart,
      lines,
      value,
      currency,
      idle_since: formatTime(since),
      step,
    }
  }

  /** An order that lies in the span of a cart that fired takes it back, once. */
  function retract(state: Carts, event: OracleEvent): readonly Emission[] {
    return state.firings
      .filter((f) => !f.retracted)
      .filter((f) =>
        state.orders.some((o) => isFor(o, f.cart) && o.time > f.since && o.time < f.since + afterMs),
      )
      .map((firing) => {
        firing.retracted = true
        return {
          type: 'trigger.retracted',
          time: event.time,
          cause: { source: event.source, id: event.id },
          data: {
            trigger: 'cart-abandonment',
            instance: firing.cart,
            reason: 'order-arrived-late',
            idle_since: formatTime(firing.since),
          },
        }
      })
  }

  function change(state: Carts, event: OracleEvent, watermark: number): void {
    const cart = cartOf(event)
    const fired = state.firings.filter((f) => f.cart === cart)
    const key = `${cart}|${event.time}`
    if (event.time + afterMs <= watermark) unsettled('cart: a change comes after its own due time')
    if (fired.some((f) => f.since === event.time))
      unsettled('cart: a change at the very time of one that fired')
    if (fired.some((f) => f.since >= event.time)) state.judged.add(key)
    else if (event.time + afterMs <= watermark) state.judged.delete(key)
    state.changes.push(event)
  }

  return {
    settings,
    onEvent(person, event, watermark) {
      const state = states.of(person)
      if (CHANGES.includes(event.type)) change(state, event, watermark)
      if (event.type !== 'order.completed') return { emissions: [] }
      state.orders.push(event)
      return { emissions: retract(state, event) }
    },
    due(person) {
      const next = pending(states.of(person))[0]
      return next && { at: next.since + afterMs, rank: 0, order: 0, name: next.cart }
    },
    onDue(person, due) {
      const state = states.of(person)
      const since = due.at - afterMs
      state.judged.add(`${due.name}|${since}`)
      const data = judge(state, due.name, since)
      if (data === undefined) return []
      state.firings.push({ cart: due.name, since, retracted: false })
      return [{ type: 'trigger.fired', time: due.at, cause: { timer: due.name, due: due.at }, data }]
    },
    merge(kept, absorbed, event) {
      const state = states.of(kept)
      const other = states.take(absorbed)
      state.changes.push(...other.changes)
      state.orders.push(...other.orders)
      state.firings.push(...other.firings)
      // Both were judged at the same watermark, so what is left to judge lies above it on both sides.
      for (const key of other.judged) state.judged.add(key)
      return retract(state, event)
    },
  }
}
