import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import { parseSchema } from '../../../../src/adapters/formats/avro/schema.ts'
import { compileWrite } from '../../../../src/adapters/formats/avro/write.ts'
import { ByteWriter } from '../../../../src/model/bytes.ts'

type Schema = Parameters<typeof avro.Type.forSchema>[0]
const back = (schema: unknown, value: unknown, hint = ''): unknown => {
  const writer = new ByteWriter()
  const write = compileWrite(parseSchema(schema))
  expect(write.fits(value)).toBe(true)
  write.write(writer, value, hint)
  const type = avro.Type.forSchema(schema as Schema, { wrapUnions: 'always' })
  return JSON.parse(JSON.stringify(type.fromBuffer(writer.copy())))
}
const fits = (schema: unknown, value: unknown): boolean => compileWrite(parseSchema(schema)).fits(value)
const record = (name: string, ...fields: readonly [string, unknown][]): unknown => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
})
const OPTIONAL = ['null', 'string']
const OPEN = record('Open', ['a', ['null', 'long']], ['data_json', OPTIONAL])
const CLOSED = record('Closed', ['a', 'long'], ['b', OPTIONAL])

describe('avsc reads what we write', () => {
  test.each<[string, unknown, unknown, unknown?]>([
    ['boolean', 'boolean', true],
    ['int', 'int', -7],
    ['long', 'long', 2 ** 51],
    ['double', 'double', -0.25],
    ['string', 'string', 'Åse 日本 and more than twenty-four bytes'],
    ['array', { type: 'array', items: 'long' }, [1, 2]],
    ['empty array', { type: 'array', items: 'long' }, []],
    ['map', { type: 'map', values: 'long' }, { a: 1 }],
    ['empty map', { type: 'map', values: 'long' }, {}],
    ['union', ['null', 'double', 'string'], 'x', { string: 'x' }],
    ['null of a union', ['null', 'double'], undefined, null],
    ['record', CLOSED, { a: 1 }, { a: 1, b: null }],
    [
      'what a record has no field for',
      OPEN,
      { a: 1, more: [null] },
      { a: { long: 1 }, data_json: { string: '{"more":[null]}' } },
    ],
    ['what does not fit its field', OPEN, { a: 'x' }, { a: null, data_json: { string: '{"a":"x"}' } }],
    [
      'a prototype name',
      OPEN,
      JSON.parse('{"__proto__":1}'),
      { a: null, data_json: { string: '{"__proto__":1}' } },
    ],
    ['nothing left over', OPEN, {}, { a: null, data_json: null }],
  ])('%s', (_, schema, value, expected = value) => {
    expect(back(schema, value)).toEqual(expected)
  })

  test('base64 text as bytes', () => {
    expect(back('bytes', 'YWI=')).toEqual({ type: 'Buffer', data: [97, 98] })
  })

  test('of several records the one that is hinted at, else the last', () => {
    const union = [CLOSED, OPEN]
    expect(back(union, { a: 1 }, 'Closed')).toEqual({ Closed: { a: 1, b: null } })
    expect(back(union, { a: 1 }, 'Other')).toEqual({ Open: { a: { long: 1 }, data_json: null } })
    expect(back(union, { a: 'x' }, 'Closed')).toEqual({
      Open: { a: null, data_json: { string: '{"a":"x"}' } },
    })
  })
})

describe('what does not fit', () => {
  test.each<[string, unknown, unknown]>([
    ['a fraction as long', 'long', 1.5],
    ['a long beyond 2^52', 'long', 2 ** 53],
    ['an int beyond 2^31', 'int', 2 ** 31],
    ['infinity', 'double', Number.POSITIVE_INFINITY],
    ['text as number', 'double', '1'],
    ['text that is no base64', 'bytes', 'a b'],
    ['a list as map', { type: 'map', values: 'long' }, [1]],
    ['a missing field', CLOSED, { b: 'x' }],
    ['a field that is not there', CLOSED, { a: 1, c: 1 }],
    ['an item', { type: 'array', items: CLOSED }, [{ a: 1 }, {}]],
  ])('%s', (_, schema, value) => {
    expect(fits(schema, value)).toBe(false)
  })
})

test('kinds that no schema of ours has are refused at once', () => {
  expect(() => compileWrite(parseSchema({ type: 'enum', name: 'E', symbols: ['A'] }))).toThrow(/holds a enum/)
})
