/**
 * Texts that change with time, read as of a time: what a late event says of the past must not change the present, and what is decided
 * for 11:00 must not know what was said at 11:01 (fine print M1).
 *
 * Lists are in order of time and, at the same time, of the value's text, so that no order of arrival and no merge makes a difference.
 * Of a text that is said again and again the first and the last time are kept: the last one too, since another text may still turn up
 * for a time between the two, late or by a merge.
 */
import type { EpochMs } from './time.ts'

export interface Timed<Value> {
  readonly at: EpochMs
  readonly value: Value
}

/** Values that are kept of each history; the oldest fall out, or fold into the next. */
export const HISTORY_VALUES_MAX = 16
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Negative: `a` comes first. */
function compare(a: Timed<unknown>, b: Timed<unknown>): number {
  if (a.at !== b.at) return a.at - b.at
  const [left, right] = [textOf(a.value), textOf(b.value)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The newest value at `at` or before. */
export function valueAt<Value>(history: readonly Timed<Value>[], at: EpochMs): Value | undefined {
  for (let i = history.length - 1; i >= 0; i--) {
    const entry = history[i] as Timed<Value>
    if (entry.at <= at) return entry.value
  }
  return undefined
}

/** Whether a value is the newest one said again: it needs no check of what it says. */
export function isNewest(history: readonly Timed<unknown>[], value: unknown, at: EpochMs): boolean {
  const newest = history[history.length - 1]
  return newest !== undefined && newest.value === value && newest.at <= at
}

/** The history with one text more; the same history if it says nothing new. */
export function withText(
  history: readonly Timed<string>[],
  value: string,
  at: EpochMs,
): readonly Timed<string>[] {
  const length = history.length
  const newest = history[length - 1]
  if (newest !== undefined && newest.value === value && newest.at <= at) {
    if (newest.at === at) return history
    const said = { at, value }
    const before = history[length - 2]
    // The common case, once per event: no list is sorted for it.
    if (before === undefined || before.value !== value)
      return length === 1 ? [newest, said] : mergeTexts(history, [said])
    return length === 2 ? [before, said] : [...history.slice(0, -1), said]
  }
  return mergeTexts(history, [{ at, value }])
}

/** Both, in order, without repeats. */
export function union<Value>(a: readonly Timed<Value>[], b: readonly Timed<Value>[]): Timed<Value>[] {
  const all = [...a, ...b].sort(compare)
  return all.filter((entry, i) => i === 0 || compare(all[i - 1] as Timed<Value>, entry) !== 0)
}

export function mergeTexts(
  a: readonly Timed<string>[],
  b: readonly Timed<string>[],
): readonly Timed<string>[] {
  const all = union(a, b)
  // Past the limit what lies inside a run of one text goes first, then the oldest.
  while (all.length > HISTORY_VALUES_MAX) {
    const inside = all.findIndex(
      (entry, i) => all[i - 1]?.value === entry.value && all[i + 1]?.value === entry.value,
    )
    all.splice(Math.max(inside, 0), 1)
  }
  return all
}
