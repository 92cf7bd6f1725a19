/** What is known of offers that failed, until it is their time: `fallback.ts` says what comes of it. */
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Tally } from './extras.ts'

/** A failure that waits for the watermark, or for the end of quiet hours. */
export interface Failure {
  readonly due: EpochMs
  readonly at: EpochMs
  readonly offerId: string
}

type Failures = readonly Failure[]

/** By offer the first failure; in the order in which they are worked off. */
export function mergeFailures(a: Failures, b: Failures, tally: Tally): Failures {
  const first = new Map<string, Failure>()
  for (const failure of [...a, ...b]) {
    const known = first.get(failure.offerId)
    const isEarlier = known === undefined || failure.at < known.at
    if (isEarlier || (failure.at === known.at && failure.due > known.due)) first.set(failure.offerId, failure)
  }
  const all = [...first.values()].sort(
    (x, y) => x.due - y.due || x.at - y.at || (x.offerId < y.offerId ? -1 : 1),
  )
  const surplus = Math.max(0, all.length - INSTANCES_PER_PERSON_MAX)
  tally.fellOut += surplus
  return all.slice(surplus)
}
