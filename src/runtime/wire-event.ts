/**
 * The records between the gate and the profile tasks (internal topic, key = person id): what a record says, as bytes.
 *
 * 1. Every record carries the watermark of its moment at the gate, so a person's timers fire before the event they precede in
 *    the log, whatever the batch and wherever the marks lie.
 * 2. Lossless: a late event can be written out whole from it.
 * 3. `data` and `context` are decoded when somebody reads them; most events pass most operators unread.
 */
import { type ByteReader, ByteReader as Reader, type ByteWriter } from '../model/bytes.ts'
import { InvariantError } from '../model/errors.ts'
import type { Cause, Json, SourceEvent, StreamEvent } from '../model/event.ts'
import type { Identifier } from '../model/identifiers.ts'
import type { EpochMs } from '../model/time.ts'

export const WIRE_EVENT = 1
export const WIRE_MARK = 2
export const WIRE_MERGE = 3
export const WIRE_HANDOFF = 4

const LATE = 1
const SHARED = 2
const NO_DEDUPE = 4
/** Written by the gate about a person, not by an upstream: neither counted nor remembered as seen. */
const INTERNAL = 8

export interface WireFlags {
  readonly late: boolean
  readonly shared: boolean
  readonly dedupe: boolean
  readonly internal: boolean
}

const NO_IDENTIFIERS: readonly Identifier[] = []

export function writeEvent(
  writer: ByteWriter,
  watermark: EpochMs,
  event: SourceEvent,
  attached: readonly Identifier[],
  flags: WireFlags,
): void {
  writer.byte(WIRE_EVENT)
  writer.byte(
    (flags.late ? LATE : 0) |
      (flags.shared ? SHARED : 0) |
      (flags.dedupe ? 0 : NO_DEDUPE) |
      (flags.internal ? INTERNAL : 0),
  )
  writer.int(event.time)
  writer.int(event.time - watermark)
  writer.text(event.type)
  writer.text(event.source)
  writer.text(event.id)
  const channel = event.context?.['channel']
  writer.optionalText(typeof channel === 'string' ? channel : undefined)
  writeIdentifiers(writer, attached)
  const context = writer.beginSized()
  if (event.context !== undefined) writer.value(event.context)
  writer.endSized(context)
  const data = writer.beginSized()
  writer.value(event.data)
  writer.endSized(data)
  writeIdentifiers(writer, event.identifiers)
}

function writeIdentifiers(writer: ByteWriter, identifiers: readonly Identifier[]): void {
  writer.uint(identifiers.length)
  for (const { type, value } of identifiers) {
    writer.text(type)
    writer.text(value)
  }
}

function readIdentifiers(reader: ByteReader): readonly Identifier[] {
  let left = reader.uint()
  if (left === 0) return NO_IDENTIFIERS
  const list: Identifier[] = []
  for (; left > 0; left--) list.push({ type: reader.text(), value: reader.text() })
  return list
}

/** An event as a profile task sees it. One class, so that every operator meets one hidden class. */
export class WireEvent implements StreamEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: EpochMs
  readonly person: string
  readonly channel: string | undefined
  readonly late: boolean
  readonly shared: boolean
  readonly attached: readonly Identifier[]
  readonly cause: Cause | undefined = undefined
  /** The watermark that it met at the gate. */
  readonly watermark: EpochMs
  readonly dedupe: boolean
  readonly internal: boolean
  private readonly bytes: Buffer
  private readonly contextStart: number
  private readonly dataStart: number
  private readonly identifiersStart: number
  private readonly end: number
  private contextValue: Json | undefined = undefined
  private dataValue: Json | undefined = undefined

  /** Reads behind the kind byte. */
  constructor(person: string, reader: ByteReader) {
    const flags = reader.byte()
    this.person = person
    this.late = (flags & LATE) !== 0
    this.shared = (flags & SHARED) !== 0
    this.dedupe = (flags & NO_DEDUPE) === 0
    this.internal = (flags & INTERNAL) !== 0
    this.time = reader.int()
    this.watermark = this.time - reader.int()
    this.type = reader.text()
    this.source = reader.text()
    this.id = reader.text()
    this.channel = reader.optionalText()
    this.attached = readIdentifiers(reader)
    this.bytes = reader.buffer
    const contextBytes = reader.sized()
    this.contextStart = reader.at
    reader.at += contextBytes
    const dataBytes = reader.sized()
    this.dataStart = reader.at
    this.identifiersStart = reader.at + dataBytes
    this.end = reader.end
  }

  get context(): Json | undefined {
    const end = this.dataStart - 4
    if (this.contextValue === undefined && this.contextStart < end)
      this.contextValue = contexts.read(this.bytes, this.contextStart, end)
    return this.contextValue
  }

  get data(): Json {
    this.dataValue ??= this.reader(this.dataStart).value() as Json
    return this.dataValue
  }

  field(name: string): unknown {
    return this.data[name]
  }

  /** As the upstream sent them: for who writes the event out whole. */
  get identifiers(): readonly Identifier[] {
    return readIdentifiers(this.reader(this.identifiersStart))
  }

  private reader(start: number): ByteReader {
    return new Reader(this.bytes, start, this.end)
  }
}

/** Contexts are alike from event to event (channel, campaign, zone): comparing bytes costs a tenth of decoding them. */
const CONTEXTS_KEPT = 256

function createContexts(): { read(bytes: Buffer, start: number, end: number): Json } {
  const kept: ({ readonly bytes: Buffer; readonly value: Json } | undefined)[] = Array.from({
    length: CONTEXTS_KEPT,
  })
  return {
    read(bytes, start, end) {
      const place =
        ((end - start) * 31 + (bytes[end - 2] as number) * 7 + (bytes[(start + end) >> 1] as number)) %
        CONTEXTS_KEPT
      const same = kept[place]
      if (same !== undefined && same.bytes.compare(bytes, start, end) === 0) return same.value
      const value = Object.freeze(new Reader(bytes, start, end).value() as Json)
      kept[place] = { bytes: Buffer.from(bytes.subarray(start, end)), value }
      return value
    },
  }
}

const contexts = createContexts()

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
