/**
 * A person as a profile task holds one: the states of all operators, timers, the events seen, the inbox. And their bytes.
 *
 * The task owns these objects and changes them in place, between a load and a commit; operators get their states one by one and
 * never see the rest. A task that fails drops them all and loads what was committed.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import { knownVersion } from '../model/errors.ts'
import type { EpochMs } from '../model/time.ts'
import type { Slot } from '../topology/plan.ts'
import { chunkNumbers, decodeSeen, encodeSeen, newSeen, type Seen, type SeenChunk } from './seen.ts'
import type { SlotTable } from './slot-table.ts'
import { type MergeMark, readMergeMark, writeMergeMark } from './wire-event.ts'

export interface Timer {
  readonly slot: number
  readonly name: string
  readonly due: EpochMs
  /** The cause that set it for a time up to which timers had fired already: it fires in that same step, and is never stored. */
  readonly overdueBy?: { readonly source: string; readonly id: string } | string | undefined
}

/** What waits for a person while a handoff is under way, with the partition's watermark of its moment. */
export type InboxEntry =
  | { readonly kind: 'event'; readonly watermark: EpochMs; readonly bytes: Buffer }
  | { readonly kind: 'wait'; readonly watermark: EpochMs; readonly merge: MergeMark }
  | { readonly kind: 'leave'; readonly watermark: EpochMs; readonly merge: MergeMark }

export interface Person {
  readonly id: string
  /** By slot; undefined: nothing remembered yet. */
  readonly states: unknown[]
  /** The anonymous person of a shared identifier. */
  shared: boolean
  timers: Timer[]
  seen: Seen
  inbox: InboxEntry[]
  /** Handoffs that came before their turn, by the absorbed person. */
  handoffs: Map<string, Buffer>
  /** Parts to write and to delete with the next commit, besides the person's own record. */
  chunksWritten: SeenChunk[]
  chunksDeleted: number[]
  dirty: boolean
  /** The queue of timers is known to bring the person up at this time or before; NEVER: nothing is known. */
  armed: EpochMs
  /** Of the table that finds the person (`person-table.ts`). */
  hash: number
  next: Person | undefined
}

export const NEVER: EpochMs = Number.POSITIVE_INFINITY

export function newPerson(id: string, slots: number): Person {
  return {
    id,
    states: Array.from({ length: slots }),
    shared: false,
    timers: [],
    seen: newSeen(),
    inbox: [],
    handoffs: new Map(),
    chunksWritten: [],
    chunksDeleted: [],
    dirty: false,
    armed: NEVER,
    hash: 0,
    next: undefined,
  }
}

/** Nothing of the person is worth a record. */
export function isEmpty(person: Person): boolean {
  return (
    person.timers.length === 0 &&
    person.inbox.length === 0 &&
    person.handoffs.size === 0 &&
    person.seen.recentKeys.length === 0 &&
    person.seen.chunks.length === 0 &&
    person.states.every((state) => state === undefined)
  )
}

/** The timer that fires first: by due time, then by operator, then by name (T11). */
export function firstTimer(person: Person): Timer | undefined {
  let first: Timer | undefined
  for (const timer of person.timers) if (first === undefined || isBefore(timer, first)) first = timer
  return first
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.due !== b.due) return a.due < b.due
  return a.slot !== b.slot ? a.slot < b.slot : a.name < b.name
}

const PERSON_VERSION = 2

/** Writes a person; `inline` puts all remembered events in, for a handoff, and leaves the inbox out. */
export function encodePerson(
  person: Person,
  slots: readonly Slot[],
  table: SlotTable,
  writer: ByteWriter,
  inline: boolean,
): void {
  writer.byte(PERSON_VERSION)
  writer.bool(person.shared)
  encodeSeen(person.seen, writer, inline)
  writer.uint(person.timers.length)
  for (const { slot, name, due } of person.timers) {
    writer.uint(table.numberOf[slot] as number)
    writer.text(name)
    writer.int(due)
  }
  let count = 0
  for (const state of person.states) if (state !== undefined) count++
  writer.uint(count)
  for (const slot of slots) {
    const state = person.states[slot.index]
    if (state === undefined) continue
    writer.uint(table.numberOf[slot.index] as number)
    const start = writer.beginSized()
    slot.operator.state.encode(state, writer)
    writer.endSized(start)
  }
  if (inline) return
  encodeInbox(person, writer)
}

export function decodePerson(
  id: string,
  reader: ByteReader,
  table: SlotTable,
  slots: number,
  chunkOf: ((number: number) => SeenChunk) | undefined,
): Person {
  const version = reader.byte()
  knownVersion('the state of a person', version, PERSON_VERSION, PERSON_VERSION)
  const person = newPerson(id, slots)
  const inline = chunkOf === undefined
  person.shared = reader.bool()
  person.seen = decodeSeen(reader, chunkOf)
  for (let left = reader.uint(); left > 0; left--) {
    const slot = table.slotOf[reader.uint()]
    const name = reader.text()
    const due = reader.int()
    if (slot !== undefined) person.timers.push({ slot: slot.index, name, due })
  }
  for (let left = reader.uint(); left > 0; left--) {
    const number = reader.uint()
    const size = reader.sized()
    const start = reader.at
    reader.at += size
    const slot = table.slotOf[number]
    if (slot === undefined) continue
    person.states[slot.index] = slot.operator.state.decode(
      new ByteReader(reader.buffer, start, start + size),
      table.entries[number]?.version ?? 0,
    )
  }
  if (!inline) decodeInbox(person, reader)
  return person
}

const ENTRY_KINDS = ['event', 'wait', 'leave'] as const

function encodeInbox(person: Person, writer: ByteWriter): void {
  writer.uint(person.inbox.length)
  for (const entry of person.inbox) {
    writer.byte(ENTRY_KINDS.indexOf(entry.kind))
    writer.int(entry.watermark)
    if (entry.kind === 'event') writer.bytes(entry.bytes)
    else writeMergeMark(writer, entry.merge)
  }
  writer.uint(person.handoffs.size)
  for (const [absorbed, bytes] of person.handoffs) {
    writer.text(absorbed)
    writer.bytes(bytes)
  }
}

function decodeInbox(person: Person, reader: ByteReader): void {
  for (let left = reader.uint(); left > 0; left--) {
    const kind = ENTRY_KINDS[reader.byte()]
    const watermark = reader.int()
    if (kind === 'event') person.inbox.push({ kind, watermark, bytes: Buffer.from(reader.bytes()) })
    else if (kind !== undefined) person.inbox.push({ kind, watermark, merge: readMergeMark(reader) })
  }
  for (let left = reader.uint(); left > 0; left--) {
    const absorbed = reader.text()
    person.handoffs.set(absorbed, Buffer.from(reader.bytes()))
  }
}

/** The numbers of a person's chunks, from the person's own record: what must be loaded beside it. */
export function chunkNumbersOf(bytes: Buffer): readonly number[] {
  const reader = new ByteReader(bytes)
  knownVersion('the state of a person', reader.byte(), PERSON_VERSION, PERSON_VERSION)
  reader.bool()
  return chunkNumbers(reader)
}

/** The changelog key of a person's chunk. */
export const chunkKey = (person: string, number: number): string => `${person}#${number}`
