/** Config of segments (contracts, section 5), what is wrong with one, and the form in which the steps get it. */
import { z } from 'zod'
import { checkCondition } from '../../model/condition.ts'
import { duration } from '../../model/config.ts'
import { InvariantError } from '../../model/errors.ts'
import { expressionProblems, knownVariables, knownView } from '../../model/event-expressions.ts'
import { askedBackMs, type Known } from '../../model/known.ts'
import { SEGMENTS_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { type DurationMs, type EpochMs, HOUR_MS } from '../../model/time.ts'

const NAME_LENGTH_MAX = 200

const segment = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(NAME_LENGTH_MAX)
    .describe('Id of the segment, unique within this operator; `segment` of what is emitted'),
  when: z
    .string()
    .describe(
      'CEL condition over `profile`; whoever it is true for is in the segment. It may read `profile.segments`, those that the person was in before',
    ),
})

export const segmentsConfig = z
  .strictObject({
    segments: z
      .array(segment)
      .min(1)
      .max(SEGMENTS_MAX)
      .describe('The segments; a person may be in any number of them'),
    recheck: duration('24h', HOUR_MS).describe(
      'Duration after which conditions are asked again of somebody who does nothing, since warmth fades and days go by; counted from their newest event',
    ),
    recheckFor: duration('90d').describe(
      'Duration behind the newest event after which only those who are in some segment are still asked',
    ),
  })
  .describe('Which groups of people there are')

export type SegmentsConfig = z.infer<typeof segmentsConfig>

export interface Segment {
  readonly id: string
  /** Whether somebody of whom so much is known is in it; a condition without a value is false (X8). */
  readonly holds: (at: EpochMs, known: Known) => boolean
}

export interface SegmentsReady {
  readonly segments: readonly Segment[]
  readonly recheckMs: DurationMs
  readonly recheckForMs: DurationMs
  /** How far below the watermark changes are kept one by one. */
  readonly keptMs: DurationMs
}

const UNAVAILABLE: Readonly<Record<string, string>> = {
  event: 'a segment is about the person, whatever happened last; ask `profile`',
  trigger: 'a segment is about the person; ask `profile`',
}

export function segmentsProblems({ segments }: SegmentsConfig, wiring: Wiring): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const seen = new Set<string>()
  const options = { unavailable: UNAVAILABLE, profile: wiring.profile }
  for (const [i, { id, when }] of segments.entries()) {
    if (seen.has(id)) {
      const message = `there is a segment ${id} already`
      const hint = 'give each segment an id of its own; || joins two conditions to one'
      problems.push({ path: ['segments', i, 'id'], code: 'duplicate-id', message, hint })
    }
    seen.add(id)
    const checked = checkCondition(when, knownVariables(wiring), options)
    if (!checked.ok) problems.push(...expressionProblems(checked, ['segments', i, 'when'], 'condition'))
  }
  return problems
}

export function prepareSegments(
  { segments, recheck, recheckFor }: SegmentsConfig,
  wiring: Wiring,
): SegmentsReady {
  const compiled = segments.map(({ id, when }): Segment => {
    const checked = checkCondition(when, knownVariables(wiring))
    if (!checked.ok) throw new InvariantError(`segments ${wiring.operatorId}: ${checked.message}`)
    const { compiled } = checked
    const view = knownView(compiled.fields)
    return { id, holds: (at, known) => compiled.evaluate(view(at, known)) === true }
  })
  return {
    segments: compiled,
    recheckMs: recheck,
    recheckForMs: recheckFor,
    keptMs: askedBackMs(wiring.horizonMs),
  }
}
