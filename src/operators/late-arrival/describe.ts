/** What late-arrival holds of a person, in words. */
import { formatTime, MINUTE_MS, type EpochMs } from '../../model/time.ts'
import type { LateArrivalState, Trip } from './state.ts'

/** Trips of which something was known at `at`. */
export function describe({ open, closed }: LateArrivalState, at: EpochMs): readonly string[] {
  return [
    ...open.filter((trip) => knownSince(trip) <= at).map(wordsOf),
    ...closed
      .filter(({ closedAt }) => closedAt <= at)
      .map(({ id, closedAt }) => `trip ${id} is over since ${formatTime(closedAt)}`),
  ]
}

const knownSince = ({ schedule, progress }: Trip): EpochMs =>
  Math.min(schedule?.statedAt ?? Number.MAX_SAFE_INTEGER, progress?.updatedAt ?? Number.MAX_SAFE_INTEGER)

function wordsOf({ id, schedule, progress }: Trip): string {
  const due =
    schedule === undefined ? 'of an unknown schedule' : `is due at ${formatTime(schedule.arrivalAt)}`
  if (progress === undefined) return `trip ${id} ${due}; nothing was heard of it yet`
  const { updatedAt, firedMs, lateUpdates } = progress
  const heard = `heard of last at ${formatTime(updatedAt)}`
  if (firedMs !== undefined)
    return `trip ${id} ${due}, ${heard}; told ${Math.trunc(firedMs / MINUTE_MS)} minutes late`
  const late =
    lateUpdates === 0 ? 'on time as far as is known' : `late by its last ${lateUpdates} updates, not told yet`
  return `trip ${id} ${due}, ${heard}; ${late}`
}
