import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openRegistry, type Registry } from '../../../src/adapters/registry/registry.ts'
import { AdapterError } from '../../../src/model/errors.ts'
import { type FakeRegistry, startFakeRegistry } from '../../support/fake-registry.ts'

const V1 = '{"type":"record","name":"A","fields":[]}'
const V2 = '{"type":"record","name":"A","fields":[{"name":"x","type":"int","default":0}]}'

let fake: FakeRegistry
let registry: Registry

beforeEach(async () => {
  fake = await startFakeRegistry({ incompatible: (_newest, schema) => schema.includes('"B"') })
  registry = openRegistry({ url: fake.url, timeoutMs: 200 })
})
afterEach(async () => fake.close())

async function failureOf(call: Promise<unknown>): Promise<AdapterError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AdapterError)
  return error as AdapterError
}

describe('answers', () => {
  test('a schema by its id is the text that was registered', async () => {
    const id = fake.put('a-value', V1)
    expect(await registry.schema(id)).toBe(V1)
  })

  test('what is not there is undefined, and asked for once', async () => {
    expect(await registry.schema(99)).toBeUndefined()
    expect(await registry.latest('none-value')).toBeUndefined()
    expect(await registry.find('none-value', V1)).toBeUndefined()
    expect(await registry.compatible('none-value', V1)).toBeUndefined()
    expect(fake.asked).toHaveLength(4)
  })

  test('a schema of another kind is none of ours', async () => {
    expect(await registry.schema(fake.put('p-value', 'syntax = "proto3";', 'PROTOBUF'))).toBeUndefined()
  })

  test('registered, registered again, and the next version', async () => {
    const id = await registry.register('a-value', V1)
    expect(await registry.register('a-value', V1)).toBe(id)
    const next = await registry.register('a-value', V2)
    expect(next).not.toBe(id)
    expect(await registry.latest('a-value')).toMatchObject({ id: next, version: 2, schema: V2 })
    expect(await registry.find('a-value', V1)).toMatchObject({ id, version: 1 })
    expect(await registry.subjects()).toEqual(['a-value'])
  })

  test('what the subject would not take', async () => {
    fake.put('a-value', V1)
    expect(await registry.compatible('a-value', V2)).toBe(true)
    expect(await registry.compatible('a-value', V1.replace('"A"', '"B"'))).toBe(false)
    const error = await failureOf(registry.register('a-value', V1.replace('"A"', '"B"')))
    expect(error).toMatchObject({ code: 'registry-refused', retryable: false })
    expect(error.message).toContain('incompatible')
  })

  test('names with a slash are one subject', async () => {
    fake.put('a/b-value', V1)
    expect(await registry.latest('a/b-value')).toMatchObject({ schema: V1 })
  })
})

describe('trouble', () => {
  test.each([
    [500, 'registry-trouble', true],
    [429, 'registry-trouble', true],
    [401, 'registry-refused', false],
    [403, 'registry-refused', false],
    [400, 'registry-refused', false],
  ])('%i is %s, retryable: %s', async (status, code, retryable) => {
    fake.fail(status, status, status)
    expect(await failureOf(registry.schema(1))).toMatchObject({ code, retryable })
  })

  test('one that passes is not noticed', async () => {
    const id = fake.put('a-value', V1)
    fake.fail(503, 'cut')
    expect(await registry.schema(id)).toBe(V1)
  })

  test.each(['cut', 'hang'] as const)('no answer (%s) is retryable', async (way) => {
    fake.fail(way, way, way)
    expect(await failureOf(registry.schema(1))).toMatchObject({
      code: 'registry-unreachable',
      retryable: true,
    })
  })

  test('nobody there', async () => {
    await fake.close()
    const error = await failureOf(registry.latest('a-value'))
    expect(error).toMatchObject({ code: 'registry-unreachable', retryable: true })
    expect(error.message).toContain('ECONNREFUSED')
    fake = await startFakeRegistry()
  })

  test('something else on that port', async () => {
    fake.fail('html')
    const error = await failureOf(registry.schema(1))
    expect(error.message).toContain('is this a registry?')
  })
})

describe('login', () => {
  test('is sent, and never said', async () => {
    const url = fake.url.replace('://', '://an%40n:pass%3Aword@')
    const withLogin = openRegistry({ url, timeoutMs: 200 })
    fake.put('a-value', V1)
    expect(await withLogin.latest('a-value')).toMatchObject({ schema: V1 })
    expect(fake.logins).toEqual([`Basic ${Buffer.from('an@n:pass:word').toString('base64')}`])
    for (const status of [401, 500, 400]) {
      fake.fail(status, status, status)
      const error = await failureOf(withLogin.schema(1))
      expect(`${error.message}${error.stack}`).not.toMatch(/pass|an%40n|an@n/)
      expect(error.message).toContain('127.0.0.1')
    }
  })

  test('a path before the calls is kept', async () => {
    const below = openRegistry({ url: `${fake.url}/apis/ccompat/v7/`, timeoutMs: 200 })
    await below.latest('a-value').catch(() => undefined)
    expect(fake.asked).toEqual(['GET /apis/ccompat/v7/subjects/a-value/versions/latest'])
  })
})
