/** What geofence holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import type { GeofenceState } from './state.ts'

/** Places that the person was in at `at`, and what waits. */
export function describe(
  { stays, waiting, decidedAt, watch }: GeofenceState,
  at: EpochMs,
): readonly string[] {
  const where = stays
    .filter(({ since }) => since <= at)
    .map(({ place, since }) => `in ${place} since ${formatTime(since)}`)
  const nowhere = where.length === 0 && decidedAt !== undefined && decidedAt <= at
  return [
    ...(nowhere ? [`in none of the places at ${formatTime(decidedAt)}`] : where),
    ...(waiting.length === 0
      ? []
      : [`${waiting.length} position${waiting.length === 1 ? '' : 's'} not counted yet`]),
    ...(watch?.spot === undefined || watch.spot.at > at
      ? []
      : [`places that move are measured against where the person was at ${formatTime(watch.spot.at)}`]),
  ]
}
