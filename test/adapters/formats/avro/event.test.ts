import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import fc from 'fast-check'
import { writeAvroEvent } from '../../../../src/adapters/formats/avro/event.ts'
import { createSchemaBook } from '../../../../src/adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../../../src/adapters/formats/decoder.ts'
import { ByteWriter } from '../../../../src/model/bytes.ts'
import type { SourceEvent } from '../../../../src/model/event.ts'
import type { Decoded } from '../../../../src/runtime/ports/codec.ts'
import { decodeRecord, schemas, source, TEN_MS } from '../form-cases.ts'
import { avscType, frame } from './avro-bytes.ts'

const plan = source({ format: 'avro' })
const EVENT: SourceEvent = {
  id: 'e-1',
  source: 'web',
  type: 'product.added',
  time: TEN_MS,
  identifiers: [{ type: 'email', value: 'Åse@example.org' }],
  context: {
    channel: 'web',
    location: { lat: 55.67, lon: 12.56, accuracy_m: 20 },
    campaign: 'spring',
    own: [1],
  },
  data: { product_id: 'p9', price: 19.5, quantity: 2, color: { name: 'red' } },
}

function written(event: SourceEvent): Buffer {
  const writer = new ByteWriter()
  writeAvroEvent(schemas, event, writer)
  return writer.copy()
}
const back = (event: SourceEvent): SourceEvent => {
  const decoded = decodeRecord(plan, written(event))
  if (decoded.kind !== 'event') throw new Error(JSON.stringify(decoded))
  return decoded.event
}

describe('what we write we read', () => {
  test('an event', () => {
    expect(back(EVENT)).toEqual(EVENT)
  })

  test.each<[string, Partial<SourceEvent>]>([
    [
      'an order',
      {
        type: 'order.completed',
        data: { order_id: 'o', products: [{ product_id: 'p', quantity: 1, price: 2 }], total: 2 },
      },
    ],
    [
      'lines with fields of their own',
      { type: 'order.completed', data: { order_id: 'o', products: [{ product_id: 'p', sku: 7 }] } },
    ],
    [
      'times as text',
      { type: 'trip.started', data: { trip_id: 't', scheduled_arrival_at: '2026-05-04T10:00:00+02:00' } },
    ],
    ['times as milliseconds', { type: 'trip.started', data: { trip_id: 't', scheduled_arrival_at: TEN_MS } }],
    [
      'traits',
      { type: 'person.described', data: { traits: { age: 31, vip: true, tribe: 'coast', home: null } } },
    ],
    ['traits in each other', { type: 'person.described', data: { traits: { home: { city: 'Billund' } } } }],
    ["a business's own", { type: 'ride.boarded', data: { category: 7, deep: { list: [null, 1.5, 'x'] } } }],
    ['no context', { context: undefined }],
    ['a context of its own', { context: { timezone: 7 } }],
    ['a time before 1970', { time: -1 }],
  ])('%s', (_, more) => {
    expect(back({ ...EVENT, ...more })).toEqual({ ...EVENT, ...more })
  })

  test('any valid event', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 })
    const json = fc.dictionary(
      fc.constantFrom('own', '__proto__', 'constructor', 'data_json', 'Åse', ''),
      fc.jsonValue({ maxDepth: 3 }),
      {
        maxKeys: 6,
      },
    )
    const event = fc.record({
      id: text.filter((id) => id !== ''),
      source: text.filter((name) => name !== ''),
      type: fc.constantFrom('ride.boarded', 'fast_pass.used', 'a.b.c'),
      time: fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
      identifiers: fc.array(fc.record({ type: fc.stringMatching(/^[a-z]{1,8}$/), value: text }), {
        maxLength: 5,
      }),
      context: fc.option(json, { nil: undefined }),
      data: json,
    })
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    fc.assert(
      fc.property(event, (value) => {
        // JSON knows one zero only. (Keys of the schema are not drawn: a null there comes back as absent.)
        const sent = plain(value) as SourceEvent
        expect(plain(back(sent))).toEqual(sent)
      }),
      { numRuns: 300 },
    )
  })

  test('avsc reads it too', () => {
    expect(avscType('event').fromBuffer(written(EVENT).subarray(5))).toMatchObject({
      id: 'e-1',
      time: TEN_MS,
      data: { price: { double: 19.5 }, data_json: { string: '{"color":{"name":"red"}}' } },
    })
  })
})

describe('a writer with a schema of its own', () => {
  const SCHEMA = {
    type: 'record',
    name: 'ProductAdded',
    namespace: 'com.example.shop',
    fields: [
      { name: 'time', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'id', type: 'string' },
      { name: 'type', type: { type: 'enum', name: 'T', symbols: ['product_added', 'x'] } },
      {
        name: 'identifiers',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'I',
            fields: [
              { name: 'type', type: 'string' },
              { name: 'value', type: 'long' },
            ],
          },
        },
      },
      { name: 'data', type: { type: 'map', values: ['null', 'string', 'double'] } },
    ],
  }
  const decode = (schema: object, value: unknown): Decoded => {
    const book = createSchemaBook()
    book.learn(42, JSON.stringify(schema))
    const bytes = frame(42, avro.Type.forSchema(schema as never, { wrapUnions: 'always' }).toBuffer(value))
    return createDecoder(book, []).decode(plan, bytes, 0, bytes.length)
  }
  const value = {
    time: TEN_MS * 1000,
    id: 'a',
    type: 'product.added',
    identifiers: [{ type: 'user_id', value: 7 }],
    data: { product_id: { string: 'p' }, price: { double: 2 }, own: { string: 'x' } },
  }

  test('is read by the names of its fields', () => {
    const schema = {
      ...SCHEMA,
      fields: SCHEMA.fields.map((field) =>
        field.name === 'type' ? { name: 'type', type: 'string' } : field,
      ),
    }
    expect(decode(schema, value)).toMatchObject({
      kind: 'event',
      event: {
        id: 'a',
        time: TEN_MS,
        identifiers: [{ type: 'user_id', value: '7' }],
        data: { product_id: 'p', price: 2, own: 'x' },
      },
    })
  })

  test('is refused by name where it is no event', () => {
    expect(decode(SCHEMA, { ...value, type: 'x' })).toMatchObject({
      kind: 'refused',
      reason: 'invalid-event',
      detail: expect.stringContaining('type "x"'),
    })
    expect(decode({ type: 'array', items: 'int' }, [1])).toMatchObject({
      kind: 'refused',
      reason: 'invalid-event',
    })
  })
})

test('what is no event is an error of this program', () => {
  expect(() => writeAvroEvent(schemas, { ...EVENT, time: 0.5 }, new ByteWriter())).toThrow(
    /does not fit schemas\/event\/v1/,
  )
})
