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
  const {
    events,
    duplicates,
    people,
    merges,
    sessions,
    triggers,
    retracted,
    offers,
    revoked,
    decisions,
    late,
  } = counts
  return {
    events,
    duplicates,
    people,
    merges,
    sessions,
    triggers,
    retracted,
    offers,
    revoked,
    decisions,
    suppressed: sorted(counts.suppressed),
    late,
    dead_letters: sorted(counts.deadLetters),
  }
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))

/** The summary on one line. */
export function summaryLine(summary: Summary): string {
  const { suppressed, dead_letters: deadLetters, ...plain } = summary
  const parts = Object.entries(plain).map(([name, n]) => `${n} ${name}`)
  return [...parts, `${sum(suppressed)} suppressed`, `${sum(deadLetters)} dead letters`].join(', ')
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
