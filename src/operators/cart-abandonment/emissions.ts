/** What cart-abandonment says: data of its emissions, as contracts, section 5, lays it out. */
import type { Draft } from '../../model/event.ts'
import { formatTime, type EpochMs } from '../../model/time.ts'
import { heldAt } from './cart.ts'
import type { CartAbandonmentReady } from './config.ts'
import { valueOf } from './fold.ts'
import type { Cart, Order } from './state.ts'

/** The emission for the wait that began at `t`, or undefined if the cart then holds nothing worth it. */
export function firing(
  cart: Cart,
  orders: readonly Order[],
  t: EpochMs,
  ready: CartAbandonmentReady,
): Draft | undefined {
  const held = heldAt(cart, orders, t)
  const lines = held.lines.filter((line) => line.quantity > 0)
  const value = valueOf(lines)
  if (lines.length === 0 || value < ready.minValue) return undefined
  return {
    type: 'trigger.fired',
    time: t + ready.afterMs,
    data: {
      trigger: ready.trigger,
      instance: cart.id,
      lines: lines.map(({ product, quantity, price, category }) => ({
        product_id: product,
        category: category?.value ?? null,
        quantity,
        price: price?.value ?? null,
      })),
      value,
      currency: held.currency?.value ?? null,
      idle_since: formatTime(t),
      step: held.checkout ? 'checkout' : 'cart',
    },
  }
}

export const retraction = (cart: string, ready: CartAbandonmentReady): Draft => ({
  type: 'trigger.retracted',
  data: { trigger: ready.trigger, instance: cart, reason: 'order-arrived-late' },
})
