/** What a journey holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import type { Instance, JourneyState } from './state.ts'

/** Who was on the way at `at`; of a step that began later, only that there was one before it. */
export function describe({ instances }: JourneyState, at: EpochMs): readonly string[] {
  return instances.filter(({ enteredAt }) => enteredAt <= at).map((instance) => wordsOf(instance, at))
}

function wordsOf({ key, enteredAt, step, since, due, endsAt }: Instance, at: EpochMs): string {
  const of = key === '' ? '' : ` for "${key}"`
  const began = `began${of} at ${formatTime(enteredAt)}`
  if (since > at) return `${began} and has moved on since`
  if (step === undefined) return `${began}, ended at ${formatTime(since)}, and does not begin again`
  const until = due ?? endsAt
  const next =
    until === undefined ? '' : `, at the latest until ${formatTime(Math.min(until, endsAt ?? until))}`
  return `${began}; at the step "${step}" since ${formatTime(since)}${next}`
}
