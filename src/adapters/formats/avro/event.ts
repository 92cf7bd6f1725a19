/**
 * Events in Avro: read from any writer whose record has the fields of `schemas/event` by name, and written by the newest version.
 * Fields that this version does not know pass through in `data`; nulls count as absent.
 */
import type { ByteWriter } from '../../../model/bytes.ts'
import type { Json, SourceEvent } from '../../../model/event.ts'
import { InvariantError } from '../../../model/errors.ts'
import { EVENT_BYTES_MAX } from '../../../model/limits.ts'
import { Misfit } from '../answer.ts'
import { type EventForm, isObject } from '../source-event.ts'
import { roomBehind } from '../value-size.ts'
import { readFramed, writeHeader } from './framing.ts'
import type { SchemaBook } from './schema-book.ts'

export function avroEvent(
  schemas: SchemaBook,
  buffer: Buffer,
  start: number,
  end: number,
): EventForm | Misfit {
  const read = readFramed(schemas, buffer, start, end)
  if (read instanceof Misfit) return read
  if (!isObject(read.value)) return new Misfit('invalid-event', 'the record is no Avro record')
  if (roomBehind(read.value, EVENT_BYTES_MAX) >= 0) return read.value
  return new Misfit('too-large', `the event takes more than ${EVENT_BYTES_MAX} bytes once it is decoded`)
}

/** Writes the framed bytes of an event, for programs that produce events themselves. `schemaId`: the program's own unless a registry said. */
export function writeAvroEvent(
  schemas: SchemaBook,
  event: SourceEvent,
  writer: ByteWriter,
  schemaId?: number,
): void {
  const schema = schemas.newest('event')
  const value = event as unknown as Json
  if (!schema.write.fits(value))
    throw new InvariantError(`event ${event.id} does not fit schemas/event/v${schema.version}`)
  writeHeader(writer, schemaId ?? schema.id)
  schema.write.write(writer, value, '')
}
