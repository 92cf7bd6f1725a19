import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createSchemaBook, type SchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { openRegistry, type Registry } from '../../src/adapters/registry/registry.ts'
import { checkSchemas, registerSchemas } from '../../src/app/schemas.ts'
import { subjectsOf } from '../../src/app/subjects.ts'
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts'
import { planOf } from '../support/replayed.ts'

const PLAN = planOf({
  topology: 'shop',
  sources: { web: { topic: 'web', format: 'avro' }, app: { topic: 'app' } },
  operators: [
    { id: 'identity', type: 'identity', from: ['web', 'app'] },
    { id: 'sessions', type: 'sessionize', from: 'identity' },
    { id: 'cart', type: 'cart-abandonment', from: 'identity' },
    {
      id: 'offers',
      type: 'offer',
      from: 'cart',
      config: { offers: [{ id: 'a', on: 'cart', channels: ['email'], template: 't' }] },
    },
  ],
  sinks: {
    people: { from: 'identity', topic: 'people', format: 'avro' },
    offers: { from: 'offers', topic: 'offers', format: 'avro' },
    sessions: { from: 'sessions', topic: 'sessions' },
  },
})

const MIXED = planOf({
  topology: 'mixed',
  sources: { web: { topic: 'web' } },
  operators: [
    { id: 'identity', type: 'identity', from: 'web' },
    { id: 'sessions', type: 'sessionize', from: 'identity' },
    { id: 'cart', type: 'cart-abandonment', from: 'identity' },
  ],
  sinks: { all: { from: ['sessions', 'cart'], topic: 'all', format: 'avro' } },
})

let fake: FakeRegistry
let registry: Registry
let book: SchemaBook
const foreign = new Set<string>()

beforeEach(async () => {
  foreign.clear()
  fake = await startFakeRegistry({ incompatible: (newest) => foreign.has(newest) })
  registry = openRegistry({ url: fake.url, timeoutMs: 500 })
  book = createSchemaBook()
})
afterEach(async () => fake.close())

const codes = async (plan = PLAN): Promise<readonly string[]> =>
  (await checkSchemas(plan, book, registry)).map(({ subject, level, code }) => `${subject} ${level} ${code}`)

test('the subjects of a topology are those of its topics in Avro', () => {
  expect(subjectsOf(PLAN)).toEqual([
    { topic: 'web', name: 'web-value', role: 'source', families: ['event'] },
    { topic: 'people', name: 'people-value', role: 'sink', families: ['identity'] },
    { topic: 'offers', name: 'offers-value', role: 'sink', families: ['offer'] },
  ])
})

describe('check', () => {
  test('of an empty registry', async () => {
    expect(await codes()).toEqual([
      'web-value warning no-source-schema',
      'people-value error not-registered',
      'offers-value warning version-missing',
      'offers-value error not-registered',
    ])
  })

  test('has nothing to say once all is registered', async () => {
    await registerSchemas(PLAN, book, registry, { sources: true })
    expect(await codes()).toEqual([])
  })

  test("somebody else's schema under a sink's subject", async () => {
    const theirs = '{"type":"string"}'
    foreign.add(theirs)
    fake.put('offers-value', theirs)
    expect(await codes()).toContain('offers-value error incompatible')
  })

  test('the same where the registry was told to take anything', async () => {
    fake.put('offers-value', '{"type":"string"}')
    expect(await codes()).toContain('offers-value error incompatible')
  })

  test('what our newest version can read', async () => {
    const { fields, ...rest } = JSON.parse(book.newest('offer').text) as { fields: readonly object[] }
    fake.put(
      'offers-value',
      JSON.stringify({ ...rest, fields: [...fields, { name: 'more', type: 'string' }] }),
    )
    expect(await codes()).toContain('offers-value error not-registered')
  })

  test.each([
    ['{"type":"record","name":"Own","fields":[{"name":"id","type":"string"}]}', /no type and no time/],
    ['{"type":"string"}', /no record/],
    ['{"type":"nonsense"}', /./],
  ])('a source whose records are no events: %s', async (schema, words) => {
    fake.put('web-value', schema)
    const [finding] = await checkSchemas(PLAN, book, registry)
    expect(finding).toMatchObject({ code: 'unreadable-source', message: expect.stringMatching(words) })
  })

  test("a source with its upstream's own record, by whatever name", async () => {
    const fields = ['id', 'type', 'time'].map((name) => ({ name, type: 'string' }))
    fake.put('web-value', JSON.stringify({ type: 'record', name: 'TheirEvent', fields }))
    expect((await codes()).filter((line) => line.startsWith('web'))).toEqual([])
  })

  test('two families in one topic', async () => {
    expect(await codes(MIXED)).toContain('all-value error two-families')
  })

  test('a registry that is away is no finding', async () => {
    fake.fail(500, 500, 500)
    await expect(checkSchemas(PLAN, book, registry)).rejects.toMatchObject({ code: 'registry-trouble' })
  })
})

describe('register', () => {
  test('sinks only, unless asked for the sources', async () => {
    const done = await registerSchemas(PLAN, book, registry, { sources: false })
    expect(done.map(({ subject, schema, known }) => [subject, schema, known])).toEqual([
      ['people-value', 'schemas/identity/v1.avsc', false],
      ['offers-value', 'schemas/offer/v1.avsc', false],
      ['offers-value', 'schemas/offer/v2.avsc', false],
    ])
    expect(await registry.subjects()).toEqual(['people-value', 'offers-value'])
    expect(fake.asked).toContain('PUT /config/offers-value')
  })

  test('again changes nothing, and says so', async () => {
    const [first] = await registerSchemas(PLAN, book, registry, { sources: false })
    const [again] = await registerSchemas(PLAN, book, registry, { sources: false })
    expect(again).toEqual({ ...first, known: true })
  })
})
