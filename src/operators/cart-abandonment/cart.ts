/**
 * The rule of one cart: what a change, an order and a merge do to it, and what it holds at a time. Everything is measured by event
 * times, so that a cart is the same whatever order its changes arrived in.
 */
import { CART_CHANGES_MAX, CART_LINES_MAX, INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { CartAbandonmentReady } from './config.ts'
import { compareChanges, fold, uniteFolds, type Change, type Folded } from './fold.ts'
import { inSpan, lastOrderAt, orderedIn } from './orders.ts'
import type { Cart, Order } from './state.ts'

export const newCart = (id: string): Cart => ({
  id,
  base: undefined,
  changes: [],
  pending: [],
  fired: [],
  firedAt: undefined,
  armed: undefined,
})

/** When the timer of the cart must go off at the latest. */
export const dueOf = (pending: readonly EpochMs[], afterMs: DurationMs): EpochMs | undefined =>
  pending.length === 0 ? undefined : (pending[0] as EpochMs) + afterMs

/** Newest event time that the cart knows of. */
export const newestAt = (cart: Cart): EpochMs =>
  Math.max(
    cart.changes.at(-1)?.at ?? cart.base?.newestAt ?? Number.MIN_SAFE_INTEGER,
    cart.firedAt ?? Number.MIN_SAFE_INTEGER,
  )

function changedIn(
  changes: readonly Change[],
  base: Folded | undefined,
  t: EpochMs,
  afterMs: DurationMs,
): boolean {
  for (let i = changes.length - 1; i >= 0; i--) {
    const { at } = changes[i] as Change
    if (at <= t) return false
    if (at < t + afterMs) return true
  }
  return base !== undefined && inSpan(base.newestAt, t, afterMs)
}

/** Folding goes over all lines of the base, so it is done for so many changes at once: with 1,000 lines 0.9 us a change instead of 13. */
const FOLDED_AT_ONCE = CART_CHANGES_MAX / 2

/** CART_CHANGES_MAX changes, and some more; the older ones are folded into the base. */
function bounded(
  id: string,
  base: Folded | undefined,
  changes: readonly Change[],
  orders: readonly Order[],
): { readonly base: Folded | undefined; readonly changes: readonly Change[] } {
  const over = changes.length - CART_CHANGES_MAX
  if (over < FOLDED_AT_ONCE) return { base, changes }
  // What an order has taken is not folded into what comes after it (C2).
  const since = lastOrderAt(orders, id, (changes[over - 1] as Change).at) ?? Number.MIN_SAFE_INTEGER
  const folded = fold(
    base === undefined || base.newestAt < since ? undefined : base,
    changes.slice(0, over).filter((change) => change.at >= since),
  )
  const lines = folded.lines.slice(Math.max(0, folded.lines.length - CART_LINES_MAX))
  const { newestAt: at, currency, checkout } = folded
  return { base: { newestAt: at, lines, currency, checkout }, changes: changes.slice(over) }
}

function withTime(times: readonly EpochMs[], t: EpochMs): readonly EpochMs[] {
  let at = times.length
  while (at > 0 && (times[at - 1] as EpochMs) > t) at--
  return at > 0 && times[at - 1] === t ? times : times.toSpliced(at, 0, t)
}

/** The times that a change or an order at `at` leaves standing; the same list if it leaves all. */
function standing(times: readonly EpochMs[], at: EpochMs, afterMs: DurationMs): readonly EpochMs[] {
  for (let i = 0; i < times.length; i++)
    if (inSpan(at, times[i] as EpochMs, afterMs)) return times.filter((t) => !inSpan(at, t, afterMs))
  return times
}

/** Whether a change at `t` may fire: nothing known lies in its span (T2), and the cart did not fire for a time as new (C5). */
function arms(cart: Cart, orders: readonly Order[], t: EpochMs, afterMs: DurationMs): boolean {
  if (cart.firedAt !== undefined && t <= cart.firedAt) return false
  return !changedIn(cart.changes, cart.base, t, afterMs) && !orderedIn(orders, cart.id, t, afterMs)
}

/** The cart with one more change. */
export function withChange(cart: Cart, change: Change, orders: readonly Order[], afterMs: DurationMs): Cart {
  let place = cart.changes.length
  while (place > 0 && compareChanges(cart.changes[place - 1] as Change, change) > 0) place--
  const { base, changes } = bounded(cart.id, cart.base, cart.changes.toSpliced(place, 0, change), orders)
  const left = standing(cart.pending, change.at, afterMs)
  const pending = arms(cart, orders, change.at, afterMs) ? withTime(left, change.at) : left
  return { id: cart.id, base, changes, pending, fired: cart.fired, firedAt: cart.firedAt, armed: cart.armed }
}

/** The cart after an order at `at` that concerns it: what was pending or has fired in front of it is gone. */
export function withOrder(cart: Cart, at: EpochMs, afterMs: DurationMs): Cart {
  const pending = standing(cart.pending, at, afterMs)
  const fired = standing(cart.fired, at, afterMs)
  if (pending === cart.pending && fired === cart.fired) return cart
  return {
    id: cart.id,
    base: cart.base,
    changes: cart.changes,
    pending,
    fired,
    firedAt: cart.firedAt,
    armed: cart.armed,
  }
}

/** The cart after it fired for `t`, or (`fires` false) was looked at for `t` and held nothing worth it. */
export function withFiring(
  cart: Cart,
  t: EpochMs,
  fires: boolean,
  { afterMs, memoryMs }: CartAbandonmentReady,
): Cart {
  const { id, base, changes, armed } = cart
  const pending = cart.pending.filter((other) => other !== t)
  if (!fires) return { id, base, changes, pending, fired: cart.fired, firedAt: cart.firedAt, armed }
  const recent = cart.fired.filter((other) => other >= t + afterMs - memoryMs)
  const fired = withTime(recent, t).slice(-INSTANCES_PER_PERSON_MAX)
  return { id, base, changes, pending, fired, firedAt: Math.max(t, cart.firedAt ?? t), armed }
}

export function withArmed(cart: Cart, armed: EpochMs | undefined): Cart {
  if (cart.armed === armed) return cart
  const { id, base, changes, pending, fired, firedAt } = cart
  return { id, base, changes, pending, fired, firedAt, armed }
}

/** What the cart holds at `t`: the fold of its changes from its last order on (C2) up to and with `t`. */
export function heldAt(cart: Cart, orders: readonly Order[], t: EpochMs): Folded {
  const since = lastOrderAt(orders, cart.id, t) ?? Number.MIN_SAFE_INTEGER
  const base = cart.base === undefined || cart.base.newestAt < since ? undefined : cart.base
  return fold(
    base,
    cart.changes.filter((change) => change.at >= since && change.at <= t),
  )
}

/**
 * The cart without what can no longer matter: changes in front of an order that lies below everything that may still be asked
 * about, be it a pending time or a late event. Undefined: nothing of the cart is worth remembering.
 */
export function compacted(
  cart: Cart,
  orders: readonly Order[],
  watermark: EpochMs,
  ready: CartAbandonmentReady,
): Cart | undefined {
  const asked = Math.min(watermark - ready.horizonMs, cart.pending[0] ?? Number.MAX_SAFE_INTEGER)
  const since = orders.length === 0 ? undefined : lastOrderAt(orders, cart.id, asked)
  const { id, pending, firedAt, armed } = cart
  let next = cart
  if (
    since !== undefined &&
    ((cart.changes[0]?.at ?? since) < since || (cart.base?.newestAt ?? since) < since)
  ) {
    const base = cart.base === undefined || cart.base.newestAt < since ? undefined : cart.base
    next = {
      id,
      base,
      changes: cart.changes.filter((change) => change.at >= since),
      pending,
      fired: cart.fired,
      firedAt,
      armed,
    }
  }
  if (next.changes.length > 0 || next.base !== undefined || pending.length > 0) return next
  const remembered = next.fired.some((t) => t >= watermark - ready.memoryMs)
  return remembered ? next : undefined
}

const unite = (a: readonly EpochMs[], b: readonly EpochMs[]): readonly EpochMs[] =>
  [...new Set([...a, ...b])].sort((x, y) => x - y)

/** One cart out of those of two people, measured by the orders of both. `retracted`: firings of one behind which an order of the other falls. */
export function mergeCarts(
  a: Cart,
  b: Cart,
  orders: readonly Order[],
  afterMs: DurationMs,
): { readonly cart: Cart; readonly retracted: number } {
  const { base, changes } = bounded(
    a.id,
    uniteFolds(a.base, b.base),
    [...a.changes, ...b.changes].sort(compareChanges),
    orders,
  )
  const pending = unite(a.pending, b.pending).filter(
    (t) => !changedIn(changes, base, t, afterMs) && !orderedIn(orders, a.id, t, afterMs),
  )
  const known = unite(a.fired, b.fired)
  const fired = known.filter((t) => !orderedIn(orders, a.id, t, afterMs))
  const firedAt =
    a.firedAt === undefined || b.firedAt === undefined
      ? (a.firedAt ?? b.firedAt)
      : Math.max(a.firedAt, b.firedAt)
  const cart = { id: a.id, base, changes, pending, fired, firedAt, armed: dueOf(pending, afterMs) }
  return { cart, retracted: known.length - fired.length }
}
