/**
 * The records between the gate and the profile tasks (internal topic, key = person id): what a record says, as bytes.
 *
 * 1. Every record carries the watermark of its moment at the gate, so a person's timers fire before the event they precede in
 *    the log, whatever the batch and wherever the marks lie.
 * 2. Lossless: a late event can be written out whole from it.
 * 3. An event is a small header, a table of the fields of its data, and a body of bytes. Nothing of it is decoded before somebody reads
 *    it, and of `data` one field alone if one is asked for: most events pass most operators unread.
 */
import { type ByteReader, ByteReader as Reader, type ByteWriter, utf8Text } from '../model/bytes.ts'
import { InvariantError } from '../model/errors.ts'
import type { Cause, Json, StreamEvent } from '../model/event.ts'
import { eventKeyOfAscii } from '../model/event-key.ts'
import { eventKey } from '../model/hash.ts'
import type { Identifier } from '../model/identifiers.ts'
import { isText, knownText } from '../model/known-texts.ts'
import type { EpochMs } from '../model/time.ts'
import { type Fact, readFact, writeFact } from './facts.ts'
import { ABSENT, endOfText, put, readBlocks, readField, readLongText } from './event-parts.ts'
import {
  HAS_ATTACHED,
  HAS_CHANNEL,
  HAS_CONTEXT,
  INTERNAL,
  LATE,
  NO_DEDUPE,
  ROW_BYTES,
  SHARED,
} from './event-writer.ts'
import { readContext } from './known-contexts.ts'
import { FIELD_NAMES, OWN_NAME, TYPE_NAMES, fieldNumberOf } from './wire-names.ts'

/** Kinds beside `WIRE_EVENT`. */
export const WIRE_MARK = 2
export const WIRE_MERGE = 3
export const WIRE_HANDOFF = 4
/** 5 is an event. */
export const WIRE_FACT = 6
export const WIRE_ERASE = 9
export { WIRE_EVENT } from './event-writer.ts'

const NO_IDENTIFIERS: readonly Identifier[] = []

function readIdentifiers(reader: ByteReader): readonly Identifier[] {
  const list: Identifier[] = []
  for (let left = reader.uint(); left > 0; left--) list.push({ type: reader.text(), value: reader.text() })
  return list
}

const typeAt = (number: number): string => TYPE_NAMES[number] ?? unknownName('type', number)
const fieldAt = (number: number): string => FIELD_NAMES[number] ?? unknownName('field', number)

function unknownName(what: string, number: number): never {
  throw new InvariantError(`the internal topic names ${what} ${number}, which this version does not know`)
}

/** A text with its length in front, such as a channel: few of them, again and again. */
function readWord(reader: ByteReader): string {
  const size = reader.uint()
  const { buffer, at } = reader
  if (at + size > reader.end) throw new InvariantError('bytes end too early')
  reader.at = at + size
  return knownText(buffer, at, at + size) ?? utf8Text(buffer, at, at + size)
}

/** Where an event's parts are read, one after the other. */
const scratch = new Reader(Buffer.alloc(0))

/** An event as a profile task sees it. One class, so that every operator meets one hidden class. */
export class WireEvent implements StreamEvent {
  person = ''
  time: EpochMs = 0
  /** The watermark that it met at the gate. */
  watermark: EpochMs = 0
  type = ''
  channel: string | undefined = undefined
  attached: readonly Identifier[] = NO_IDENTIFIERS
  readonly cause: Cause | undefined = undefined
  private flags = 0
  private bytes: Buffer = scratch.buffer
  private end = 0
  /** The places of the body count from here. */
  private body = 0
  private idAt = 0
  private sourceAt = 0
  private identifiersAt = 0
  private contextAt = ABSENT
  private fields = 0
  private table = 0
  private contextValue: Json | undefined = undefined
  private dataValue: Json | undefined = undefined

  /** Reads behind the kind byte. */
  constructor(person: string, reader: ByteReader) {
    this.read(person, reader)
  }

