/** Config of encounters (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { askedBackMs } from '../../model/known.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'

const weight = (standard: number, what: string) =>
  z.number().min(0).max(1000).default(standard).describe(what)

export const encountersConfig = z
  .strictObject({
    quality: z
      .strictObject({
        sentiment: weight(
          3,
          'Weight of what was said, -1 to 1: the `sentiment` of the call, visit or meeting; of a session the mean of the posts and reviews in it',
        ),
        mood: weight(2, 'Weight of the newest `mood.measured`, -1 to 1'),
        conversion: weight(
          2,
          'Weight of what came of it: 1 for an order or a session with one, 0 for another session',
        ),
        duration: weight(1, 'Weight of the length of a session: from -1 for a single moment to 1 for `long`'),
        long: duration('10m', 1).describe('Length of a session that is as good as any longer one'),
        moodWithin: duration('2h').describe(
          'How long before an encounter a mood may have been measured to count for it; after its end none does',
        ),
      })
      .prefault({})
      .describe(
        'How good an encounter was, -1 to 1: the mean of those parts that it has, by their weights; 0 if it has none',
      ),
  })
  .describe('Every contact with a person, as one kind of record')

export type EncountersConfig = z.infer<typeof encountersConfig>

export interface EncountersReady {
  readonly weights: Readonly<Record<'sentiment' | 'mood' | 'conversion' | 'duration', number>>
  readonly longMs: DurationMs
  readonly moodWithinMs: DurationMs
  /** How far below the watermark encounters are kept one by one. */
  readonly keptMs: DurationMs
}

export function encountersProblems({ quality }: EncountersConfig, wiring: Wiring): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const { sentiment, mood, conversion, duration: length } = quality
  if (sentiment + mood + conversion + length === 0) {
    const message = 'no part has a weight, so every encounter would be worth 0'
    problems.push({ path: ['quality'], code: 'bad-value', message, hint: 'give a weight to what counts' })
  }
  if (!wiring.upstream.some(({ emits, type }) => type !== 'identity' && emits.includes('session.closed'))) {
    const message = 'nobody in `from` closes sessions, so none is an encounter'
    const hint =
      'name a sessionize in `from` too, or leave it so if calls, visits, meetings and orders are enough'
    problems.push({ path: [], code: 'no-input', level: 'warning', message, hint })
  }
  return problems
}

export const prepareEncounters = ({ quality }: EncountersConfig, { horizonMs }: Wiring): EncountersReady => ({
  weights: {
    sentiment: quality.sentiment,
    mood: quality.mood,
    conversion: quality.conversion,
    duration: quality.duration,
  },
  longMs: quality.long,
  moodWithinMs: quality.moodWithin,
  keptMs: askedBackMs(horizonMs),
})
