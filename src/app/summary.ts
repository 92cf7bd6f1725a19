/** The summary that `replay` and `demo` end with (contracts, X3). */
import type { Counts } from '../runtime/ports/observer.ts'

export interface Summary {
  readonly events: number
  readonly duplicates: number
  readonly people: number
  readonly merges: number
  readonly sessions: number
  readonly triggers: number
  readonly retracted: number
  readonly offers: number
  readonly revoked: number
  readonly decisions: number
  /** Final decisions without an offer, by the reason of the highest-priority candidate; events of erased people as well. */
  readonly suppressed: Readonly<Record<string, number>>
  /** Events that no operator saw. */
  readonly late: number
  readonly dead_letters: Readonly<Record<string, number>>
  /** Of `suppressed-person`: events that were dropped since their person asked to be forgotten. Left out where there are none. */
  readonly suppressed_events?: number
}

export function summaryOf(counts: Counts): Summary {
  return {
    events: counts.events,
    duplicates: counts.duplicates,
    people: counts.people,
    merges: counts.merges,
    sessions: counts.sessions,
    triggers: counts.triggers,
    retracted: counts.retracted,
    offers: counts.offers,
    revoked: counts.revoked,
    decisions: counts.decisions,
    suppressed: sorted(allSuppressed(counts)),
    late: counts.late,
    dead_letters: sorted(counts.deadLetters),
    ...(counts.eventsSuppressed > 0 && { suppressed_events: counts.eventsSuppressed }),
  }
}

/** Decisions by their reason, and with those of people who were erased the events that were dropped for it. */
function allSuppressed({ suppressed, eventsSuppressed }: Counts): ReadonlyMap<string, number> {
  if (eventsSuppressed === 0) return suppressed
  return new Map(suppressed).set(ERASED, (suppressed.get(ERASED) ?? 0) + eventsSuppressed)
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))

const ERASED = 'suppressed-person'

/** One and several of what the summary counts. */
const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  events: ['event', 'events'],
  duplicates: ['duplicate', 'duplicates'],
  people: ['person', 'people'],
  merges: ['merge', 'merges'],
  sessions: ['session', 'sessions'],
  triggers: ['trigger', 'triggers'],
  offers: ['offer', 'offers'],
  decisions: ['decision', 'decisions'],
}

/** The summary on one line. */
export function summaryLine(summary: Summary): string {
  const { suppressed, suppressed_events: _, dead_letters: deadLetters, ...plain } = summary
  const parts = Object.entries(plain).map(([name, n]) => `${n} ${WORDS[name]?.[n === 1 ? 0 : 1] ?? name}`)
  const dead = sum(deadLetters)
  return [...parts, `${sum(suppressed)} suppressed`, `${dead} dead letter${dead === 1 ? '' : 's'}`].join(', ')
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
