import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import { compileRead } from '../../../../src/adapters/formats/avro/read.ts'
import { AvroFault, AvroReader } from '../../../../src/adapters/formats/avro/reader.ts'
import { parseSchema } from '../../../../src/adapters/formats/avro/schema.ts'

function read(schema: unknown, bytes: Buffer): unknown {
  const reader = new AvroReader()
  reader.reset(bytes, 0, bytes.length)
  const value = compileRead(parseSchema(schema))(reader)
  expect(reader.at).toBe(bytes.length)
  return value
}
type Schema = Parameters<typeof avro.Type.forSchema>[0]
const written = (schema: unknown, value: unknown): Buffer =>
  avro.Type.forSchema(schema as Schema, { wrapUnions: 'always' }).toBuffer(value)

const record = (...fields: readonly [string, unknown][]): unknown => ({
  type: 'record',
  name: 'R',
  fields: fields.map(([name, type]) => ({ name, type })),
})

describe('every kind, as avsc writes it', () => {
  test.each<[string, unknown, unknown, unknown?]>([
    ['null', 'null', null],
    ['boolean', 'boolean', true],
    ['int', 'int', -7],
    ['long', 'long', 1777888800000],
    ['float', 'float', 0.5],
    ['double', 'double', 19.5],
    ['string', 'string', 'Åse 日本'],
    ['empty string', 'string', ''],
    ['bytes', 'bytes', Buffer.from('ab'), 'YWI='],
    ['fixed', { type: 'fixed', name: 'F', size: 2 }, Buffer.from('ab'), 'YWI='],
    ['enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B'],
    ['array', { type: 'array', items: 'long' }, [1, 2, 3]],
    ['empty array', { type: 'array', items: 'long' }, []],
    ['map', { type: 'map', values: 'string' }, { a: 'x', b: 'y' }],
    ['union', ['null', 'string'], { string: 'x' }, 'x'],
    ['record', record(['a', 'int'], ['b', ['null', 'int']]), { a: 1, b: null }, { a: 1 }],
    [
      'rest',
      record(['a', 'int'], ['data_json', ['null', 'string']]),
      { a: 1, data_json: { string: '{"a":2,"b":[1]}' } },
      { a: 1, b: [1] },
    ],
    ['no rest', record(['a', 'int'], ['data_json', ['null', 'string']]), { a: 1, data_json: null }, { a: 1 }],
  ])('%s', (_, schema, value, expected = value) => {
    expect(read(schema, written(schema, value))).toEqual(expected)
  })

  test('a negative block count has a size behind it', () => {
    expect(read({ type: 'array', items: 'int' }, Buffer.from([3, 4, 2, 4, 0]))).toEqual([1, 2])
  })

  test('logical types', () => {
    expect(read({ type: 'long', logicalType: 'timestamp-millis' }, written('long', 1777888800000))).toBe(
      1777888800000,
    )
    expect(read({ type: 'long', logicalType: 'timestamp-micros' }, written('long', 1777888800000999))).toBe(
      1777888800000,
    )
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }
    expect(read(decimal, written('bytes', Buffer.from([0x07, 0x9e])))).toBe(19.5)
    expect(read(decimal, written('bytes', Buffer.from([0xff])))).toBe(-0.01)
    expect(read(decimal, written('bytes', Buffer.alloc(0)))).toBe(0)
  })

  test('a record that holds itself', () => {
    const list = {
      type: 'record',
      name: 'List',
      fields: [
        { name: 'v', type: 'int' },
        { name: 'next', type: ['null', 'List'] },
      ],
    }
    expect(read(list, Buffer.from([2, 2, 4, 0]))).toEqual({ v: 1, next: { v: 2 } })
    expect(() => read(list, Buffer.alloc(100_000, 2))).toThrow(AvroFault)
  })

  test('prototype names are keys', () => {
    const schema = { type: 'map', values: 'string' }
    const bytes = Buffer.concat([Buffer.from([2, 18]), Buffer.from('__proto__'), Buffer.from([2, 120, 0])])
    expect(Object.entries(read(schema, bytes) as object)).toEqual([['__proto__', 'x']])
    expect(Object.hasOwn(read(record(['__proto__', 'int']), Buffer.from([2])) as object, '__proto__')).toBe(
      true,
    )
  })
})

describe('what does not hold is a fault', () => {
  const nulls = { type: 'array', items: 'null' }
  test.each<[string, unknown, Buffer, RegExp]>([
    ['union branch', ['null', 'string'], Buffer.from([4]), /union has no branch or symbol 2/],
    ['negative branch', ['null', 'string'], Buffer.from([1]), /branch or symbol -1/],
    ['enum', { type: 'enum', name: 'E', symbols: ['A'] }, Buffer.from([2]), /enum has no/],
    ['rest that is no JSON', record(['data_json', 'string']), Buffer.from([2, 120]), /R.data_json must be/],
    ['rest that is a list', record(['data_json', 'string']), Buffer.from([4, 91, 93]), /R.data_json must be/],
    [
      'rest with half a pair',
      record(['data_json', 'string']),
      Buffer.concat([Buffer.from([28]), Buffer.from('{"a":"\\udc00"}')]),
      /half of a surrogate/,
    ],
    [
      'a wide decimal',
      { type: 'bytes', logicalType: 'decimal', precision: 99 },
      Buffer.from([66, ...Buffer.alloc(33, 1)]),
      /32 bytes/,
    ],
    ['items without bytes', nulls, Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0]), /more items/],
    ['items without bytes, block after block', nulls, Buffer.alloc(50_000, 0x7e), /more items/],
  ])('%s', (_, schema, bytes, message) => {
    expect(() => read(schema, bytes)).toThrow(message)
  })
})
