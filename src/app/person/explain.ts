/**
 * `person explain`: why somebody got an offer, or did not: what came, what is held, what is awaited, and what was decided.
 *
 * 1. What happened is told from the topics, as far back as they reach; what is held from the committed states, which are those of now.
 *    Asked about a time past, operators tell what their states still say of it, and timers are left out.
 * 2. Nothing is written, and nothing is worked out again: a decision is told as it was made.
 */
import type { Json } from '../../model/event.ts'
import { type EpochMs, formatTime, parseRfc3339 } from '../../model/time.ts'
import type { ToldClock } from '../../runtime/task-record.ts'
import { outcomeWords, reasonWords } from './reasons.ts'
import type { ShownPerson } from './show.ts'

/** The newest of each that are told. */
export const EVENTS_TOLD_MAX = 100
export const DECISIONS_TOLD_MAX = 100

/** An event of the person, as it passed the internal topic. */
export interface PassedEvent {
  readonly time: EpochMs
  readonly type: string
  readonly source: string
  readonly id: string
  readonly late: boolean
}

/** What is known of one person, from all places. */
export interface Findings {
  readonly person: ShownPerson
  readonly byShared: boolean
  readonly watermark: EpochMs | undefined
  readonly holder: ToldClock | undefined
  /** In the order of the log. */
  readonly events: readonly PassedEvent[]
  /** Values of `decision.made`, in the order of the log. */
  readonly decisions: readonly Json[]
}

export interface ExplainedRejection {
  readonly offer: string | null
  readonly reason: string
  readonly detail: string | null
  readonly why: string
}

export interface ExplainedDecision {
  readonly time: string
  readonly decision_id: string
  readonly trigger: { readonly operator: string; readonly name: string; readonly instance: string | null }
  readonly outcome: string
  readonly chosen: string | null
  readonly offer_id: string | null
  readonly held_until: string | null
  /** In one sentence. */
  readonly said: string
  readonly rejected: readonly ExplainedRejection[]
}

export interface Explanation {
  readonly person_id: string
  readonly by_shared_identifier: boolean
  readonly anonymous: boolean
  readonly first_seen: string
  readonly identifiers: ShownPerson['identifiers']
  readonly absorbed: readonly string[]
  /** The time asked about; null: now. */
  readonly at: string | null
  readonly watermark: string | null
  /** What holds time back. */
  readonly held_back_by: { readonly source: string; readonly newest_event: string | null } | null
  readonly events: readonly (Omit<PassedEvent, 'time'> & { readonly time: string })[]
  readonly events_remembered: number
  readonly holds: Readonly<Record<string, readonly string[]>>
  /** Null where a time past was asked about: which there were then is not kept. */
  readonly timers: NonNullable<ShownPerson['profile']>['timers'] | null
  /** Events that wait for another life of the person to come. */
  readonly waiting: number
  /** Oldest first. */
  readonly decisions: readonly ExplainedDecision[]
}

/** `at`: undefined for now. */
export function explain(
  { person, byShared, watermark, holder, events, decisions }: Findings,
  at: EpochMs | undefined,
): Explanation {
  const until = at ?? Number.POSITIVE_INFINITY
  const { profile } = person
  return {
    person_id: person.person_id,
    by_shared_identifier: byShared,
    anonymous: person.anonymous,
    first_seen: person.first_seen,
    identifiers: person.identifiers,
    absorbed: person.absorbed,
    at: at === undefined ? null : formatTime(at),
    watermark: timeText(watermark),
    held_back_by:
      holder === undefined ? null : { source: holder.source, newest_event: timeText(holder.newest) },
    events: events
      .filter(({ time }) => time <= until)
      .toSorted((a, b) => a.time - b.time)
      .slice(-EVENTS_TOLD_MAX)
      .map((event) => ({ ...event, time: formatTime(event.time) })),
    events_remembered: profile?.events_remembered ?? 0,
    holds: profile?.holds ?? {},
    timers: at === undefined ? (profile?.timers ?? []) : null,
    waiting: profile?.waiting ?? 0,
    decisions: decisions
      .flatMap((value) => decisionOf(value) ?? [])
      .filter(({ time }) => (parseRfc3339(time) ?? 0) <= until)
      .slice(-DECISIONS_TOLD_MAX),
  }
}

/** Years before anybody kept time are those of a source that has said nothing. */
const timeText = (at: EpochMs | undefined): string | null =>
  at === undefined || at < 0 ? null : formatTime(at)

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Undefined: the record is no decision. */
function decisionOf({ type, time, data }: Json): ExplainedDecision | undefined {
  if (type !== 'decision.made' || typeof time !== 'string' || !isJson(data)) return undefined
  const trigger = isJson(data['trigger']) ? data['trigger'] : {}
  const told = {
    outcome: textOr(data['outcome'], ''),
    chosen: textOrNull(data['chosen']),
    held_until: textOrNull(data['held_until']),
  }
  const rejected: readonly unknown[] = Array.isArray(data['rejected']) ? data['rejected'] : []
  return {
    time,
    decision_id: textOr(data['decision_id'], ''),
    trigger: {
      operator: textOr(trigger['operator'], ''),
      name: textOr(trigger['name'], ''),
      instance: textOrNull(trigger['instance']),
    },
    ...told,
    offer_id: textOrNull(data['offer_id']),
    said: outcomeWords(told),
    rejected: rejected.filter(isJson).map((one) => {
      const reason = textOr(one['reason'], '')
      const detail = textOrNull(one['detail'])
      return { offer: textOrNull(one['offer']), reason, detail, why: reasonWords(reason, detail) }
    }),
  }
}
