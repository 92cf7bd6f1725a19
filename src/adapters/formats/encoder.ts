/** The encoder of outputs: JSON as it is printed, or Avro by the schema of the value's family. */
import { ByteWriter } from '../../model/bytes.ts'
import type { Encoder } from '../../runtime/ports/codec.ts'
import { familyOf, writeAvroOutput } from './avro/output.ts'
import type { Family, SchemaBook } from './avro/schema-book.ts'
import { writeText } from './avro/write.ts'

/** The id under which a registry knows a family's newest schema for a topic; undefined: the program's own id serves. */
export type RegisteredId = (topic: string, family: Family) => number | undefined

export function createEncoder(schemas: SchemaBook, registeredId: RegisteredId = () => undefined): Encoder {
  const writer = new ByteWriter()
  return {
    encode(topic, format, value) {
      writer.reset()
      if (format === 'avro') writeAvroOutput(schemas, value, writer, registeredId(topic, familyOf(value)))
      else writeText(writer, JSON.stringify(value))
      return writer.view()
    },
  }
}
