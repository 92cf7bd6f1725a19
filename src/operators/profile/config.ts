/** Config of profile (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { askedBackMs } from '../../model/known.ts'
import type { Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'

export const profileConfig = z
  .strictObject({
    interestsHalfLife: duration('30d', 1).describe(
      'Duration after which an interest that nothing feeds is worth half',
    ),
  })
  .describe('What is known of a person, for the conditions of all operators')

export type ProfileConfig = z.infer<typeof profileConfig>

export interface ProfileReady {
  readonly halfLifeMs: DurationMs
  /** How far below the watermark events are kept one by one. */
  readonly keptMs: DurationMs
}

export const prepareProfile = (
  { interestsHalfLife }: ProfileConfig,
  { horizonMs }: Wiring,
): ProfileReady => ({ halfLifeMs: interestsHalfLife, keptMs: askedBackMs(horizonMs) })
