/** The adapter against a real registry, on what a fake one could have understood wrongly. */
import { beforeAll, expect, test } from '@jest/globals'
import { createSchemaBook } from '../../../src/adapters/formats/avro/schema-book.ts'
import { openRegistry, type Registry } from '../../../src/adapters/registry/registry.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'

describeWith(['registry'], 'a real registry', ({ registry: url }) => {
  const book = createSchemaBook()
  let registry: Registry
  let subject: string
  const record = (...fields: readonly object[]): string =>
    JSON.stringify({ type: 'record', name: 'A', namespace: uniqueName('n').replaceAll('-', '_'), fields })

  beforeAll(() => {
    registry = openRegistry({ url })
    subject = `${uniqueName('subject')}-value`
  })

  test('every schema of the package is registered, found, and comes back as what it was', async () => {
    for (const file of book.files) {
      const name = `${uniqueName(file.family)}-value`
      const id = await registry.register(name, file.text)
      expect(await registry.register(name, file.text)).toBe(id)
      expect((await registry.find(name, file.text))?.id).toBe(id)
      expect((await registry.latest(name))?.id).toBe(id)
      const text = (await registry.schema(id)) ?? ''
      expect(JSON.parse(text)).toEqual(JSON.parse(file.text))
      const fresh = createSchemaBook()
      fresh.learn(id, text)
      expect(fresh.reader(id)).toBeDefined()
    }
  })

  test('logical types come back with it', async () => {
    const price = { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } }
    const id = await registry.register(subject, record(price))
    expect(await registry.schema(id)).toContain('"decimal"')
  })

  test('what is not there', async () => {
    expect(await registry.schema(2_000_000_000)).toBeUndefined()
    const nobody = `${uniqueName('nobody')}-value`
    expect(await registry.latest(nobody)).toBeUndefined()
    expect(await registry.find(nobody, book.newest('event').text)).toBeUndefined()
    expect(await registry.compatible(nobody, book.newest('event').text)).not.toBe(false)
  })

  test('a subject that was asked to stay backward compatible refuses what is not', async () => {
    const name = `${uniqueName('strict')}-value`
    await registry.register(name, book.newest('offer').text)
    await registry.requireBackward(name)
    expect(await registry.compatible(name, book.newest('offer').text)).toBe(true)
    expect(await registry.compatible(name, book.newest('session').text)).toBe(false)
    await expect(registry.register(name, book.newest('session').text)).rejects.toMatchObject({
      code: 'registry-refused',
      retryable: false,
    })
  })

  test('another schema of the subject is not the one asked for', async () => {
    const name = `${uniqueName('two')}-value`
    await registry.register(name, book.newest('offer').text)
    expect(await registry.find(name, book.newest('session').text)).toBeUndefined()
  })

  test('a later version of a family has an id of its own', async () => {
    const name = `${uniqueName('versions')}-value`
    const namespace = uniqueName('n').replaceAll('-', '_')
    const version = (...fields: readonly object[]): string =>
      JSON.stringify({ type: 'record', name: 'A', namespace, fields })
    const first = await registry.register(name, version({ name: 'a', type: 'string' }))
    const second = await registry.register(
      name,
      version({ name: 'a', type: 'string' }, { name: 'b', type: 'int', default: 0 }),
    )
    expect(second).not.toBe(first)
    expect(await registry.latest(name)).toMatchObject({ id: second, version: 2 })
  })
})
