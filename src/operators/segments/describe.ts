/** What segments holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import type { SegmentsState } from './state.ts'

/** Groups that the person was in at `at`, with when it came in where that is still remembered. */
export function describe({ members, changes }: SegmentsState, at: EpochMs): readonly string[] {
  const then = new Set(members)
  for (const { at: changedAt, segment, entered } of changes.toReversed()) {
    if (changedAt <= at) break
    if (entered) then.delete(segment)
    else then.add(segment)
  }
  return [...then].sort().map((segment) => {
    const came = changes.findLast((one) => one.segment === segment && one.entered && one.at <= at)
    return `in the group "${segment}"${came === undefined ? '' : ` since ${formatTime(came.at)}`}`
  })
}
