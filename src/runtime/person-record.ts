/**
 * A person's bytes: the record that the changelog and the store have, that a handoff carries, and that a person at rest is.
 *
 * 1. The states come first, each with its length, so that one is found, read or copied without the others.
 * 2. A state that did not change since is copied from the bytes before; one that nobody read was never decoded.
 * 3. A handoff has the remembered events in it whole, and no inbox; elsewhere they are parts beside the record.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import { invariant, knownVersion } from '../model/errors.ts'
import type { Slot } from '../topology/plan.ts'
import { type Person, UNREAD, keepHandoff, newPerson, slotBit } from './person.ts'
import { type ChunkBytes, chunkNumbers, decodeSeen, encodeSeen } from './seen.ts'
import type { SlotTable } from './slot-table.ts'
import { readEraseMark, readMergeMark, writeEraseMark, writeMergeMark } from './wire-event.ts'

/** 4: facts of the world may wait in an inbox. 5: what waits says which facts were known. */
const PERSON_VERSION = 5
const PERSON_VERSION_OLDEST = 3

const SHARED = 1
/** Something is in the inbox: whoever loads the person must work it off. */
const WAITS = 2

/** Writes a person; `inline`: for a handoff. `before` stands at a record in which lies whatever of the person is unread or unchanged. */
export function encodePerson(
  person: Person,
  slots: readonly Slot[],
  table: SlotTable,
  writer: ByteWriter,
  inline: boolean,
  before: ByteReader | undefined,
): void {
  const waits = !inline && (person.inbox.length > 0 || person.handoffs !== undefined)
  writer.byte(PERSON_VERSION)
  writer.byte((person.shared ? SHARED : 0) | (waits ? WAITS : 0))
  encodeStates(person, slots, table, writer, before)
  writer.uint(person.timers.length)
  for (const { slot, name, due } of person.timers) {
    writer.uint(table.numberOf[slot] as number)
    writer.text(name)
    writer.int(due)
  }
  encodeSeen(person.seen, writer, inline)
  if (waits) encodeInbox(person, writer)
}

function encodeStates(
  person: Person,
  slots: readonly Slot[],
  table: SlotTable,
  writer: ByteWriter,
  before: ByteReader | undefined,
): void {
  const { states } = person
  const record = before?.at ?? 0
  let count = 0
  for (const state of states) if (state !== undefined) count++
  writer.uint(count)
  for (const slot of slots) {
    const state = states[slot.index]
    if (state === undefined) continue
    const changed = (person.changedSlots & slotBit(slot.index)) !== 0
    if (before !== undefined && (!changed || state === UNREAD)) {
      before.at = record
      if (findState(before, table, slot)) {
        writer.raw(before.buffer, found.part, found.end)
        continue
      }
    }
    invariant(state !== UNREAD, `a state of ${person.id} is in no bytes`)
    writer.uint(table.numberOf[slot.index] as number)
    const start = writer.beginSized()
    slot.operator.state.encode(state, writer)
    writer.endSized(start)
  }
}

/** Where {@link findState} found it: reused, since most commits copy most states. */
const found = { part: 0, start: 0, end: 0, number: 0 }

/** Looks for the state of a slot in the record at which `record` stands. */
function findState(record: ByteReader, table: SlotTable, slot: Slot): boolean {
  record.at += 2
  for (let left = record.uint(); left > 0; left--) {
    const part = record.at
    const number = record.uint()
    const size = record.sized()
    const start = record.at
    record.at = start + size
    if (table.slotOf[number] !== slot) continue
    found.part = part
    found.start = start
    found.end = start + size
    found.number = number
    return true
  }
  return false
}

/** The state of one slot out of the record at which `record` stands. */
export function decodeState(record: ByteReader, table: SlotTable, slot: Slot): unknown {
  invariant(findState(record, table, slot), `a state of operator "${slot.id}" is in no bytes`)
  const { start, end, number } = found
  return slot.operator.state.decode(
    new ByteReader(record.buffer, start, end),
    table.entries[number]?.version ?? 0,
  )
}

/** Who has something waiting, by the record that starts there. */
export const recordWaits = (buffer: Buffer, start: number): boolean =>
  ((buffer[start + 1] as number) & WAITS) !== 0

