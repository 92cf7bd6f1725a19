/** The rule of orders: which carts and which times an order speaks of, and how long it is remembered. */
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { Order } from './state.ts'

export const concerns = (order: Order, cart: string): boolean =>
  order.cart === undefined || order.cart === cart

/** Whether `at` lies in (t, t + after): a change or an order there means that the cart was not left behind at t (T2). */
export const inSpan = (at: EpochMs, t: EpochMs, afterMs: DurationMs): boolean => t < at && at < t + afterMs

export function orderedIn(orders: readonly Order[], cart: string, t: EpochMs, afterMs: DurationMs): boolean {
  for (let i = orders.length - 1; i >= 0; i--) {
    const order = orders[i] as Order
    if (order.at <= t) return false
    if (order.at < t + afterMs && concerns(order, cart)) return true
  }
  return false
}

/** Time of the newest order at or before `t` that speaks of the cart: it took away every change before itself (C2). */
export function lastOrderAt(orders: readonly Order[], cart: string, t: EpochMs): EpochMs | undefined {
  for (let i = orders.length - 1; i >= 0; i--) {
    const order = orders[i] as Order
    if (order.at <= t && concerns(order, cart)) return order.at
  }
  return undefined
}

const compareOrders = (a: Order, b: Order): number =>
  a.at - b.at ||
  ((a.cart ?? '') < (b.cart ?? '')
    ? -1
    : (a.cart ?? '') > (b.cart ?? '')
      ? 1
      : (a.cart === undefined ? 0 : 1) - (b.cart === undefined ? 0 : 1))

/**
 * Two lists as one: sorted, each order once, and no older than `memoryMs` below the newest; the newest one for all carts stays,
 * since it still empties carts that come by a merge.
 */
export function uniteOrders(
  a: readonly Order[],
  b: readonly Order[],
  memoryMs: DurationMs,
): readonly Order[] {
  const all = [...a, ...b].sort(compareOrders)
  const distinct = all.filter((order, i) => i === 0 || compareOrders(all[i - 1] as Order, order) !== 0)
  const since = (distinct.at(-1)?.at ?? 0) - memoryMs
  const forAll = distinct.filter((order) => order.cart === undefined).at(-1)
  const from = Math.max(0, distinct.length - INSTANCES_PER_PERSON_MAX)
  return distinct.filter((order, i) => order === forAll || (order.at >= since && i >= from))
}