  /** Makes it another event: whoever keeps something of one takes it out before. Reads behind the kind byte. */
  read(person: string, reader: ByteReader): void {
    const flags = reader.byte()
    this.person = person
    this.flags = flags
    const time = reader.int()
    this.time = time
    this.watermark = time - reader.int()
    const number = reader.byte()
    this.type = number === OWN_NAME ? readWord(reader) : typeAt(number)
    this.channel = (flags & HAS_CHANNEL) === 0 ? undefined : readWord(reader)
    this.attached = (flags & HAS_ATTACHED) === 0 ? NO_IDENTIFIERS : readIdentifiers(reader)
    const size = reader.uint()
    this.idAt = reader.uint()
    this.sourceAt = reader.uint()
    this.identifiersAt = reader.uint()
    this.contextAt = (flags & HAS_CONTEXT) === 0 ? ABSENT : reader.uint()
    this.fields = reader.uint()
    this.table = reader.at
    this.bytes = reader.buffer
    this.end = reader.end
    this.body = reader.end - size
    this.contextValue = undefined
    this.dataValue = undefined
    if (this.table + this.fields * ROW_BYTES > this.body) throw new InvariantError('bytes end too early')
  }

  get late(): boolean {
    return (this.flags & LATE) !== 0
  }

  get shared(): boolean {
    return (this.flags & SHARED) !== 0
  }

  get dedupe(): boolean {
    return (this.flags & NO_DEDUPE) === 0
  }

  get internal(): boolean {
    return (this.flags & INTERNAL) !== 0
  }

  get id(): string {
    return readLongText(this.at(this.idAt))
  }

  get source(): string {
    return readLongText(this.at(this.sourceAt))
  }

  /** {@link eventKey} of source and id. */
  get seenKey(): number {
    const reader = this.at(this.sourceAt)
    const sourceEnd = endOfText(reader)
    const sourceStart = reader.at
    reader.at = this.body + this.idAt
    const idEnd = endOfText(reader)
    const key = eventKeyOfAscii(this.bytes, sourceStart, sourceEnd, reader.at, idEnd)
    return key < 0 ? eventKey(this.source, this.id) : key
  }

  get context(): Json | undefined {
    if (this.contextValue === undefined && this.contextAt !== ABSENT)
      this.contextValue = readContext(this.bytes, this.body + this.contextAt, this.end)
    return this.contextValue
  }

  get data(): Json {
    this.dataValue ??= this.decode()
    return this.dataValue
  }

  field(name: string): unknown {
    const number = fieldNumberOf(name)
    if (number === OWN_NAME) return this.data[name]
    const { bytes, table } = this
    const behind = table + this.fields * ROW_BYTES
    let hasOwn = false
    for (let row = table; row < behind; row += ROW_BYTES) {
      const is = bytes[row]
      if (is === number) return this.valueAt(row)
      if (is === OWN_NAME) hasOwn = true
    }
    return hasOwn ? this.ownField(name) : undefined
  }

  /** A field that went by its name when the event was written: names are given numbers while events lie in the log. */
  private ownField(name: string): unknown {
    const { bytes, table, body } = this
    const behind = table + this.fields * ROW_BYTES
    let names = behind
    for (let row = table; row < behind; row += ROW_BYTES) {
      if (bytes[row] !== OWN_NAME) continue
      const reader = scratch.reset(bytes, names, body)
      const size = reader.uint()
      names = reader.at + size
      if (isText(name, bytes, reader.at, names)) return this.valueAt(row)
    }
    return undefined
  }

  /** As the upstream sent them: for who writes the event out whole. */
  get identifiers(): readonly Identifier[] {
    return readBlocks(this.at(this.identifiersAt))
  }

  private at(place: number): ByteReader {
    return scratch.reset(this.bytes, this.body + place, this.end)
  }

  private valueAt(row: number): unknown {
    const { bytes } = this
    const place =
      (bytes[row + 2] as number) | ((bytes[row + 3] as number) << 8) | ((bytes[row + 4] as number) << 16)
    return readField(this.at(place), bytes[row + 1] as number)
  }

