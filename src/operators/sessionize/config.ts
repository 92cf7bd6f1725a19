/** Config of sessionize (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { EVENT_TYPES } from '../../model/event-types.ts'
import type { IdKey } from '../../model/hash.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { type DurationMs, formatDuration } from '../../model/time.ts'
import { sayingOf, type Saying } from './saying.ts'

export const IGNORED_BY_DEFAULT = [
  'location.updated',
  'trip.*',
  'mood.measured',
  'offer.delivered',
  'person.described',
]

export const sessionizeConfig = z
  .strictObject({
    gap: duration('30m').describe(
      'Longest silence within a session; a silence of exactly this long still joins',
    ),
    max: duration('24h', 1).describe(
      'Longest session: it is closed this long after its first event, however busy it is',
    ),
    ignore: z
      .array(z.string().min(1))
      .default([...IGNORED_BY_DEFAULT])
      .describe(
        'Types that neither open nor prolong a session; `trip.*` stands for all types that begin with `trip.`',
      ),
    by: z
      .enum(['person', 'channel'])
      .default('person')
      .describe('One session per person, or one per person and channel'),
  })
  .describe('When events make one session')

export type SessionizeConfig = z.infer<typeof sessionizeConfig>

/** Where a session is over by its length before any silence in it can be too long. */
export function sessionizeProblems({ gap, max }: SessionizeConfig): readonly ConfigProblem[] {
  if (gap < max) return []
  const message = `a session is over after ${formatDuration(max)}, before ${formatDuration(gap)} of silence can end it`
  const hint = 'make "gap" shorter than "max"'
  return [{ path: ['gap'], code: 'no-effect', level: 'warning', message, hint }]
}

export interface SessionizeReady {
  readonly gapMs: DurationMs
  readonly maxMs: DurationMs
  readonly byChannel: boolean
  /** Undefined: the type is ignored. */
  readonly sayingOf: (type: string) => Saying | undefined
  readonly operatorId: string
  readonly key: IdKey
}

export function prepareSessionize(config: SessionizeConfig, wiring: Wiring): SessionizeReady {
  const exact = new Set(config.ignore.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = config.ignore
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1))
  const matches = (type: string): boolean =>
    exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix))
  const saying = (type: string): Saying | undefined => (matches(type) ? undefined : sayingOf(type))
  const known = new Map([...EVENT_TYPES.keys()].map((type) => [type, saying(type)]))
  return {
    gapMs: config.gap,
    maxMs: config.max,
    byChannel: config.by === 'channel',
    // One look-up for an event of the table; the others are few.
    sayingOf: (type) => known.get(type) ?? (known.has(type) ? undefined : saying(type)),
    operatorId: wiring.operatorId,
    key: wiring.key,
  }
}
