/** What is written piece by piece is the text that `JSON.stringify` writes, to the byte. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { envelopeValue, jsonEncoder, writeJsonEnvelope } from '../../../src/adapters/formats/json-output.ts'
import { ByteWriter } from '../../../src/model/bytes.ts'
import type { Cause, Json } from '../../../src/model/event.ts'
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
const number = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.nat(2e9).map((cents) => cents / 100),
  fc.nat(2e9).map((cents) => cents * 0.01),
  fc.double(),
  fc.constantFrom(-0, 0.1, 0.5, 1.005, 99.99, 9_999_999, 9_999_999.99, 1e7, 2 ** 31, 2 ** 53, 1e21, 5e-324),
)
/** What data is made of; texts of all lengths about where one way of writing them ends. */
const plain = fc.string({ maxLength: 40, unit: 'grapheme-ascii' })
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(number, plain, text, fc.boolean(), fc.constantFrom(null, undefined)),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(plain, text, fc.constantFrom('a', 'b', '1', '')), tie('any'), { maxKeys: 6 }),
  ),
})).any
const anEnvelope: fc.Arbitrary<Envelope> = fc.record({
  id: text,
  source: text,
  type: text,
  time,
  person: text,
  cause,
  data: fc.dictionary(text, fc.oneof(fc.jsonValue(), value)),
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

  test.each([1, 10, 100, 500, 1000, 2000, 3000, 20_000])('of data of any size: %i times', (times) => {
    const writer = new ByteWriter(16)
    const lines = Array.from({ length: times }, (_, i) => ({
      product: `p-${i}`,
      price: i / 100,
      found: true,
    }))
    const depth = Math.min(times, 1000)
    const deep: Json = JSON.parse(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`)
    const types = Object.fromEntries(lines.map(({ product }, i) => [product, i]))
    for (const data of [{ lines }, { types }, deep, { long: 'x'.repeat(times) }, { long: 'Å'.repeat(times) }])
      for (const source of ['s', 's'.repeat(times), '"'.repeat(times)]) {
        const of = { id: 'i', source, type: 't', time: 0, person: source, cause: undefined, data }
        writer.reset()
        writeJsonEnvelope(writer, of)
        expect(writer.view().toString() === JSON.stringify(envelopeValue(of))).toBe(true)
      }
  })

  test('fills what room there is to the last byte, and goes the long way from there', () => {
    const writer = new ByteWriter(16)
    for (let size = 16_000; size < 16_500; size++) {
      const data = {
        a: ['x'.repeat(size / 3), [[[[[true, null, { b: 1.25 }]]]]]],
        b: 'y'.repeat(size - size / 3),
      }
      const of = { id: 'i', source: 's', type: 't', time: 0, person: 'p', cause: undefined, data }
      writer.reset()
      writeJsonEnvelope(writer, of)
      expect(writer.view().toString() === JSON.stringify(envelopeValue(of))).toBe(true)
    }
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
