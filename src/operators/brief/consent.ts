/**
 * The words of a person on purposes and channels: the newest of each scope holds; of one moment the refusal. Two people who become one have
 * refused wherever either had, from that time on, until a word after both; so a merge lifts nothing, in whatever order people merge.
 */
import { type EpochMs, formatTime } from '../../model/time.ts'
import { compareNotes, type Note, scopeOf } from './lanes.ts'

/** As a brief tells it. */
export interface Word {
  readonly purpose: string | null
  readonly channel: string | null
  readonly granted: boolean
  readonly since: string
}

/** An unsubscription grants nothing. */
const isGranted = ({ said }: Note): boolean => said['granted'] === true

/** Whether one person's words refuse a scope at a time. */
function refusedAt(notes: readonly Note[], scope: string, at: EpochMs): boolean {
  const known = notes.filter((note) => note.at <= at && scopeOf(note) === scope)
  const newest = known.at(-1)
  return newest !== undefined && known.some((note) => note.at === newest.at && !isGranted(note))
}

/** Both people's words: at each time that either spoke, what holds for the two together. */
export function mergeConsents(a: readonly Note[], b: readonly Note[]): readonly Note[] {
  const merged = new Map<string, Note>()
  for (const note of [...a, ...b].sort(compareNotes)) {
    const scope = scopeOf(note)
    const refused = refusedAt(a, scope, note.at) || refusedAt(b, scope, note.at)
    const key = `${note.at}\n${note.kind}\n${scope}`
    if (isGranted(note) && refused)
      merged.set(key, { at: note.at, kind: note.kind, said: { ...note.said, granted: false } })
    else merged.set(key, note)
  }
  return [...merged.values()].sort(compareNotes)
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** The newest word of each scope, by scope. */
export function wordsOf(notes: readonly Note[]): readonly Word[] {
  const newest = new Map(notes.map((note) => [scopeOf(note), note]))
  const scopes = [...newest].sort(([a], [b]) => (a < b ? -1 : 1))
  return scopes.map(([scope, { at, said }]) => ({
    purpose: textOf(said['purpose']),
    channel: textOf(said['channel']),
    granted: !refusedAt(notes, scope, at),
    since: formatTime(at),
  }))
}

/** What was said of each purpose for all channels. */
export const consentOf = (words: readonly Word[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    words.flatMap(({ purpose, channel, granted }) =>
      purpose === null || channel !== null ? [] : [[purpose, granted] as const],
    ),
  )
