import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { writeAvroEvent } from '../../src/adapters/formats/avro/event.ts'
import { createSchemaBook, type SchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../src/adapters/formats/decoder.ts'
import { openRegistry, type Registry } from '../../src/adapters/registry/registry.ts'
import { registerSchemas } from '../../src/app/schemas.ts'
import { createWriterSchemas, registeredIds, type WriterSchemas } from '../../src/app/writer-schemas.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import type { RecordBatch } from '../../src/runtime/ports/log.ts'
import { batchOf } from '../support/record-batch.ts'
import { type FakeRegistry, startFakeRegistry } from '../support/fake-registry.ts'
import { planOf } from '../support/replayed.ts'

const PLAN = planOf({
  topology: 'shop',
  sources: { web: { topic: 'web', format: 'avro' } },
  operators: [
    { id: 'identity', type: 'identity', from: 'web' },
    { id: 'sessions', type: 'sessionize', from: 'identity' },
  ],
  sinks: { sessions: { from: 'sessions', topic: 'sessions', format: 'avro' } },
})
const EVENT = {
  id: 'e-1',
  source: 'web',
  type: 'page.viewed',
  time: 1_777_700_000_000,
  identifiers: [{ type: 'email', value: 'ann@example.org' }],
  context: undefined,
  data: { url: '/' },
}

let fake: FakeRegistry
let registry: Registry
let book: SchemaBook
let schemas: WriterSchemas
let now = 0
const isAvro = (topic: string): boolean => topic === 'web'

async function begin(firstId = 1): Promise<void> {
  fake = await startFakeRegistry({ firstId })
  registry = openRegistry({ url: fake.url, timeoutMs: 200 })
  book = createSchemaBook()
  now = 0
  schemas = createWriterSchemas(book, registry, { now: () => now, sleep: async () => {} })
}
beforeEach(async () => begin())
afterEach(async () => fake.close())

/** Values that begin with a framing of these ids, in one batch of a topic. */
const framed = (topic: string, ...ids: readonly number[]): RecordBatch =>
  batchOf(
    topic,
    ids.map((id) => {
      const writer = new ByteWriter()
      writeAvroEvent(createSchemaBook(), EVENT, writer, id)
      return Buffer.from(writer.view())
    }),
  )

function decoded(batch: RecordBatch): readonly string[] {
  const decoder = createDecoder(book, PLAN.sources)
  const kinds: string[] = []
  for (const cursor = batch.walk(); cursor.next(); ) {
    const { buffer, valueStart, valueEnd } = cursor
    const answer = decoder.decode(PLAN.sources[0], buffer, valueStart, valueEnd)
    kinds.push(answer.kind === 'refused' ? answer.reason : answer.kind)
  }
  return kinds
}

describe('before a turn is folded', () => {
  test('its writer schemas are fetched, each once', async () => {
    const id = fake.put('web-value', book.newest('event').text)
    const batch = framed('web', id, id, id)
    expect(decoded(batch)).toEqual(['schema-unknown', 'schema-unknown', 'schema-unknown'])
    await schemas.prepare([batch, batch], isAvro)
    expect(decoded(batch)).toEqual(['event', 'event', 'event'])
    await schemas.prepare([batch], isAvro)
    expect(fake.asked).toEqual([`GET /schemas/ids/${id}`])
  })

  test("the registry's meaning of an id goes before the program's own", async () => {
    await fake.close()
    await begin(1001)
    const theirs = fake.put(
      'web-value',
      '{"type":"record","name":"Other","fields":[{"name":"a","type":"string"}]}',
    )
    expect(theirs).toBe(1001)
    const batch = framed('web', theirs)
    expect(decoded(batch)).toEqual(['event'])
    await schemas.prepare([batch], isAvro)
    expect(decoded(batch)).not.toEqual(['event'])
  })

  test('an id that nobody knows is asked for again after a minute, not before', async () => {
    const batch = framed('web', 7)
    for (const at of [0, 1, 59_999]) {
      now = at
      await schemas.prepare([batch], isAvro)
    }
    expect(fake.asked).toHaveLength(1)
    for (let i = 0; i < 7; i++) fake.put('web-value', `${book.newest('event').text}${' '.repeat(i)}`)
    now = 60_000
    await schemas.prepare([batch], isAvro)
    expect(decoded(batch)).toEqual(['event'])
  })

  test('a schema of another kind, or none at all, leaves the record unknown', async () => {
    const ids = [fake.put('web-value', 'syntax', 'PROTOBUF'), fake.put('web-value', 'nonsense')]
    await schemas.prepare([framed('web', ...ids)], isAvro)
    expect(decoded(framed('web', ...ids))).toEqual(['schema-unknown', 'schema-unknown'])
  })

  test('what is no Avro asks for nothing', async () => {
    const values = ['', '\0\0', '{"id":1}', '\0\0\0\0\0', '\0\xff\xff\xff\xff1'].map((text) =>
      Buffer.from(text, 'latin1'),
    )
    await schemas.prepare([batchOf('web', values), framed('json', 5)], isAvro)
    expect(fake.asked).toEqual([])
  })

  test('a registry that does not answer is an error, not an unknown schema', async () => {
    const id = fake.put('web-value', book.newest('event').text)
    fake.fail('cut', 'cut', 'cut')
    await expect(schemas.prepare([framed('web', id)], isAvro)).rejects.toMatchObject({ retryable: true })
    await schemas.prepare([framed('web', id)], isAvro)
    expect(decoded(framed('web', id))).toEqual(['event'])
  })
})

describe('ids to write by', () => {
  test('are those of the registry', async () => {
    await registerSchemas(PLAN, book, registry, { sources: false })
    const registered = await registry.latest('sessions-value')
    const idOf = await registeredIds(PLAN, book, registry)
    expect(idOf('sessions', 'session')).toBe(registered?.id)
    expect(idOf('sessions', 'offer')).toBeUndefined()
    expect(idOf('elsewhere', 'session')).toBeUndefined()
  })

  test('a schema that is not registered is said by its subject', async () => {
    await expect(registeredIds(PLAN, book, registry)).rejects.toThrow(/sessions-value/)
  })
})
