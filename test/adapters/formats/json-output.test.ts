/** What is written piece by piece is the text that `JSON.stringify` writes, to the byte. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { envelopeValue, jsonEncoder, writeJsonEnvelope } from '../../../src/adapters/formats/json-output.ts'
import { ByteWriter } from '../../../src/model/bytes.ts'
import type { Cause } from '../../../src/model/event.ts'
import type { Envelope } from '../../../src/runtime/ports/codec.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 60 }),
  fc.constantFrom('"', '\\', '\u007f', '\n', 'Å', '\ud800', '😀', '2026-05-02T10:00:00.000Z'),
)
const time = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.maxSafeInteger().map((at) => at % 2 ** 51),
)
const cause: fc.Arbitrary<Cause | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ timer: text, due: time }),
  fc.record({ source: text, id: text }),
)
const anEnvelope: fc.Arbitrary<Envelope> = fc.record({
  id: text,
  source: text,
  type: text,
  time,
  person: text,
  cause,
  data: fc.dictionary(text, fc.jsonValue()),
})

describe('an envelope', () => {
  test('is the text of its value, behind whatever was written before', () => {
    const writer = new ByteWriter(16)
    fc.assert(
      fc.property(anEnvelope, fc.nat(40), (envelope, before) => {
        writer.reset()
        writer.characters('x'.repeat(before))
        writeJsonEnvelope(writer, envelope)
        expect(writer.view(before).toString()).toBe(
          Buffer.from(JSON.stringify(envelopeValue(envelope))).toString(),
        )
      }),
    )
  })

  test('leaves out what is undefined in its data', () => {
    const writer = new ByteWriter()
    const data = { a: undefined, b: 1 }
    const of = { id: 'i', source: 's', type: 't', time: 0, person: 'p', cause: undefined, data }
    jsonEncoder.envelope(writer, 'any', 'avro', of)
    expect(writer.view().toString()).toBe(
      '{"id":"i","source":"s","type":"t","time":"1970-01-01T00:00:00.000Z","person_id":"p","cause":null,"data":{"b":1}}',
    )
  })
})
