/**
 * The parts of an event as bytes, on their way from a format into a record of the internal topic: where each lies in one body.
 *
 * 1. A body is the bytes as they came from the source, as far as they can stay as they are, and behind them whatever had to be written
 *    anew. So an event in Avro is copied in one piece: 60 ns, where copying string by string costs as much for each of them.
 * 2. Texts have their length in front, as a zigzag varint, and integers are zigzag varints: as Avro has both.
 * 3. Parts are filled anew for each event and belong to who fills them; they are good until the next one.
 */
import { ByteReader, ByteWriter, asciiText, utf8Text } from '../model/bytes.ts'
import { InvariantError } from '../model/errors.ts'
import type { Json, SourceEvent } from '../model/event.ts'
import type { Identifier } from '../model/identifiers.ts'
import { knownText } from '../model/known-texts.ts'
import type { EpochMs } from '../model/time.ts'
import { type Names, namesOf } from './known-names.ts'
import { FIELD_NAMES, OWN_NAME, fieldNumberOf, typeNumberOf } from './wire-names.ts'

/** What lies at the place of a field. */
export const NULL = 0
export const FALSE = 1
export const TRUE = 2
export const INT = 3
/** Little end first, as a float is. */
export const DOUBLE = 4
export const TEXT = 5
/** Anything, as `ByteWriter.value` writes it. */
export const VALUE = 6
export const FLOAT = 7
/** A text that is known to be ASCII. */
export const ASCII = 8

/** No such part. */
export const ABSENT = -1

const EMPTY = Buffer.alloc(0)
const NO_NAMES = namesOf([])
/** Where parts are read, one after the other. */
const scratch = new ByteReader(EMPTY)

/** Places count from the start of the body. What an event is as values is read from its parts, for whoever asks. */
export class EventParts implements SourceEvent {
  type = ''
  /** Of the type; {@link OWN_NAME}: it has none. */
  typeNumber = OWN_NAME
  time: EpochMs = 0
  /** `context.channel`, if it is text. */
  channel: string | undefined = undefined
  /** The first part of the body is `buffer[start, end)`. */
  buffer: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  /** The second one. */
  readonly more = new ByteWriter()
  idAt = 0
  sourceAt = 0
  /** In Avro's form of an array: blocks with their count in front, each a type and a value. */
  identifiersAt = 0
  /** The same, decoded. */
  names: Names = NO_NAMES
  /** As `ByteWriter.value` writes it, the last thing in the body; {@link ABSENT}: there is none. */
  contextAt = ABSENT
  fields = 0
  /** Of each field in order: its number, what lies at its place, and the place. */
  readonly fieldNumbers: number[] = []
  readonly fieldTags: number[] = []
  readonly fieldPlaces: number[] = []
  ownNames = 0
  /** Of the fields without a number, in order. */
  readonly ownNameTexts: string[] = []

  /** Begins anew, over these bytes. */
  begin(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer
    this.start = start
    this.end = end
    this.more.reset()
    this.channel = undefined
    this.contextAt = ABSENT
    this.fields = 0
    this.ownNames = 0
  }

  get id(): string {
    return readLongText(this.reader(this.idAt))
  }

  get source(): string {
    return readLongText(this.reader(this.sourceAt))
  }

  get identifiers(): readonly Identifier[] {
    return this.names.identifiers
  }

  get context(): Json | undefined {
    return this.contextAt === ABSENT ? undefined : (this.reader(this.contextAt).value() as Json)
  }

  get data(): Json {
    const data: Record<string, unknown> = {}
    let ownNames = 0
    for (let column = 0; column < this.fields; column++) {
      const number = this.fieldNumbers[column] as number
      const name = number === OWN_NAME ? this.ownNameTexts[ownNames++] : FIELD_NAMES[number]
      put(data, name as string, this.value(column))
    }
    return data
  }

  field(number: number, name: string, tag: number, place: number): void {
    const at = this.fields++
    this.fieldNumbers[at] = number
    this.fieldTags[at] = tag
    this.fieldPlaces[at] = place
    if (number === OWN_NAME) this.ownNameTexts[this.ownNames++] = name
  }

  /** Of a field. */
  value(column: number): unknown {
    return readField(this.reader(this.fieldPlaces[column] as number), this.fieldTags[column] as number)
  }

  isEmptyText(column: number): boolean {
    const tag = this.fieldTags[column] as number
    if (tag !== ASCII && tag !== TEXT) return false
    const place = this.fieldPlaces[column] as number
    const at = this.start + place
    const first = at < this.end ? this.buffer[at] : this.more.buffer[at - this.end]
    // A length may be said in more bytes than it needs.
    return first === 0 || (first === 128 && endOfText(this.reader(place)) === scratch.at)
  }

