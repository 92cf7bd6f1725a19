/** Bytes written by avsc itself, so that our reading and writing are judged by another implementation. */
import avro from 'avsc'
import type { Type } from 'avsc'
import { type Family, readSchemaFiles } from '../../../../src/adapters/formats/avro/schema-book.ts'
import type { Json } from '../../../../src/model/event.ts'
import { ByteWriter } from '../../../../src/model/bytes.ts'
import { compileWrite } from '../../../../src/adapters/formats/avro/write.ts'
import { parseSchema } from '../../../../src/adapters/formats/avro/schema.ts'
import { parseTime } from '../../../../src/model/time.ts'

const files = readSchemaFiles()

export const schemaText = (family: Family): string => {
  const file = files.findLast((one) => one.family === family)
  if (file === undefined) throw new Error(family)
  return file.text
}

/** avsc's own type of a family. */
export const avscType = (family: Family): Type =>
  avro.Type.forSchema(JSON.parse(schemaText(family)), { wrapUnions: 'always' })

export function frame(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, body])
}

const write = compileWrite(parseSchema(JSON.parse(schemaText('event'))))

/** An event's form by `schemas/event`; undefined when the schema cannot say it. */
export function avroBytes({ source = null, time, identifiers = [], ...form }: Json): Buffer | undefined {
  const value = { ...form, source, identifiers, time: parseTime(time) }
  if (!write.fits(value)) return undefined
  const writer = new ByteWriter()
  write.write(writer, value, '')
  return frame(1001, writer.copy())
}

/** A long's bytes by the book: zigzag, then seven bits a byte. */
export function longBytes(value: bigint): number[] {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}
