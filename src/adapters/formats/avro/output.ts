/**
 * Outputs in Avro (contracts, section 7): one schema per family, the envelope with `data` as a union of the family's records. Types
 * that a family has no record for, a business's own, carry their data as JSON (`OwnData`).
 */
import type { ByteWriter } from '../../../model/bytes.ts'
import type { Json } from '../../../model/event.ts'
import { InvariantError } from '../../../model/errors.ts'
import { Misfit } from '../answer.ts'
import { isObject } from '../source-event.ts'
import { readFramed, writeHeader } from './framing.ts'
import { FAMILIES, type Family, type SchemaBook } from './schema-book.ts'

/** The family of an output's value. Types of no family of their own go with the triggers. */
export function familyOf(value: Json): Family {
  const { type } = value
  if (typeof type !== 'string') {
    if (isObject(value['event'])) return 'late-event'
    if (typeof value['reason'] === 'string') return 'dead-letter'
    throw new InvariantError('a value without type is a late event or a dead letter')
  }
  if (type === 'person.erased') return 'identity'
  const word = type.slice(0, type.indexOf('.'))
  return word !== 'event' && (FAMILIES as readonly string[]).includes(word) ? (word as Family) : 'trigger'
}

/** `offer.emitted`: `OfferEmitted`. */
const recordName = (type: string): string =>
  type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** Writes the framed bytes of an output's value. `schemaId`: the program's own unless a registry said. */
export function writeAvroOutput(
  schemas: SchemaBook,
  value: Json,
  writer: ByteWriter,
  schemaId?: number,
): void {
  const schema = schemas.newest(familyOf(value))
  if (!schema.write.fits(value)) {
    const { type, id } = value
    throw new InvariantError(
      `${String(type)} ${String(id)} does not fit schemas/${schema.family}/v${schema.version}`,
    )
  }
  writeHeader(writer, schemaId ?? schema.id)
  schema.write.write(writer, value, typeof value['type'] === 'string' ? recordName(value['type']) : '')
}

/** An output as it was before {@link writeAvroOutput}, except that fields which were null are absent; undefined if it is none. */
export function readAvroOutput(schemas: SchemaBook, buffer: Buffer): Json | undefined {
  const read = readFramed(schemas, buffer, 0, buffer.length)
  return read instanceof Misfit || !isObject(read.value) ? undefined : read.value
}
