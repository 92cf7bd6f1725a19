/**
 * How long a commit may grow. One without any more to come is committed at once, whatever this says.
 *
 * A task that is behind serves throughput: many events share a transaction and a state is encoded once for all of them, up to the commit
 * interval. One that keeps up serves whoever waits: it grows no longer than the last commit took, so about half of its time goes into
 * growing, and the time from an event to its output follows from what the log takes, not from the interval. Where commits become slow,
 * because the machine is busy, they grow longer and so become fewer.
 */
import type { DurationMs } from '../model/time.ts'
import type { LaneProgress } from './ports/observer.ts'

/** `commitMs`: at most. `costMs`: what the last commit took. `lanes`: as the log said last. */
export const growthMs = (
  commitMs: DurationMs,
  costMs: DurationMs,
  lanes: readonly LaneProgress[],
): DurationMs =>
  lanes.some(({ position, stable }) => position < stable) ? commitMs : Math.min(commitMs, costMs)
