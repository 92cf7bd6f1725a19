/**
 * The rule of one key: which events make a match, what is left behind it, and what can no longer matter. Pure, and a function of the
 * events alone: it is the same whatever order they arrived in.
 *
 * A match is decided for its last event, `waitMs` after it. It is there iff the other events lie before it, behind the match before,
 * and less than `withinMs` away. Of those that would do the earliest are taken.
 */
import type { EpochMs } from '../../model/time.ts'
import { type PatternReady, UNLESS } from './config.ts'
import { compareTraces, type Instance, isPast, type Place, rankOf, type Trace } from './state.ts'

/** The instance of a key that nothing is known of. */
export const newInstance = (key: string): Instance => ({
  key,
  traces: [],
  past: undefined,
  firedAt: undefined,
})

export const isEmpty = ({ traces, past, firedAt }: Instance): boolean =>
  traces.length === 0 && past === undefined && firedAt === undefined

/** The events of the match whose last one stands at `last`; undefined: there is none. `without`: as if that one had not come. */
export function matchTo(
  traces: readonly Trace[],
  last: number,
  { slots, withinMs }: PatternReady,
  without?: number,
): readonly Trace[] | undefined {
  const end = traces[last] as Trace
  const before = slots.length - 1
  if ((end.roles & (slots[before] as number)) === 0 || last < before) return undefined
  const matched: Trace[] = []
  for (let i = 0; i < last && matched.length < before; i++) {
    const trace = traces[i] as Trace
    if (trace.at <= end.at - withinMs || i === without) continue
    if ((trace.roles & (slots[matched.length] as number)) !== 0) matched.push(trace)
  }
  if (matched.length < before) return undefined
  matched.push(end)
  return matched
}

/** An event in its place among the others; undefined: a match is past it, or it says nothing new. */
export function withTrace(
  instance: Instance,
  trace: Trace,
): { readonly instance: Instance; readonly place: number } | undefined {
  const { key, traces, past, firedAt } = instance
  if (isPast(trace, past)) return undefined
  let place = traces.length
  while (place > 0 && compareTraces(traces[place - 1] as Trace, trace) > 0) place--
  if (place > 0 && isSameAbsence(traces[place - 1] as Trace, trace)) return undefined
  return { instance: { key, traces: traces.toSpliced(place, 0, trace), past, firedAt }, place }
}

/** That somebody did at a moment what was not to be is said once. */
const isSameAbsence = (a: Trace, b: Trace): boolean =>
  a.at === b.at && a.roles === UNLESS && b.roles === UNLESS

/**
 * The first place from `from` on at which a match is due above `above` and below `below`, with its due time. `newBy`: only a match that would
 * not be there without the event of that place.
 */
export function firstDue(
  { traces }: Instance,
  ready: PatternReady,
  { from, above, below, newBy }: { from: number; above: EpochMs; below: EpochMs; newBy?: number },
): EpochMs | undefined {
  for (let i = from; i < traces.length; i++) {
    const due = (traces[i] as Trace).at + ready.waitMs
    if (due >= below) return undefined
    if (due <= above || matchTo(traces, i, ready) === undefined) continue
    if (newBy === undefined || newBy === i || matchTo(traces, i, ready, newBy) === undefined) return due
  }
  return undefined
}

export interface Firing {
  readonly key: string
  readonly at: EpochMs
  readonly matched: readonly Trace[]
}

/** What is left behind the match whose last event stands at `last`, and whether it fires. */
export function withMatch(
  { key, traces, firedAt }: Instance,
  last: number,
  matched: readonly Trace[],
  ready: PatternReady,
): { readonly instance: Instance; readonly firing: Firing | undefined } {
  const end = traces[last] as Trace
  const at = end.at + ready.waitMs
  const { absence, onceMs } = ready
  const past = { at: end.at, rank: rankOf(end.roles) }
  const fires =
    !(
      absence && traces.some((other) => (other.roles & UNLESS) !== 0 && other.at > end.at && other.at < at)
    ) &&
    (onceMs === undefined || firedAt === undefined || at - firedAt >= onceMs)
  const newest = fires && onceMs !== undefined ? at : firedAt
  return {
    instance: { key, traces: traces.slice(last + 1), past, firedAt: newest },
    firing: fires ? { key, at, matched } : undefined,
  }
}

/** Decides the matches that are due at exactly `at`. */
export function settled(
  instance: Instance,
  at: EpochMs,
  ready: PatternReady,
): { readonly instance: Instance; readonly firings: readonly Firing[] } {
  const firings: Firing[] = []
  let now = instance
  for (let i = 0; i < now.traces.length; i++) {
    const due = (now.traces[i] as Trace).at + ready.waitMs
    if (due > at) break
    const matched = due < at ? undefined : matchTo(now.traces, i, ready)
    if (matched === undefined) continue
    const { instance: left, firing } = withMatch(now, i, matched, ready)
    if (firing !== undefined) firings.push(firing)
    now = left
    i = -1
  }
  return { instance: now, firings }
}

/**
 * Without what can no longer matter: matches to decide end at `watermark - openMs` or later, be it for a late event. So a step
 * older than that by `withinMs` is in none of them, and what was to stay away calls off none. The same before and after a merge.
 */
export function pruned(instance: Instance, watermark: EpochMs, ready: PatternReady): Instance {
  const { key, traces, past, firedAt } = instance
  const open = watermark - ready.openMs
  const oldest = open - ready.withinMs
  const isOld = ({ at, roles }: Trace): boolean => at < (roles === UNLESS ? open : oldest)
  const pastMatters = past !== undefined && past.at >= oldest
  const firedMatters = firedAt !== undefined && firedAt + (ready.onceMs ?? 0) > open + ready.waitMs
  const tracesMatter = !traces.some(isOld)
  if (tracesMatter && pastMatters === (past !== undefined) && firedMatters === (firedAt !== undefined))
    return instance
  return {
    key,
    traces: tracesMatter ? traces : traces.filter((trace) => !isOld(trace)),
    past: pastMatters ? past : undefined,
    firedAt: firedMatters ? firedAt : undefined,
  }
}

/** When nothing of the instance matters any more, unless more comes. */
export function endOf({ traces, past, firedAt }: Instance, ready: PatternReady): EpochMs {
  const newest = Math.max(traces.at(-1)?.at ?? Number.MIN_SAFE_INTEGER, past?.at ?? Number.MIN_SAFE_INTEGER)
  const fired = firedAt === undefined ? newest : firedAt + (ready.onceMs ?? 0) - ready.waitMs
  return Math.max(newest + ready.withinMs + 1, fired) + ready.openMs
}

const laterOf = (a: Place | undefined, b: Place | undefined): Place | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  return a.at > b.at || (a.at === b.at && a.rank > b.rank) ? a : b
}

/** One instance out of those of two people: the events of both, behind the newest match of either. */
export function mergeInstances(a: Instance, b: Instance): Instance {
  const past = laterOf(a.past, b.past)
  const traces = [...a.traces, ...b.traces].filter((trace) => !isPast(trace, past)).sort(compareTraces)
  const firedAt =
    a.firedAt === undefined || b.firedAt === undefined
      ? (a.firedAt ?? b.firedAt)
      : Math.max(a.firedAt, b.firedAt)
  return {
    key: a.key,
    traces: traces.filter((trace, i) => i === 0 || !isSameAbsence(traces[i - 1] as Trace, trace)),
    past,
    firedAt,
  }
}
