/** Config of attribution (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'

export const attributionConfig = z
  .strictObject({
    lookback: duration('30d', 1).describe(
      'How long before an order what the person did may have led to it; the far border is not part of it',
    ),
  })
  .describe('Which touchpoints an order is put down to')

export interface AttributionConfig {
  readonly lookback: DurationMs
}

export interface AttributionReady {
  readonly lookbackMs: DurationMs
  /** From an order to its decision: as long as what came before it may still be taken. */
  readonly graceMs: DurationMs
}

export const prepareAttribution = (
  { lookback }: AttributionConfig,
  { graceMs }: Wiring,
): AttributionReady => ({ lookbackMs: lookback, graceMs })

const BOUGHT = ['order.completed', 'deal.closed']

/** Without orders and deals there is nothing to put down to anything. */
export function attributionProblems(
  _config: AttributionConfig,
  { upstream }: Wiring,
): readonly ConfigProblem[] {
  const brings = upstream.some(({ emits }) => BOUGHT.some((type) => emits.includes(type)))
  if (brings || upstream.length === 0) return []
  return [
    {
      path: [],
      code: 'no-input',
      message: 'nobody in `from` brings order.completed or deal.closed: nothing would ever be attributed',
      hint: 'take from identity, and let a source have one of these types',
    },
  ]
}
