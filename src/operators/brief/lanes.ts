/**
 * Notes of a person, in lanes: each lane has its own bound, so that a thousand looks at pages push out no purchase. A lane is in order
 * of time and then of what it says, never of arrival, and keeps the newest; so merging in any order ends equal.
 */
import type { Json } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'

/** Something that was noted of an event: what it says is picked in a fixed order of fields. */
export interface Note {
  readonly at: EpochMs
  /** Place of the event's type in `KINDS`. */
  readonly kind: number
  readonly said: Json
}

/** In the order in which states write them: add at the end. */
export const LANES = [
  'activity',
  'searches',
  'comparisons',
  'content',
  'cart',
  'bought',
  'offers',
  'moods',
  'sentiments',
  'traits',
  'consents',
  'warmths',
  'notable',
] as const
export type Lane = (typeof LANES)[number]

interface Rule {
  readonly max: number
  /** A newer note of one key stands for the older ones; undefined: each stands for itself. */
  readonly keyOf?: (note: Note) => string
  /** What falls out is missed: of the other lanes a brief tells the newest few alone. */
  readonly whole?: boolean
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')
/** What a word of consent is about. */
export const scopeOf = ({ said }: Note): string => `${wordOf(said['purpose'])}\n${wordOf(said['channel'])}`

/** More than a brief tells, since it tells of a time, and what came after that is here too. */
export const RULES: Readonly<Record<Lane, Rule>> = {
  activity: { max: 200 },
  searches: { max: 30 },
  comparisons: { max: 30 },
  content: { max: 30 },
  cart: { max: 200, whole: true },
  bought: { max: 30 },
  offers: { max: 60 },
  moods: { max: 20 },
  sentiments: { max: 20 },
  traits: { max: 200, keyOf: ({ said }) => wordOf(said['name']), whole: true },
  consents: { max: 100, keyOf: scopeOf, whole: true },
  warmths: { max: 20 },
  notable: { max: 40 },
}

export function compareNotes(a: Note, b: Note): number {
  if (a.at !== b.at || a.kind !== b.kind) return a.at - b.at || a.kind - b.kind
  const [left, right] = [JSON.stringify(a.said), JSON.stringify(b.said)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Notes without those that a newer one stands for at any time that may still be asked about: `floor` and later. */
function standing(notes: readonly Note[], keyOf: (note: Note) => string, floor: EpochMs): readonly Note[] {
  const newest = new Map<string, EpochMs>()
  for (const note of notes) if (note.at <= floor) newest.set(keyOf(note), note.at)
  return notes.filter((note) => note.at > floor || newest.get(keyOf(note)) === note.at)
}

/** What a lane keeps of notes that are in order, and how many are missed. */
export function keptIn(lane: Lane, notes: readonly Note[], floor: EpochMs) {
  const { max, keyOf, whole = false } = RULES[lane]
  const left = keyOf === undefined ? notes : standing(notes, keyOf, floor)
  const tooMany = Math.max(0, left.length - max)
  return { notes: tooMany === 0 ? left : left.slice(tooMany), fellOut: whole ? tooMany : 0 }
}

/** The notes with one more in its place. */
export function withNote(notes: readonly Note[], note: Note): readonly Note[] {
  let place = notes.length
  while (place > 0 && compareNotes(notes[place - 1] as Note, note) > 0) place--
  return place === notes.length ? [...notes, note] : notes.toSpliced(place, 0, note)
}

/** Notes up to a time. */
export function upTo(notes: readonly Note[], at: EpochMs): readonly Note[] {
  let length = notes.length
  while (length > 0 && (notes[length - 1] as Note).at > at) length--
  return length === notes.length ? notes : notes.slice(0, length)
}
