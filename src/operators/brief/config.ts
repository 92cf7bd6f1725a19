/** Config of brief (contracts, section 5), its check, and the form in which the steps get it. */
import { z } from 'zod'
import { typeProblems } from '../../model/event-expressions.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'

/** What calls for a brief, whatever `on` says. */
export const MEETINGS = ['lead.handed_over', 'meeting.scheduled', 'store.visited'] as const

export const briefConfig = z
  .strictObject({
    on: z
      .array(z.string().min(1))
      .default([])
      .describe(
        `Event types that call for a brief, beside ${MEETINGS.join(', ')}: of a source, or of an operator in \`from\`.`,
      ),
    consent: z
      .strictObject({
        purpose: z
          .string()
          .min(1)
          .default('sales')
          .describe('Purpose of `consent.changed` without which a brief tells nothing of the person.'),
        default: z
          .enum(['granted', 'denied'])
          .default('granted')
          .describe('What holds for a person who has said nothing.'),
      })
      .prefault({})
      .describe('Consent that is asked for before anything is told of a person.'),
  })
  .describe('When somebody is told what to know of a person, and who may be told of')

export type BriefConfig = z.infer<typeof briefConfig>

export interface BriefReady {
  readonly on: ReadonlySet<string>
  readonly purpose: string
  /** What silence means. */
  readonly granted: boolean
  /** Of the topology, for who has not said theirs. */
  readonly timezone: string
  /** How far below the watermark an event may still be taken, and with it one that calls for a brief. */
  readonly graceMs: DurationMs
}

export const prepareBrief = ({ on, consent }: BriefConfig, wiring: Wiring): BriefReady => ({
  on: new Set([...MEETINGS, ...on]),
  purpose: consent.purpose,
  granted: consent.default === 'granted',
  timezone: wiring.timezone,
  graceMs: wiring.graceMs,
})

export function briefProblems({ on }: BriefConfig, wiring: Wiring): readonly ConfigProblem[] {
  // Those that call for a brief anyway may be missing: a document need not have all of them.
  const isOwn = (type: string): boolean => (MEETINGS as readonly string[]).includes(type)
  const problems = on.flatMap((type, i) => (isOwn(type) ? [] : typeProblems(type, ['on', i], wiring)))
  const { upstream } = wiring
  const brings = upstream.some(({ emits }) => MEETINGS.some((type) => emits.includes(type)))
  if (on.some((type) => !isOwn(type)) || brings || upstream.length === 0) return problems
  const message = `nobody in \`from\` brings ${MEETINGS.join(', ')}: there would never be a brief`
  const hint = 'let a source have one of these types, or name a type in `on`'
  return [...problems, { path: [], code: 'no-input', message, hint }]
}
