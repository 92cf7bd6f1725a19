/**
 * cart-abandonment: says that a cart was left behind, and takes it back when the order turns up late.
 *
 * Promise (contracts, section 5, T2 and C1 to C8): every change of a cart at t starts a wait of `after`. It fires, at t + after, iff
 * no other change of the cart and no order for it lies in (t, t + after), and the cart then holds lines worth `minValue`. An order in
 * that span that arrives later, or by a merge, retracts it.
 *
 * Shape: changes are kept as they are and folded only when a cart fires, so an event costs the same in a long cart as in a short
 * one, and what arrives out of order needs no undoing. A cart keeps the times for which it may still fire, nearly always one. One timer
 * per cart: a change that starts the wait anew leaves it where it is, and when it fires too early it is set again, so that the true
 * firing carries exactly the due time. Orders stay with the person, since they also count for carts that come by a merge.
 */
import { fieldOf, type Draft, type StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import {
  compacted,
  dueOf,
  mergeCarts,
  newCart,
  newestAt,
  withArmed,
  withChange,
  withFiring,
  withOrder,
} from './cart.ts'
import {
  cartAbandonmentConfig,
  prepareCartAbandonment,
  type CartAbandonmentConfig,
  type CartAbandonmentReady,
} from './config.ts'
import { describe } from './describe.ts'
import { changeOf, kindOf, textOf } from './change-of.ts'
import { firing, retraction } from './emissions.ts'
import type { ChangeKind } from './fold.ts'
import { concerns, uniteOrders } from './orders.ts'
import { cartAbandonmentState, type Cart, type CartAbandonmentState, type Order } from './state.ts'

const TIMER = 'cart:'
const timerOf = (cart: string): string => TIMER + cart

function cartOf(carts: readonly Cart[], id: string): Cart | undefined {
  for (let i = 0; i < carts.length; i++) if ((carts[i] as Cart).id === id) return carts[i]
  return undefined
}

/** The carts with one of them replaced, or put in its place. */
function withCart(carts: readonly Cart[], cart: Cart): readonly Cart[] {
  let at = 0
  while (at < carts.length && (carts[at] as Cart).id < cart.id) at++
  const isKnown = at < carts.length && (carts[at] as Cart).id === cart.id
  return carts.length <= (isKnown ? 1 : 0) ? [cart] : carts.toSpliced(at, isKnown ? 1 : 0, cart)
}

/** The newest of a person's carts, as many as one may have. Timers of those that fall out find nothing and do nothing. */
function boundedCarts(carts: readonly Cart[], max: number): readonly Cart[] {
  if (carts.length <= max) return carts
  const byAge = [...carts].sort((a, b) => newestAt(b) - newestAt(a) || (a.id < b.id ? -1 : 1))
  const kept = new Set(byAge.slice(0, max))
  return carts.filter((cart) => kept.has(cart))
}

/** Room for a new cart: without carts that no longer matter, and of too many without the oldest. */
function withRoom(
  state: CartAbandonmentState,
  watermark: EpochMs,
  ready: CartAbandonmentReady,
): readonly Cart[] {
  if (state.carts.length === 0) return state.carts
  const carts = state.carts
    .map((cart) => compacted(cart, state.orders, watermark, ready))
    .filter((cart) => cart !== undefined)
  return boundedCarts(carts, INSTANCES_PER_PERSON_MAX - 1)
}

function onChange(
  state: CartAbandonmentState,
  event: StreamEvent,
  kind: ChangeKind,
  moment: Moment,
  ready: CartAbandonmentReady,
): Step<CartAbandonmentState> {
  const id = textOf(fieldOf(event, 'cart_id')) ?? 'default'
  const known = cartOf(state.carts, id)
  const carts = known === undefined ? withRoom(state, moment.watermark, ready) : state.carts
  const changed = withChange(known ?? newCart(id), changeOf(event, kind), state.orders, ready.afterMs)
  const cart = compacted(changed, state.orders, moment.watermark, ready) ?? changed
  const due = dueOf(cart.pending, ready.afterMs)
  // Setting the wait anew moves no timer; only an earlier one does.
  const earlier = due !== undefined && (cart.armed === undefined || due < cart.armed)
  const next = { carts: withCart(carts, earlier ? withArmed(cart, due) : cart), orders: state.orders }
  return earlier ? { state: next, timers: [{ name: timerOf(id), due }] } : { state: next }
}

function onOrder(
  state: CartAbandonmentState,
  event: StreamEvent,
  moment: Moment,
  ready: CartAbandonmentReady,
): Step<CartAbandonmentState> | undefined {
  const order: Order = { at: event.time, cart: textOf(fieldOf(event, 'cart_id')) }
  if (state.orders.some((other) => other.at === order.at && other.cart === order.cart)) return undefined
  const carts: Cart[] = []
  const emit: Draft[] = []
  const timers: TimerChange[] = []
  const all = [...state.orders, order].sort((a, b) => a.at - b.at)
  for (const cart of state.carts) {
    let next = concerns(order, cart.id) ? withOrder(cart, order.at, ready.afterMs) : cart
    for (let n = next.fired.length; n < cart.fired.length; n++) emit.push(retraction(cart.id, ready))
    if (next.pending.length === 0 && next.armed !== undefined) {
      timers.push({ name: timerOf(cart.id), due: undefined })
      next = withArmed(next, undefined)
    }
    const kept = compacted(next, all, moment.watermark, ready)
    if (kept !== undefined) carts.push(kept)
  }
  return { state: { carts, orders: uniteOrders(state.orders, [order], ready.memoryMs) }, emit, timers }
}

function mergeAll(
  kept: CartAbandonmentState,
  absorbed: CartAbandonmentState,
  ready: CartAbandonmentReady,
): Step<CartAbandonmentState> {
  const orders = uniteOrders(kept.orders, absorbed.orders, ready.memoryMs)
  const emit: Draft[] = []
  const timers: TimerChange[] = []
  let carts: readonly Cart[] = []
  const of = (state: CartAbandonmentState, id: string): Cart => cartOf(state.carts, id) ?? newCart(id)
  for (const id of new Set([...kept.carts, ...absorbed.carts].map((cart) => cart.id))) {
    const { cart, retracted } = mergeCarts(of(kept, id), of(absorbed, id), orders, ready.afterMs)
    for (let n = 0; n < retracted; n++) emit.push(retraction(cart.id, ready))
    if (cart.armed !== undefined) timers.push({ name: timerOf(cart.id), due: cart.armed })
    carts = withCart(carts, cart)
  }
  return { state: { carts: boundedCarts(carts, INSTANCES_PER_PERSON_MAX), orders }, emit, timers }
}

export const cartAbandonment: Operator<CartAbandonmentConfig, CartAbandonmentState, CartAbandonmentReady> = {
  type: 'cart-abandonment',
  stage: 'profile',
  summary: 'Says when a cart is left behind, and takes it back when the order turns up late.',
  config: cartAbandonmentConfig,
  accepts: ['product.added', 'product.removed', 'checkout.started', 'order.completed'],
  emits: ['trigger.fired', 'trigger.retracted'],
  fields: {
    trigger: 'text',
    instance: 'text',
    value: 'number',
    currency: 'text',
    idle_since: 'time',
    step: 'text',
    reason: 'text',
    lines: {
      list: { fields: { product_id: 'text', category: 'text', quantity: 'number', price: 'number' } },
    },
  },
  state: cartAbandonmentState,
  prepare: prepareCartAbandonment,

  onEvent(state, event, moment, ready) {
    if (event.type === 'order.completed') return onOrder(state, event, moment, ready)
    const kind = kindOf(event.type)
    return kind === undefined ? undefined : onChange(state, event, kind, moment, ready)
  },

  onTimer(state, timer, moment, ready) {
    const known = cartOf(state.carts, timer.slice(TIMER.length))
    if (known === undefined) return undefined
    const emit: Draft[] = []
    let cart = known
    for (const t of known.pending) {
      if (t + ready.afterMs > moment.at) break
      const draft = firing(cart, state.orders, t, ready)
      if (draft !== undefined) emit.push(draft)
      cart = withFiring(cart, t, draft !== undefined, ready)
    }
    const due = dueOf(cart.pending, ready.afterMs)
    const next = { carts: withCart(state.carts, withArmed(cart, due)), orders: state.orders }
    return due === undefined ? { state: next, emit } : { state: next, emit, timers: [{ name: timer, due }] }
  },

  merge: (kept, absorbed, _moment, ready) => mergeAll(kept, absorbed, ready),
  describe,
}
