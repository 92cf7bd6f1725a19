/** What a document may say of a journey (contracts, section 5). */
import { z } from 'zod'
import { span } from '../../model/config.ts'
import { JOURNEY_STEPS_MAX } from '../../model/limits.ts'

const BRANCHES_MAX = 20
const EXITS_MAX = 20

const expression = (what: string) => z.string().min(1).describe(what)
const eventType = (what: string) => z.string().min(1).describe(what)
const target = (what: string) => z.string().min(1).optional().describe(what)
const outcome = (standard: string, what: string) =>
  z.string().min(1).max(200).default(standard).describe(what)

/** Offers name a step behind the operator's id: `on: pre-visit.park`. */
const stepId = z
  .string()
  .max(100)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    'must be letters, digits, "_" and "-", and begin with a letter or digit',
  )

const WHERE =
  'CEL condition over `event`, `key`, `entered` and `profile`; only events for which it is true count. Without it: all of the type.'

const wait = z.strictObject({
  for: span(1).optional().describe('How long, from the moment that the step begins.'),
  until: expression(
    'CEL expression over `key`, `entered` and `profile` that gives a date (2026-07-11: 00:00 in the zone of the person) or a time. Past already: goes on at once.',
  ).optional(),
  minus: span().optional().describe('How long before `until`.'),
})

const waitFor = z.strictObject({
  type: eventType(
    'Type of the events that it waits for. Of `offer.*` only answers to offers that this instance led to count.',
  ),
  where: expression(WHERE).optional(),
  within: span(1)
    .optional()
    .describe(
      'How long it waits, right border excluded; then it goes on with `else`. Without it: as long as it takes.',
    ),
})

const branch = z.strictObject({
  when: expression(
    'CEL condition over `key`, `entered` and `profile`. The last branch has none: it is what remains.',
  ).optional(),
  go: z.string().min(1).describe('Id of the step to go on with if it is true; the first true one wins.'),
})

const emission = z.strictObject({
  type: eventType('Type of the event that is emitted.'),
  fields: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Its data, beside `instance`. In a text `${...}` is CEL over `key`, `entered` and `profile`; `${...}` alone keeps its kind.',
    ),
})

const step = z.strictObject({
  id: stepId.describe(
    'Name of the step, unique within the journey. Each step does one of the six things below.',
  ),
  wait: wait.optional().describe('Waits for a time.'),
  waitFor: waitFor.optional().describe('Waits for an event: it comes, `then`; it does not, `else`.'),
  branch: z.array(branch).min(1).max(BRANCHES_MAX).optional().describe('Goes one of several ways.'),
  trigger: z
    .literal(true)
    .optional()
    .describe('true: fires `trigger.fired` with the id of the step, for offers with `on: JOURNEY.STEP`.'),
  emit: emission.optional().describe('Emits an event of your own.'),
  end: z
    .strictObject({ outcome: outcome('completed', 'What became of it: `outcome` of `journey.ended`.') })
    .optional()
    .describe('Ends the journey.'),
  // oxlint-disable-next-line unicorn/no-thenable -- the key is the contract's.
  then: target(
    'Id of the step that follows. Without it: the next one in the list; behind the last one it ends as `completed`.',
  ),
  else: target(
    'Of waitFor: id of the step that follows if nothing came. Without it: the next one in the list.',
  ),
  go: target('Another word for `then`.'),
})

export const journeyConfig = z
  .strictObject({
    enter: z
      .strictObject({
        type: eventType('Type of the events that begin a journey: of a source, or of an operator in `from`.'),
        where: expression(WHERE).optional(),
      })
      .describe('Who sets out.'),
    key: expression(
      'CEL expression over the entering `event` whose value keeps instances apart, such as a visit; events on which it has no value are skipped. Without it: one instance a person.',
    ).optional(),
    reenter: z
      .enum(['never', 'always', 'after-exit'])
      .default('never')
      .describe(
        'Whether a key may set out again. never: once and for all. after-exit: once it has ended. always: also while it is under way, which ends as `reentered`.',
      ),
    exit: z
      .array(
        z.strictObject({
          type: eventType('Type of the events that end the journey, wherever it is.'),
          where: expression(WHERE).optional(),
          outcome: outcome('exited', '`outcome` of `journey.ended`.'),
        }),
      )
      .max(EXITS_MAX)
      .default([])
      .describe('What ends it early.'),
    for: span(1)
      .optional()
      .describe(
        'How long it lasts at most; then it ends as `timeout`. Without it: as long as its steps take.',
      ),
    steps: z.array(step).min(1).max(JOURNEY_STEPS_MAX).describe('The steps. It begins with the first one.'),
  })
  .describe('A path, and its alternative paths')

export type JourneyConfig = z.infer<typeof journeyConfig>
export type JourneyStep = JourneyConfig['steps'][number]
