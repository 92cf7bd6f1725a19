/**
 * A person as a profile task works on one: the states of all operators, timers, the events seen, the inbox.
 *
 * The task owns these objects and changes them in place, between a load and a commit; operators get their states one by one and
 * never see the rest. A task that fails drops them all and loads what was committed.
 */
import type { EpochMs } from '../model/time.ts'
import { newSeen, type Seen, type SeenChunk } from './seen.ts'
import type { EraseMark, MergeMark } from './wire-event.ts'

export interface Timer {
  readonly slot: number
  readonly name: string
  readonly due: EpochMs
  /** The cause that set it for a time up to which timers had fired already: it fires in that same step, and is never stored. */
  readonly overdueBy?: { readonly source: string; readonly id: string } | string | undefined
}

/** What waits for a person while a handoff is under way, with the partition's watermark of its moment. */
export type Incoming =
  | { readonly kind: 'event'; readonly watermark: EpochMs; readonly bytes: Buffer }
  | { readonly kind: 'wait'; readonly watermark: EpochMs; readonly merge: MergeMark }
  | { readonly kind: 'leave'; readonly watermark: EpochMs; readonly merge: MergeMark }
  | { readonly kind: 'erase'; readonly watermark: EpochMs; readonly erase: EraseMark }
  /** A fact of the world; its watermark is short of the one at which it wakes, since timers of the same moment come behind it. */
  | { readonly kind: 'fact'; readonly watermark: EpochMs; readonly bytes: Buffer }

/** `taken`: how far the task had taken facts of the world then, by number. What came behind that, the entry does not know. */
export type InboxEntry = Incoming & { readonly taken: number }

/** A state that nobody has needed since its person was last at rest: it still lies in the person's bytes. */
export const UNREAD: unique symbol = Symbol('unread')

export interface Person {
  readonly id: string
  /** Of the partition's index of people; -1: in none, as who came by a handoff. */
  number: number
  /** By slot; undefined: nothing remembered yet. */
  readonly states: unknown[]
  /** Slots whose state is not that of the person's bytes any more, as bits. */
  changedSlots: number
  /** The anonymous person of a shared identifier. */
  shared: boolean
  timers: Timer[]
  seen: Seen
  inbox: InboxEntry[]
  /**
   * Handoffs that came before their turn, by the absorbed person, in their order: who was erased and came back may be absorbed twice.
   * Undefined: none, as nearly always.
   */
  handoffs: Map<string, readonly Buffer[]> | undefined
  /** Parts to write and to delete with the next commit, besides the person's own record. */
  chunksWritten: SeenChunk[]
  chunksDeleted: SeenChunk[]
  dirty: boolean
  /** When the person was needed last, by the count of `people.ts`. */
  used: number
}

export function newPerson(id: string, slots: number): Person {
  const states: unknown[] = []
  for (let i = 0; i < slots; i++) states.push(undefined)
  return {
    id,
    number: -1,
    states,
    changedSlots: 0,
    shared: false,
    timers: [],
    seen: newSeen(),
    inbox: [],
    handoffs: undefined,
    chunksWritten: [],
    chunksDeleted: [],
    dirty: false,
    used: 0,
  }
}

/** The bit of a slot; slots past the thirty-first share one, and so are encoded together. */
export const slotBit = (slot: number): number => 1 << Math.min(slot, 31)

/** Behind what came of the same absorbed person before. */
export function keepHandoff(kept: Person, absorbed: string, bytes: Buffer): void {
  kept.handoffs ??= new Map()
  kept.handoffs.set(absorbed, [...(kept.handoffs.get(absorbed) ?? []), bytes])
}

/** The earliest that came of that person, taken out. */
export function takeHandoff(kept: Person, absorbed: string): Buffer | undefined {
  const [first, ...others] = kept.handoffs?.get(absorbed) ?? []
  if (others.length > 0) kept.handoffs?.set(absorbed, others)
  else kept.handoffs?.delete(absorbed)
  if (kept.handoffs?.size === 0) kept.handoffs = undefined
  return first
}

/** Nothing of the person is worth a record. */
export function isEmpty(person: Person): boolean {
  return (
    person.timers.length === 0 &&
    person.inbox.length === 0 &&
    person.handoffs === undefined &&
    person.seen.keys.length === 0 &&
    person.states.every((state) => state === undefined)
  )
}

/** The timer that fires first: by due time, then by operator, then by name (T11). */
export function firstTimer(person: Person): Timer | undefined {
  const { timers } = person
  if (timers.length === 0) return undefined
  let first = timers[0] as Timer
  for (let i = 1; i < timers.length; i++) {
    const timer = timers[i] as Timer
    if (isBefore(timer, first)) first = timer
  }
  return first
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.due !== b.due) return a.due < b.due
  return a.slot !== b.slot ? a.slot < b.slot : a.name < b.name
}

/** The changelog key of what a person watches, beside the person's own record. */
const WATCHES = '#w'
export const watchesKey = (person: string): string => `${person}${WATCHES}`
/** Whose watches the key is of; undefined: of nobody's. */
export const watcherOf = (key: string): string | undefined =>
  key.endsWith(WATCHES) ? key.slice(0, -WATCHES.length) : undefined

/** The changelog key of a person's chunk. */
export const chunkKey = (person: string, number: number): string => `${person}#${number}`
