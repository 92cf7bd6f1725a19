/** Config of cart-abandonment (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import type { Wiring } from '../../model/operator.ts'
import { DAY_MS, type DurationMs } from '../../model/time.ts'

export const cartAbandonmentConfig = z
  .strictObject({
    after: duration('60m', 1).describe(
      'How long a cart must stay unchanged and unordered before it counts as left behind',
    ),
    minValue: z.number().default(0).describe("Least value of a cart that fires, in the cart's own currency"),
  })
  .describe('When a cart counts as left behind')

export type CartAbandonmentConfig = z.infer<typeof cartAbandonmentConfig>

export interface CartAbandonmentReady {
  readonly afterMs: DurationMs
  readonly minValue: number
  readonly trigger: string
  /** How far below the watermark something may still arrive that a change, an order or a firing decides about. */
  readonly horizonMs: DurationMs
  /** How long orders and firings are remembered for a merge that brings the other half. */
  readonly memoryMs: DurationMs
}

/** A merge that comes a week late still finds the order that empties a cart, and the firing that it takes back. */
const MERGE_MEMORY_MS = 7 * DAY_MS

export function prepareCartAbandonment(config: CartAbandonmentConfig, wiring: Wiring): CartAbandonmentReady {
  return {
    afterMs: config.after,
    minValue: config.minValue,
    trigger: 'cart-abandonment',
    horizonMs: wiring.horizonMs,
    memoryMs: MERGE_MEMORY_MS + wiring.horizonMs + config.after,
  }
}
