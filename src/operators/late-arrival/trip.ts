/** The rule of one trip: what an update does to it, and which of two states of one trip wins. */
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { LateArrivalConfig } from './config.ts'
import type { Progress, Schedule, Trip } from './state.ts'

/** What an update makes of a trip: it may fire with this lateness, or be on time again. */
export interface Verdict {
  readonly progress: Progress
  readonly fires: DurationMs | undefined
  readonly clears: boolean
}

const UNSEEN: Progress = { updatedAt: Number.MIN_SAFE_INTEGER, lateUpdates: 0, firedMs: undefined }

/** `lateMs` undefined: the schedule is not known, so the update is remembered and counts for nothing (L5). */
export function judge(
  before: Progress | undefined,
  at: EpochMs,
  lateMs: DurationMs | undefined,
  config: LateArrivalConfig,
): Verdict {
  const { lateUpdates, firedMs } = before ?? UNSEEN
  const same = { progress: { updatedAt: at, lateUpdates, firedMs }, fires: undefined, clears: false }
  if (lateMs === undefined) return same
  if (firedMs !== undefined) {
    if (lateMs <= config.clearBy)
      return {
        progress: { updatedAt: at, lateUpdates: 0, firedMs: undefined },
        fires: undefined,
        clears: true,
      }
    if (lateMs < firedMs + config.step) return same
    return { progress: { updatedAt: at, lateUpdates: 0, firedMs: lateMs }, fires: lateMs, clears: false }
  }
  if (lateMs < config.lateBy)
    return {
      progress: { updatedAt: at, lateUpdates: 0, firedMs: undefined },
      fires: undefined,
      clears: false,
    }
  if (lateUpdates + 1 < config.confirm) {
    return {
      progress: { updatedAt: at, lateUpdates: lateUpdates + 1, firedMs: undefined },
      fires: undefined,
      clears: false,
    }
  }
  return { progress: { updatedAt: at, lateUpdates: 0, firedMs: lateMs }, fires: lateMs, clears: false }
}

/** The newer statement; at equal times the later arrival, which comes first here. */
export function newerSchedule(next: Schedule | undefined, known: Schedule | undefined): Schedule | undefined {
  if (next === undefined) return known
  return known === undefined || next.statedAt >= known.statedAt ? next : known
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number)
  return 0
}
const scheduleRank = (s: Schedule | undefined): readonly number[] =>
  s === undefined ? [Number.NEGATIVE_INFINITY, 0] : [s.statedAt, s.arrivalAt]
const progressRank = (p: Progress | undefined): readonly number[] =>
  p === undefined
    ? [Number.NEGATIVE_INFINITY, 0, 0]
    : [p.updatedAt, p.firedMs ?? Number.NEGATIVE_INFINITY, p.lateUpdates]

/** One trip out of two states of it: the newest update wins, and the newest schedule (L6); ties the same way round for both. */
export const mergeTrips = (a: Trip, b: Trip): Trip => ({
  id: a.id,
  schedule: compare(scheduleRank(a.schedule), scheduleRank(b.schedule)) >= 0 ? a.schedule : b.schedule,
  progress: compare(progressRank(a.progress), progressRank(b.progress)) >= 0 ? a.progress : b.progress,
})
