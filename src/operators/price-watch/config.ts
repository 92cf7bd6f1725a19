/** Config of price-watch (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'
import { WORLD_SOURCE_HINT } from '../../model/world.ts'

const PERCENT = /^(\d{1,2}(?:\.\d{1,4})?)%$/

const percent = (defaultText: string) =>
  z
    .unknown()
    .transform((value, ctx): number => {
      const share = typeof value === 'string' ? Number(PERCENT.exec(value)?.[1] ?? 0) / 100 : 0
      if (share > 0) return share
      const message = `${JSON.stringify(value)} is no share of a price: write percent above 0 and below 100, like 5%`
      ctx.issues.push({ code: 'custom', input: value, params: { code: 'bad-value' }, message })
      return z.NEVER
    })
    .prefault(defaultText)
    .meta({ default: defaultText, type: 'string', pattern: '^[0-9]{1,2}([.][0-9]{1,4})?%$' })

export const priceWatchConfig = z
  .strictObject({
    drop: percent('5%').describe(
      'How far a price must be under what it was when the product was saved, in percent of that, to fire',
    ),
    for: duration('90d', 1).describe('How long a saved product is watched, right border excluded'),
    remember: z
      .int()
      .min(0)
      .max(INSTANCES_PER_PERSON_MAX)
      .default(20)
      .describe(
        'Number of products that are watched without being saved: those searched or viewed twice, the newest ones',
      ),
    rememberFor: duration('30d', 1).describe(
      'How long a product that was searched or viewed counts for `remember`, right border excluded',
    ),
  })
  .describe('Which products of a person are watched, and what is worth a trigger')

export type PriceWatchConfig = z.infer<typeof priceWatchConfig>

export interface PriceWatchReady {
  /** Of the price when saved. */
  readonly drop: number
  readonly forMs: DurationMs
  readonly remember: number
  readonly rememberMs: DurationMs
  /** How long a purchase is remembered: a look from before it may come with a merge, for as long as that one would count. */
  readonly boughtMs: DurationMs
}

export function priceWatchProblems(_config: PriceWatchConfig, { world }: Wiring): readonly ConfigProblem[] {
  if (world) return []
  const message = 'prices and stock are facts of the world, and no source brings any'
  return [{ path: [], code: 'no-input', message, hint: WORLD_SOURCE_HINT }]
}

export const preparePriceWatch = (config: PriceWatchConfig, { horizonMs }: Wiring): PriceWatchReady => ({
  drop: config.drop,
  forMs: config.for,
  remember: config.remember,
  rememberMs: config.rememberFor,
  boughtMs: Math.max(config.for, config.rememberFor) + horizonMs,
})
