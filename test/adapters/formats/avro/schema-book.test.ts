import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import {
  createSchemaBook,
  FAMILIES,
  readSchemaFiles,
} from '../../../../src/adapters/formats/avro/schema-book.ts'
import { EVENT_TYPES, type FieldType } from '../../../../src/model/event-types.ts'
import { avscType, schemaText } from './avro-bytes.ts'

test('every family has a first version, under an id that never changes', () => {
  const firsts = readSchemaFiles().filter((file) => file.version === 1)
  expect(firsts.map(({ family, id }) => `${family} ${id}`)).toEqual([
    'event 1001',
    'offer 2001',
    'session 3001',
    'trigger 4001',
    'identity 5001',
    'decision 6001',
    'late-event 7001',
    'dead-letter 8001',
  ])
  expect(FAMILIES).toHaveLength(8)
})

test('a newer version reads what every older one wrote', () => {
  for (const file of readSchemaFiles()) {
    const writer = avro.Type.forSchema(JSON.parse(file.text), { wrapUnions: 'always' })
    expect(() => avscType(file.family).createResolver(writer)).not.toThrow()
  }
})

describe('the event schema', () => {
  const fields = new Map(
    (
      JSON.parse(schemaText('event')).fields.find((field: { name: string }) => field.name === 'data').type
        .fields as { name: string; type: unknown[] }[]
    ).map((field) => [field.name, field.type]),
  )
  const kindOf = (kind: FieldType): unknown =>
    kind === 'text' ? 'string' : kind === 'number' ? 'double' : kind === 'boolean' ? 'boolean' : undefined
  const table = new Map([...EVENT_TYPES.values()].flatMap((type) => Object.entries(type.fields)))

  test.each([...table])('has %s of the table, optional', (name, kind) => {
    const type = fields.get(name)
    expect(type?.[0]).toBe('null')
    if (kindOf(kind) !== undefined) expect(type?.[1]).toBe(kindOf(kind))
  })

  test('has no field that the table has not, but the rest', () => {
    expect([...fields.keys()].filter((name) => !table.has(name))).toEqual(['data_json'])
  })
})

describe('the book', () => {
  test('learns what a registry tells', () => {
    const book = createSchemaBook()
    expect(book.reader(77)).toBeUndefined()
    book.learn(77, schemaText('event'))
    expect(book.reader(77)).toBeDefined()
  })

  test('throws what is no schema, and does not keep it', () => {
    const book = createSchemaBook()
    expect(() => book.learn(78, '{"type":"nothing"}')).toThrow()
    expect(() => book.learn(78, 'x')).toThrow()
    expect(book.reader(78)).toBeUndefined()
  })

  test('says a missing family', () => {
    expect(() => createSchemaBook([]).newest('offer')).toThrow('schemas/offer has no version')
  })
})