export interface DecodeOptions {
  /** Supplies the remembered events that are not inline; undefined: they are. */
  readonly chunkOf: ((number: number) => ChunkBytes) | undefined
  /** States stay {@link UNREAD}. */
  readonly later?: boolean
}

/** Reads what {@link encodePerson} wrote. */
export function decodePerson(
  id: string,
  reader: ByteReader,
  table: SlotTable,
  slots: number,
  { chunkOf, later = false }: DecodeOptions,
): Person {
  const version = checkVersion(reader.byte())
  const person = newPerson(id, slots)
  const flags = reader.byte()
  person.shared = (flags & SHARED) !== 0
  for (let left = reader.uint(); left > 0; left--) {
    const number = reader.uint()
    const size = reader.sized()
    const start = reader.at
    reader.at += size
    const slot = table.slotOf[number]
    if (slot === undefined) continue
    person.states[slot.index] = later
      ? UNREAD
      : slot.operator.state.decode(
          new ByteReader(reader.buffer, start, start + size),
          table.entries[number]?.version ?? 0,
        )
  }
  for (let left = reader.uint(); left > 0; left--) {
    const slot = table.slotOf[reader.uint()]
    const name = reader.text()
    const due = reader.int()
    if (slot !== undefined) person.timers.push({ slot: slot.index, name, due })
  }
  person.seen = decodeSeen(reader, chunkOf)
  if ((flags & WAITS) !== 0) decodeInbox(person, reader, version)
  return person
}

const ENTRY_KINDS = ['event', 'wait', 'leave', 'fact', 'erase'] as const

function encodeInbox(person: Person, writer: ByteWriter): void {
  writer.uint(person.inbox.length)
  for (const entry of person.inbox) {
    writer.byte(ENTRY_KINDS.indexOf(entry.kind))
    writer.int(entry.watermark)
    writer.uint(entry.taken)
    if (entry.kind === 'event' || entry.kind === 'fact') writer.bytes(entry.bytes)
    else if (entry.kind === 'erase') writeEraseMark(writer, entry.erase)
    else writeMergeMark(writer, entry.merge)
  }
  const handoffs = [...(person.handoffs ?? [])].flatMap(([absorbed, all]) =>
    all.map((bytes) => ({ absorbed, bytes })),
  )
  writer.uint(handoffs.length)
  for (const { absorbed, bytes } of handoffs) {
    writer.text(absorbed)
    writer.bytes(bytes)
  }
}

function decodeInbox(person: Person, reader: ByteReader, version: number): void {
  for (let left = reader.uint(); left > 0; left--) {
    const kind = ENTRY_KINDS[reader.byte()]
    const watermark = reader.int()
    const taken = version < 5 ? Number.MAX_SAFE_INTEGER : reader.uint()
    if (kind === 'event' || kind === 'fact')
      person.inbox.push({ kind, watermark, taken, bytes: Buffer.from(reader.bytes()) })
    else if (kind === 'erase') person.inbox.push({ kind, watermark, taken, erase: readEraseMark(reader) })
    else if (kind !== undefined) person.inbox.push({ kind, watermark, taken, merge: readMergeMark(reader) })
  }
  for (let left = reader.uint(); left > 0; left--) {
    const absorbed = reader.text()
    keepHandoff(person, absorbed, Buffer.from(reader.bytes()))
  }
}

/** The numbers of a person's chunks, from the person's own record: what must be loaded beside it. */
export function chunkNumbersOf(bytes: Buffer): readonly number[] {
  const reader = new ByteReader(bytes)
  checkVersion(reader.byte())
  reader.byte()
  for (let left = reader.uint(); left > 0; left--) {
    reader.uint()
    const size = reader.sized()
    reader.at += size
  }
  for (let left = reader.uint(); left > 0; left--) {
    reader.uint()
    const size = reader.uint()
    reader.at += size
    reader.int()
  }
  return chunkNumbers(reader)
}

/** Those before were of no release. */
function checkVersion(version: number): number {
  knownVersion('the state of a person', version, PERSON_VERSION, PERSON_VERSION_OLDEST)
  return version
}
