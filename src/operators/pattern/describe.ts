/** What a pattern holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import { UNLESS, type PatternReady } from './config.ts'
import type { PatternState } from './state.ts'

/** By key: events up to `at` that a match may be made of, and when it fired last. */
export function describe(
  { instances }: PatternState,
  at: EpochMs,
  { slots }: PatternReady,
): readonly string[] {
  return instances.flatMap(({ key, traces, firedAt }) => {
    const of = key === '' ? '' : ` for "${key}"`
    const steps = traces.filter((trace) => trace.at <= at && (trace.roles & ~UNLESS) !== 0)
    const said: string[] = []
    if (steps.length > 0) {
      const times = steps.map((trace) => formatTime(trace.at)).join(', ')
      said.push(
        `${steps.length} event${steps.length === 1 ? '' : 's'} that may be steps${of}, where a match takes ${slots.length}: ${times}`,
      )
    }
    if (firedAt !== undefined && firedAt <= at) said.push(`fired last${of} at ${formatTime(firedAt)}`)
    return said
  })
}
