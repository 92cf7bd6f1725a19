/** The encoder of outputs: JSON as it is printed, or Avro by the schema of the value's family. */
import type { Encoder } from '../../runtime/ports/codec.ts'
import { familyOf, writeAvroOutput } from './avro/output.ts'
import type { Family, SchemaBook } from './avro/schema-book.ts'
import { envelopeValue, jsonEncoder } from './json-output.ts'

/** The id under which a registry knows a family's newest schema for a topic; undefined: the program's own id serves. */
export type RegisteredId = (topic: string, family: Family) => number | undefined

export function createEncoder(schemas: SchemaBook, registeredId: RegisteredId = () => undefined): Encoder {
  const encoder: Encoder = {
    envelope(writer, topic, format, envelope) {
      if (format === 'json') jsonEncoder.envelope(writer, topic, format, envelope)
      else encoder.value(writer, topic, format, envelopeValue(envelope))
    },
    value(writer, topic, format, value) {
      if (format === 'json') jsonEncoder.value(writer, topic, format, value)
      else writeAvroOutput(schemas, value, writer, registeredId(topic, familyOf(value)))
    },
  }
  return encoder
}
