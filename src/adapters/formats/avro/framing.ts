/** Confluent framing: a byte 0, the schema id as a big-endian int32, the body. */
import type { ByteWriter } from '../../../model/bytes.ts'
import { Misfit } from '../answer.ts'
import { AvroFault, AvroReader } from './reader.ts'
import type { SchemaBook } from './schema-book.ts'

export const MAGIC = 0
export const HEADER_BYTES = 5

/** One for all: reading is synchronous and never nested. */
const reader = new AvroReader()

/** The value of a framed record, a plain object; or what is wrong with the bytes. */
export function readFramed(
  schemas: SchemaBook,
  buffer: Buffer,
  start: number,
  end: number,
): Misfit | { readonly value: unknown } {
  const first = buffer[start]
  if (start >= end || first !== MAGIC) {
    return new Misfit(
      'unknown-format',
      `the first byte must be 0 (Avro with a schema id), not ${start >= end ? 'missing' : first}`,
    )
  }
  if (end - start < HEADER_BYTES) return new Misfit('decode-failed', 'the bytes end inside the schema id')
  const id = buffer.readInt32BE(start + 1)
  const read = schemas.reader(id)
  if (read === undefined) return new Misfit('schema-unknown', `schema id ${id} is not known`, id)
  reader.reset(buffer, start + HEADER_BYTES, end)
  try {
    const value = read(reader)
    if (reader.at === end) return { value }
    return new Misfit('decode-failed', `${end - reader.at} bytes are left behind the value of schema ${id}`)
  } catch (error) {
    if (error instanceof AvroFault) return new Misfit('decode-failed', `${error.message} (schema ${id})`)
    throw error
  }
}

export function writeHeader(writer: ByteWriter, id: number): void {
  writer.byte(MAGIC)
  writer.byte(id >>> 24)
  writer.byte((id >>> 16) & 255)
  writer.byte((id >>> 8) & 255)
  writer.byte(id & 255)
}
