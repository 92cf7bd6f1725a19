/**
 * Who is on the site or in the app right now: a web or app event in the last `onsiteWithin` before the moment asked about.
 *
 * Decisions are made in no order of time, so the newest event alone would not do: kept are spans of events of which none is further than
 * `onsiteWithin` from the next. That answers for every moment what all events would, in two numbers a visit.
 */
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import type { Tally } from './extras.ts'

export interface Run {
  readonly from: EpochMs
  readonly to: EpochMs
}

type Runs = readonly Run[]

const CHANNELS: ReadonlySet<unknown> = new Set(['web', 'app'])

/** Whether an event of this `context.channel` shows that somebody is there. */
export const showsOnsite = (channel: string | undefined): boolean => CHANNELS.has(channel)

/** Right border excluded: exactly `withinMs` after the event nobody is there any more. */
export const isOnsite = (runs: Runs, at: EpochMs, withinMs: DurationMs): boolean =>
  runs.some(({ from, to }) => from <= at && at < to + withinMs)

/** The same list if the event lies within what is known. */
export function withRun(runs: Runs, at: EpochMs, watermark: EpochMs, ready: OfferReady, tally: Tally): Runs {
  const last = runs.at(-1)
  // The common case, once per event on the site: the visit goes on.
  if (last !== undefined && at >= last.from && at <= last.to + ready.onsiteMs && runs.length === 1)
    return at <= last.to ? runs : [{ from: last.from, to: at }]
  return mergeRuns(runs, [{ from: at, to: at }], watermark, ready, tally)
}

/**
 * Spans of both, joined where they are near enough. What no decision can ask about any more is let go, and cut off in front, so that it
 * makes no difference whether it went before or after a merge.
 */
export function mergeRuns(a: Runs, b: Runs, watermark: EpochMs, ready: OfferReady, tally: Tally): Runs {
  const { onsiteMs } = ready
  const oldest = watermark - ready.horizonMs - onsiteMs
  const joined: Run[] = []
  for (const run of [...a, ...b].sort((x, y) => x.from - y.from || x.to - y.to)) {
    const last = joined.at(-1)
    if (last === undefined || run.from > last.to + onsiteMs) joined.push(run)
    else if (run.to > last.to) joined[joined.length - 1] = { from: last.from, to: run.to }
  }
  const kept = joined
    .filter(({ to }) => to > oldest)
    .map(({ from, to }) => ({ from: Math.max(from, oldest), to }))
  const surplus = Math.max(0, kept.length - INSTANCES_PER_PERSON_MAX)
  tally.fellOut += surplus
  return surplus === 0 ? kept : kept.slice(surplus)
}
