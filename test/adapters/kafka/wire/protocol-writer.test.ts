/** A request may be longer than the buffer it began in, whichever field it is that no longer fits. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ProtocolWriter } from '../../../../src/adapters/kafka/wire/protocol-writer.ts'

type Field = (writer: ProtocolWriter) => ProtocolWriter

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.integer({ min: -128, max: 127 }).map(
    (n): Field =>
      (writer) =>
        writer.int8(n),
  ),
  fc.integer({ min: -32_768, max: 32_767 }).map(
    (n): Field =>
      (writer) =>
        writer.int16(n),
  ),
  fc.integer().map(
    (n): Field =>
      (writer) =>
        writer.int32(n),
  ),
  fc.maxSafeInteger().map(
    (n): Field =>
      (writer) =>
        writer.int64(n),
  ),
  fc.string().map(
    (text): Field =>
      (writer) =>
        writer.text(text),
  ),
  fc.string({ maxLength: 300 }).map(
    (text): Field =>
      (writer) =>
        writer.compactText(text),
  ),
  fc.uint8Array().map(
    (bytes): Field =>
      (writer) =>
        writer.bytes(Buffer.from(bytes)),
  ),
  fc.array(fc.integer(), { maxLength: 200 }).map(
    (list): Field =>
      (writer) =>
        writer.compactList(list, (one) => writer.int32(one)),
  ),
)

test('what is written does not depend on the size of the buffer it began in', () => {
  fc.assert(
    fc.property(fc.array(field), fc.integer({ min: 1, max: 40 }), (fields, capacity) => {
      const write = (writer: ProtocolWriter): string => {
        for (const one of fields) one(writer)
        return Buffer.concat(writer.parts()).toString('hex')
      }
      expect(write(new ProtocolWriter(capacity))).toBe(write(new ProtocolWriter(1 << 20)))
    }),
  )
})
