/** What cart-abandonment holds of a person, in words. */
import { formatDuration, formatTime, type DurationMs, type EpochMs } from '../../model/time.ts'
import { heldAt } from './cart.ts'
import { valueOf } from './fold.ts'
import type { Cart, CartAbandonmentState } from './state.ts'

/** Carts as they are at `at`. */
export function describe(
  { carts, orders }: CartAbandonmentState,
  at: EpochMs,
  { afterMs }: { readonly afterMs: DurationMs },
): readonly string[] {
  return carts.flatMap((cart) => {
    const { lines, currency, newestAt } = heldAt(cart, orders, at)
    const filled = lines.filter(({ quantity }) => quantity > 0)
    if (filled.length === 0) return []
    const what = filled.map(({ product, quantity }) => `${quantity} x ${product}`).join(', ')
    const worth = `worth ${valueOf(filled)}${currency === undefined ? '' : ` ${currency.value}`}`
    const last = `changed last at ${formatTime(newestAt)}`
    return [`cart ${cart.id} holds ${what}, ${worth}, ${last}; ${stateOf(cart, at, afterMs)}`]
  })
}

function stateOf({ pending, firedAt }: Cart, at: EpochMs, afterMs: DurationMs): string {
  const waits = pending.find((time) => time <= at)
  if (waits !== undefined)
    return `it counts as left behind at ${formatTime(waits + afterMs)}, ${formatDuration(afterMs)} after a change, if nothing follows`
  if (pending.length > 0) return 'it was changed again later'
  return firedAt === undefined
    ? 'nothing waits for it'
    : `it was left behind at ${formatTime(firedAt + afterMs)}`
}
