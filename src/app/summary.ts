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
  /** Final decisions without an offer, by the reason of the highest-priority candidate. */
  readonly suppressed: Readonly<Record<string, number>>
  /** Events that no operator saw. */
  readonly late: number
  readonly dead_letters: Readonly<Record<string, number>>
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
    suppressed: sorted(counts.suppressed),
    late: counts.late,
    dead_letters: sorted(counts.deadLetters),
  }
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))

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
  const { suppressed, dead_letters: deadLetters, ...plain } = summary
  const parts = Object.entries(plain).map(([name, n]) => `${n} ${WORDS[name]?.[n === 1 ? 0 : 1] ?? name}`)
  const dead = sum(deadLetters)
  return [...parts, `${sum(suppressed)} suppressed`, `${dead} dead letter${dead === 1 ? '' : 's'}`].join(', ')
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
