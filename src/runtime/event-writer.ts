/**
 * Writes an event for the internal topic: a small header, a table of the fields of its data, and the body. `wire-event.ts` reads it.
 */
import type { ByteWriter } from '../model/bytes.ts'
import { InvariantError } from '../model/errors.ts'
import type { SourceEvent } from '../model/event.ts'
import type { Identifier } from '../model/identifiers.ts'
import type { EpochMs } from '../model/time.ts'
import { ABSENT, EventParts, fillParts } from './event-parts.ts'
import { OWN_NAME } from './wire-names.ts'

/** 1 was an event without a table of its fields. */
export const WIRE_EVENT = 5
/** Flags of an event, for {@link writeParts}. */
export const LATE = 1
export const SHARED = 2
export const NO_DEDUPE = 4
/** Written by the gate about a person, not by an upstream: neither counted nor remembered as seen. */
export const INTERNAL = 8
export const HAS_CHANNEL = 16
export const HAS_ATTACHED = 32
export const HAS_CONTEXT = 64

export interface WireFlags {
  readonly late: boolean
  readonly shared: boolean
  readonly dedupe: boolean
  readonly internal: boolean
}

/** A row of the table: the field's number, its tag, and its place in three bytes. */
export const ROW_BYTES = 5
/** What three bytes can say; no input comes near it, whatever form its values have. */
const BODY_BYTES_MAX = 2 ** 24

/** For events that are plain values. */
const scratchParts = new EventParts()

export function writeEvent(
  writer: ByteWriter,
  watermark: EpochMs,
  event: SourceEvent,
  attached: readonly Identifier[],
  flags: WireFlags,
): void {
  fillParts(scratchParts, event)
  const bits =
    (flags.late ? LATE : 0) |
    (flags.shared ? SHARED : 0) |
    (flags.dedupe ? 0 : NO_DEDUPE) |
    (flags.internal ? INTERNAL : 0)
  writeParts(writer, watermark, scratchParts, attached, bits)
}

/** `flags`: of {@link LATE}, {@link SHARED}, {@link NO_DEDUPE} and {@link INTERNAL}. */
export function writeParts(
  writer: ByteWriter,
  watermark: EpochMs,
  parts: EventParts,
  attached: readonly Identifier[],
  flags: number,
): void {
  const { time, typeNumber, channel, contextAt, buffer, start, end, more } = parts
  const body = parts.morePlace
  if (body > BODY_BYTES_MAX) throw new InvariantError(`an event of ${body} bytes`)
  writer.byte(WIRE_EVENT)
  writer.byte(
    flags |
      (channel === undefined ? 0 : HAS_CHANNEL) |
      (attached.length === 0 ? 0 : HAS_ATTACHED) |
      (contextAt === ABSENT ? 0 : HAS_CONTEXT),
  )
  writer.int(time)
  writer.int(time - watermark)
  writer.byte(typeNumber)
  if (typeNumber === OWN_NAME) writer.text(parts.type)
  if (channel !== undefined) writer.text(channel)
  if (attached.length > 0) writeIdentifiers(writer, attached)
  writer.uint(body)
  writer.uint(parts.idAt)
  writer.uint(parts.sourceAt)
  writer.uint(parts.identifiersAt)
  if (contextAt !== ABSENT) writer.uint(contextAt)
  writeTable(writer, parts)
  writer.reserve(end - start)
  writer.length += buffer.copy(writer.buffer, writer.length, start, end)
  if (more.length > 0) writer.raw(more.buffer, 0, more.length)
}

function writeTable(writer: ByteWriter, parts: EventParts): void {
  const { fields, fieldNumbers, fieldTags, fieldPlaces } = parts
  writer.uint(fields)
  writer.reserve(fields * ROW_BYTES)
  const to = writer.buffer
  let at = writer.length
  for (let i = 0; i < fields; i++) {
    const place = fieldPlaces[i] as number
    to[at] = fieldNumbers[i] as number
    to[at + 1] = fieldTags[i] as number
    to[at + 2] = place & 255
    to[at + 3] = (place >>> 8) & 255
    to[at + 4] = place >>> 16
    at += ROW_BYTES
  }
  writer.length = at
  for (let i = 0; i < parts.ownNames; i++) writer.text(parts.ownNameTexts[i] as string)
}

function writeIdentifiers(writer: ByteWriter, identifiers: readonly Identifier[]): void {
  writer.uint(identifiers.length)
  for (const { type, value } of identifiers) {
    writer.text(type)
    writer.text(value)
  }
}
