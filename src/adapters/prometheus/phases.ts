/** How long the phases of commits took: plain counts in buckets, so that a commit costs a few additions. */
import type { DurationMs } from '../../model/time.ts'

/** Upper bounds in seconds, from a fold of some events to a transaction that waited for a broker to come back. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface Durations {
  /** Of each bucket alone; the last: above all bounds. */
  readonly counts: number[]
  sumMs: number
}

export const newDurations = (): Durations => ({
  counts: Array.from({ length: BUCKETS.length + 1 }, () => 0),
  sumMs: 0,
})

export function took(durations: Durations, ms: DurationMs): void {
  let i = 0
  while (i < BUCKETS.length && ms > (BUCKETS[i] as number) * 1000) i++
  durations.counts[i] = (durations.counts[i] as number) + 1
  durations.sumMs += ms
}
