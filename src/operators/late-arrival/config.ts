/** Config of late-arrival (contracts, section 5). */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import type { ConfigProblem } from '../../model/operator.ts'
import { formatDuration, type DurationMs } from '../../model/time.ts'

export const lateArrivalConfig = z
  .strictObject({
    lateBy: duration('10m').describe(
      'Lateness from which a trip counts as late: eta_at - scheduled_arrival_at',
    ),
    confirm: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .describe('How many updates in a row must show it before it fires'),
    clearBy: duration('5m').describe(
      'Lateness at or below which a trip that fired is on time again, and is retracted',
    ),
    step: duration('15m', 1).describe(
      'Growth of the lateness since the last firing after which it fires again',
    ),
  })
  .describe('When a trip counts as late, and when no longer')

export interface LateArrivalConfig {
  readonly lateBy: DurationMs
  readonly confirm: number
  readonly clearBy: DurationMs
  readonly step: DurationMs
}

/** A trip that is late and clear at once would fire and be retracted in turns. */
export function lateArrivalProblems(config: LateArrivalConfig): readonly ConfigProblem[] {
  if (config.clearBy <= config.lateBy) return []
  return [
    {
      path: ['clearBy'],
      code: 'bad-value',
      level: 'warning',
      message: `clearBy ${formatDuration(config.clearBy)} is above lateBy ${formatDuration(config.lateBy)}: a trip between the two fires and is retracted in turns`,
      hint: 'set clearBy below lateBy',
    },
  ]
}