  private decode(): Json {
    const { bytes, fields, table } = this
    const data: Record<string, unknown> = {}
    let names = table + fields * ROW_BYTES
    for (let i = 0; i < fields; i++) {
      const row = table + i * ROW_BYTES
      const number = bytes[row] as number
      let name: string
      if (number === OWN_NAME) {
        const reader = scratch.reset(bytes, names, this.body)
        name = readWord(reader)
        names = reader.at
      } else name = fieldAt(number)
      put(data, name, this.valueAt(row))
    }
    return data
  }
}

/** A fact of the world, to every partition, with the watermark of its moment. */
export function writeWorldFact(writer: ByteWriter, watermark: EpochMs, fact: Fact): void {
  writer.byte(WIRE_FACT)
  writer.int(watermark)
  writeFact(fact, writer)
}

/** Reads behind the kind byte. */
export function readWorldFact(reader: ByteReader): Fact {
  reader.int()
  return readFact(reader)
}

export function writeMark(writer: ByteWriter, watermark: EpochMs): void {
  writer.byte(WIRE_MARK)
  writer.int(watermark)
}

/** Two profiles are one person: the barrier that the gate writes to the partitions of both. */
export interface MergeMark {
  readonly kept: string
  readonly absorbed: string
  readonly watermark: EpochMs
  /** Event time of the event that showed it. */
  readonly at: EpochMs
  readonly cause: { readonly source: string; readonly id: string }
}

export function writeMerge(writer: ByteWriter, merge: MergeMark): void {
  writer.byte(WIRE_MERGE)
  writeMergeMark(writer, merge)
}

/** A merge without its kind byte: in the log behind one, and in an inbox. */
export function writeMergeMark(writer: ByteWriter, merge: MergeMark): void {
  writer.text(merge.kept)
  writer.text(merge.absorbed)
  writer.int(merge.watermark)
  writer.int(merge.at)
  writer.text(merge.cause.source)
  writer.text(merge.cause.id)
}

/** Reads what {@link writeMergeMark} wrote. */
export function readMergeMark(reader: ByteReader): MergeMark {
  const kept = reader.text()
  const absorbed = reader.text()
  const watermark = reader.int()
  const at = reader.int()
  return { kept, absorbed, watermark, at, cause: { source: reader.text(), id: reader.text() } }
}

/** Everything of the person of the record's key goes: as asked for, or since no event came for long. */
export interface EraseMark {
  readonly watermark: EpochMs
  /** When it was asked for, or when the span without events was over. */
  readonly at: EpochMs
  readonly cause: { readonly source: string; readonly id: string }
}

export function writeErase(writer: ByteWriter, mark: EraseMark): void {
  writer.byte(WIRE_ERASE)
  writeEraseMark(writer, mark)
}

/** Without its kind byte: in the log behind one, and in an inbox. */
export function writeEraseMark(writer: ByteWriter, { watermark, at, cause }: EraseMark): void {
  writer.int(watermark)
  writer.int(at)
  writer.text(cause.source)
  writer.text(cause.id)
}

/** Reads what {@link writeEraseMark} wrote. */
export function readEraseMark(reader: ByteReader): EraseMark {
  const watermark = reader.int()
  const at = reader.int()
  return { watermark, at, cause: { source: reader.text(), id: reader.text() } }
}

export function writeHandoff(writer: ByteWriter, absorbed: string, person: Uint8Array): void {
  writer.byte(WIRE_HANDOFF)
  writer.text(absorbed)
  writer.bytes(person)
}

/** Reads behind the kind byte; the bytes are a copy. */
export function readHandoff(reader: ByteReader): { readonly absorbed: string; readonly person: Buffer } {
  const absorbed = reader.text()
  return { absorbed, person: Buffer.from(reader.bytes()) }
}

/** Whom else a record concerns beside the person of its key, so that both can be loaded before the step. */
export function otherPersons(buffer: Buffer, start: number, end: number): readonly string[] {
  if (buffer[start] !== WIRE_MERGE) return []
  const { kept, absorbed } = readMergeMark(new Reader(buffer, start + 1, end))
  return [kept, absorbed]
}

/** @throws InvariantError for a kind that this version does not know. */
export function unknownKind(kind: number): never {
  throw new InvariantError(
    `the internal topic holds a record of kind ${kind}, which this version does not know`,
  )
}
