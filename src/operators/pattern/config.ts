/** What a document may say of a pattern (contracts, section 5), and what the steps get of it. */
import { z } from 'zod'
import { span } from '../../model/config.ts'
import type { StreamEvent } from '../../model/event.ts'
import type { Known } from '../../model/known.ts'
import { PATTERN_EVENTS_PER_MATCH_MAX, PATTERN_STEPS_MAX } from '../../model/limits.ts'
import type { DurationMs } from '../../model/time.ts'

const condition = (what: string) => z.string().min(1).optional().describe(what)
const eventType = (what: string) => z.string().min(1).describe(what)

const step = z.strictObject({
  type: eventType('Type of the events that are this step: of a source, or of an operator in `from`.'),
  where: condition(
    'CEL condition over `event` (fields of its data, and `type time id source context`); only events for which it is true count. Without it: all of the type.',
  ),
  times: z
    .int()
    .min(1)
    .max(PATTERN_EVENTS_PER_MATCH_MAX)
    .default(1)
    .describe('Number of such events, one after the other; other events may lie between them.'),
})

const unless = z.strictObject({
  type: eventType('Type of the events that must stay away after the last step.'),
  where: condition('CEL condition over `event`; only events for which it is true count.'),
  within: span(1).describe(
    'How long they must stay away; both borders excluded. It fires when that time is over.',
  ),
})

export const patternConfig = z
  .strictObject({
    steps: z
      .array(step)
      .min(1)
      .max(PATTERN_STEPS_MAX)
      .describe('What the person does, in the order of event time; other events may lie between.'),
    within: span(1)
      .optional()
      .describe(
        'Longest time from the first event to the last, right border excluded. Needed where a match is of more than one event.',
      ),
    unless: unless
      .optional()
      .describe('What the person must not do afterwards. Without it: the steps are enough.'),
    key: condition(
      'CEL expression over `event` whose value keeps instances apart, such as a product or a place; events on which it has no value are skipped. Without it: one instance a person.',
    ),
    once: span(1)
      .optional()
      .describe('Least time between two firings of one person and key. Without it: each match fires.'),
    decide: z
      .enum(['on-watermark', 'at-once'])
      .default('on-watermark')
      .describe(
        'on-watermark: the order of arrival makes no difference. at-once: fires when the event of the last step arrives.',
      ),
  })
  .describe('The behaviour that fires a trigger')

export type PatternConfig = z.infer<typeof patternConfig>

/** What an event of one type is to the pattern. */
export interface TypeRule {
  /** Bits: {@link UNLESS}, and {@link stepBit} of each step that it may be; 0: nothing. */
  rolesOf(event: StreamEvent, known: Known): number
  /** Undefined: the event has no key, and is skipped. Without `key` the key is empty text. */
  keyOf(event: StreamEvent, known: Known): string | undefined
  /** What its conditions read of the event, if they ask about more than it: then it waits for the watermark. Undefined: they do not. */
  readonly asks: ReadonlySet<string> | 'all' | undefined
}

/** The role of an event that must stay away. */
export const UNLESS = 1
export const stepBit = (step: number): number => 2 << step

/** The config as the steps need it. */
export interface PatternReady {
  readonly trigger: string
  /** Of whatever gives roles and keys to events: what was kept under another one means nothing now. */
  readonly print: number
  readonly rules: ReadonlyMap<string, TypeRule>
  /** Types of the steps, by step. */
  readonly types: readonly string[]
  /** The bit of each event of a match, in order: a step with `times: 3` is there three times. */
  readonly slots: readonly number[]
  /** First to last, right border excluded; 0 where a match is one event. */
  readonly withinMs: DurationMs
  /** From the last event to the firing: the span of `unless`, or 0. */
  readonly waitMs: DurationMs
  readonly absence: boolean
  readonly atOnce: boolean
  /** Undefined: each match fires. */
  readonly onceMs: DurationMs | undefined
  /** How far below the watermark the last event of a match may lie that is still to be decided. */
  readonly openMs: DurationMs
}