  private reader(place: number): ByteReader {
    const at = this.start + place
    return at < this.end
      ? scratch.reset(this.buffer, at, this.end)
      : scratch.reset(this.more.buffer, at - this.end, this.more.length)
  }

  /** Where in the body is written what comes next. */
  get morePlace(): number {
    return this.end - this.start + this.more.length
  }
}

/** A key like `__proto__` is data of some upstream, never a prototype. */
export function put(result: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true })
  else result[key] = value
}

/** Fills parts with an event that is plain values. */
export function fillParts(parts: EventParts, event: SourceEvent): void {
  const { more } = parts
  const { context, data } = event
  parts.begin(EMPTY, 0, 0)
  parts.type = event.type
  parts.typeNumber = typeNumberOf(event.type)
  parts.time = event.time
  parts.idAt = more.length
  writeLongText(more, event.id)
  parts.sourceAt = more.length
  writeLongText(more, event.source)
  parts.identifiersAt = more.length
  writeBlocks(more, event.identifiers)
  parts.names = namesOf(event.identifiers)
  for (const name of Object.keys(data)) {
    const place = more.length
    parts.field(fieldNumberOf(name), name, writeField(more, data[name]), place)
  }
  if (context !== undefined) writeContext(parts, context)
}

/** The last thing of all. */
export function writeContext(parts: EventParts, context: Json): void {
  const channel = context['channel']
  if (typeof channel === 'string') parts.channel = channel
  parts.contextAt = parts.morePlace
  parts.more.value(context)
}

/** Answers its tag. */
export function writeField(writer: ByteWriter, value: unknown): number {
  if (value === null || value === undefined) return NULL
  if (typeof value === 'string') return writeLongText(writer, value)
  if (value === false) return FALSE
  if (value === true) return TRUE
  if (typeof value !== 'number') {
    writer.value(value)
    return VALUE
  }
  if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52 && !Object.is(value, -0)) {
    writer.int(value)
    return INT
  }
  writer.float(value)
  return DOUBLE
}

/** A text with its length as a zigzag varint, in bytes; answers its tag. */
export function writeLongText(writer: ByteWriter, text: string): number {
  const at = writer.length
  const units = text.length
  writer.int(units)
  const start = writer.length
  writer.characters(text)
  const bytes = writer.length - start
  if (bytes === units) return ASCII
  writer.length = at
  writer.int(bytes)
  writer.characters(text)
  return TEXT
}

export function writeBlocks(writer: ByteWriter, identifiers: readonly Identifier[]): void {
  if (identifiers.length > 0) writer.int(identifiers.length)
  for (let i = 0; i < identifiers.length; i++) {
    const { type, value } = identifiers[i] as Identifier
    writeLongText(writer, type)
    writeLongText(writer, value)
  }
  writer.int(0)
}

/** Texts of data that are as short as a currency are words that come again. */
const WORD_BYTES_MAX = 12

/** What {@link writeField} wrote; the reader stands at its place. */
export function readField(reader: ByteReader, tag: number): unknown {
  switch (tag) {
    case NULL:
      return null
    case FALSE:
      return false
    case TRUE:
      return true
    case INT:
      return reader.int()
    case DOUBLE:
      return reader.float()
    case TEXT:
      return readLongText(reader)
    case VALUE:
      return reader.value()
    case FLOAT:
      return readFloat(reader)
    case ASCII: {
      const end = endOfText(reader)
      const { buffer, at } = reader
      reader.at = end
      if (end - at > WORD_BYTES_MAX) return asciiText(buffer, at, end)
      return knownText(buffer, at, end) ?? asciiText(buffer, at, end)
    }
    default:
      throw new InvariantError(`unknown tag ${tag} of a field`)
  }
}

function readFloat(reader: ByteReader): number {
  const { buffer, at, end } = reader
  if (at + 4 > end) throw new InvariantError('bytes end too early')
  reader.at = at + 4
  return buffer.readFloatLE(at)
}

/** Where the text ends whose length is next; the reader stands at its first byte then. */
export function endOfText(reader: ByteReader): number {
  const size = reader.int()
  const end = reader.at + size
  if (size < 0 || end > reader.end) throw new InvariantError('bytes end too early')
  return end
}

export function readLongText(reader: ByteReader): string {
  const end = endOfText(reader)
  const { buffer, at } = reader
  reader.at = end
  return knownText(buffer, at, end) ?? utf8Text(buffer, at, end)
}

export function readBlocks(reader: ByteReader): readonly Identifier[] {
  const list: Identifier[] = []
  for (let count = reader.int(); count !== 0; count = reader.int()) {
    if (count < 0) reader.int()
    for (let left = Math.abs(count); left > 0; left--)
      list.push({ type: readLongText(reader), value: readLongText(reader) })
  }
  return list
}
