/** Who may be written to (O7): the newest word on each scope, and through merges a refusal stands above a grant. */
import type { OracleEvent } from './input.ts'
import type { Unsettled } from './operator.ts'

interface Word {
  readonly time: number
  readonly granted: boolean
  /** Newest time of any word that a merge put aside. */
  readonly mergedTime: number
}

/** Scope: a channel, or '' for all of them. */
export type Words = Map<string, Word>

export const ALL = ''

function say(words: Words, scope: string, time: number, granted: boolean, unsettled: Unsettled): void {
  const known = words.get(scope)
  if (known !== undefined && granted && !known.granted && time > known.time && time <= known.mergedTime) {
    unsettled('consent: a grant between the words that a merge put together')
  }
  const newer = known === undefined || time > known.time || (time === known.time && !granted)
  if (newer) words.set(scope, { time, granted, mergedTime: time })
}

export function hear(words: Words, event: OracleEvent, purpose: string, unsettled: Unsettled): void {
  const { data, time } = event
  const scope = typeof data['channel'] === 'string' ? data['channel'] : ALL
  if (event.type === 'message.unsubscribed') say(words, scope, time, false, unsettled)
  if (event.type === 'consent.changed' && data['purpose'] === purpose) {
    say(words, scope, time, data['granted'] === true, unsettled)
  }
}

export function unite(words: Words, other: Words): void {
  for (const [scope, word] of other) {
    const own = words.get(scope)
    const mergedTime = Math.max(own?.mergedTime ?? word.mergedTime, word.mergedTime)
    if (own === undefined) words.set(scope, word)
    else if (own.granted === word.granted) {
      words.set(scope, { ...(own.time >= word.time ? own : word), mergedTime })
    } else words.set(scope, { ...(own.granted ? word : own), mergedTime })
  }
}

export const isGranted = (words: Words, scope: string, byDefault: boolean): boolean =>
  words.get(scope)?.granted ?? byDefault
