/** `topics`, `schemas` and `doctor` against real servers: what each must find, one trouble at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { SETTING_TABLE } from '../../src/app/setting-table.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { FINGERPRINT_KEY, keyFingerprint } from '../../src/model/key-fingerprint.ts'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { runCaptured } from '../support/captured-run.ts'
import { describeWith, describeWithOwn, uniqueName } from '../support/real-servers.ts'
import { type RedisServer, startRedis } from '../support/servers/redis.ts'

const before = { ...process.env }
let folder = ''
let topology = ''
let file = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'servers-'))
})
afterAll(() => {
  process.env = { ...before }
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const { variable } of SETTING_TABLE) delete process.env[variable]
  process.env['REDIS_URL'] = 'redis://127.0.0.1:1'
  topology = uniqueName('t')
  file = join(folder, `${topology}.yaml`)
  writeFileSync(
    file,
    `topology: ${topology}
sources: { web: { topic: ${topology}.web, format: avro } }
operators:
  - { id: identity, type: identity, from: web }
  - { id: sessions, type: sessionize, from: identity }
sinks: { sessions: { from: sessions, topic: ${topology}.sessions, format: avro } }
lateEvents: { topic: ${topology}.late }
deadLetters: { topic: ${topology}.dead }
identities: { topic: ${topology}.identities }
decisions: { topic: ${topology}.decisions }
`,
  )
})

interface Finding {
  readonly level: string
  readonly code: string
  readonly about: string
}

async function json<Answer>(...args: readonly string[]): Promise<Answer & { code: number }> {
  const { code, stdout, stderr } = await runCaptured(...args, '--json')
  if (stdout === '') throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Answer), code }
}
const findingsOf = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { findings, code } = await json<{ findings: readonly Finding[] }>(...args)
  expect(code).toBe(findings.some(({ level }) => level === 'error') ? 1 : 0)
  return findings.map(({ code: word, about }) => `${word} ${about}`)
}

describeWith(['kafka'], 'topics', ({ kafka }) => {
  let administration: KafkaAdministration
  const topic = (name: string): string => `${topology}.${name}`
  const make = async (
    name: string,
    partitions: number,
    config: Readonly<Record<string, string>>,
  ): Promise<void> => administration.createTopics([{ topic: name, partitions, replication: -1, config }])

  beforeEach(() => {
    process.env['KAFKA_BROKERS'] = kafka
    administration = new KafkaAdministration({
      brokers: [kafka],
      clientId: 'test',
      ssl: false,
      sasl: undefined,
    })
  })
  afterEach(async () => administration.close())

  test('create what is missing, once; what was created is as it must be', async () => {
    expect(await findingsOf('topics', 'check', '--topology', file)).toHaveLength(11)
    await make(topic('web'), 3, {})
    interface Created {
      readonly topics: readonly {
        readonly topic: string
        readonly created: boolean
        readonly partitions: number
      }[]
    }
    const first = await json<Created>('topics', 'create', '--topology', file, '--partitions', '2')
    expect(first.topics.filter(({ created }) => !created).map((one) => one.topic)).toEqual([topic('web')])
    const { internal, profileChangelog } = namesOf('shopkeeper', topology)
    const partitions = new Map(first.topics.map((one) => [one.topic, one.partitions]))
    expect([partitions.get(internal), partitions.get(profileChangelog)]).toEqual([3, 3])
    expect(partitions.get(topic('sessions'))).toBe(2)
    const again = await json<Created>('topics', 'create', '--topology', file, '--partitions', '7')
    expect(again.topics.every(({ created }) => !created)).toBe(true)
    expect(await findingsOf('topics', 'check', '--topology', file)).toEqual([])
    expect((await runCaptured('topics', 'check', '--topology', file)).stdout).toMatch(/^all 11 topics/)
  }, 60_000)

  test('check finds a topic without compaction, too few partitions, and a limit that is too small', async () => {
    const { internal, gateChangelog, profileChangelog } = namesOf('shopkeeper', topology)
    await make(topic('web'), 4, {})
    await make(internal, 4, { 'retention.ms': '1000', 'max.message.bytes': '4194304' })
    await make(gateChangelog, 1, { 'cleanup.policy': 'delete', 'max.message.bytes': '4194304' })
    await make(profileChangelog, 2, { 'cleanup.policy': 'compact' })
    await json('topics', 'create', '--topology', file)
    const found = [
      `short-retention ${internal}`,
      `wrong-cleanup-policy ${gateChangelog}`,
      `too-few-partitions ${profileChangelog}`,
      `small-records ${profileChangelog}`,
    ]
    expect(await findingsOf('topics', 'check', '--topology', file)).toEqual(found)
    expect(await findingsOf('doctor', '--topology', file)).toEqual(expect.arrayContaining(found))
  }, 60_000)

  test('doctor finds a missing topic', async () => {
    expect(await findingsOf('doctor', '--topology', file)).toContain(`missing-topic ${topic('web')}`)
  }, 60_000)

  test('the name of the application is in the names of the internal topics', async () => {
    const found = await findingsOf('topics', 'check', '--topology', file, '--app', 'other')
    expect(found).toContain(`missing-topic other.${topology}.profile`)
  })
})

describeWithOwn(['redis'], 'doctor and Redis', () => {
  let redis: RedisServer
  beforeEach(async () => {
    redis = await startRedis()
    Object.assign(process.env, { KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: redis.address })
  }, 20_000)
  afterEach(async () => redis.stop())
  const ofRedis = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await findingsOf('doctor', ...args)).filter((line) => !line.includes('Kafka'))

  test('has nothing to say of one that is as it must be', async () => {
    expect(await ofRedis()).toEqual([])
  }, 30_000)

  test('finds a policy that evicts', async () => {
    await redis.admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await ofRedis()).toEqual([`redis-evicts Redis 127.0.0.1:${redis.port}`])
  }, 30_000)

  test('finds a wrong password, and does not say it', async () => {
    await redis.admin.config('SET', 'requirepass', 'right')
    process.env['REDIS_URL'] = redis.address.replace('://', '://:hidden@')
    expect((await runCaptured('doctor')).stdout).not.toContain('hidden')
    expect(await ofRedis()).toEqual([`redis-auth Redis 127.0.0.1:${redis.port}`])
    process.env['REDIS_URL'] = redis.address.replace('://', '://:right@')
    expect(await ofRedis()).toEqual([])
  }, 30_000)

  test('finds another id key than the people were made with', async () => {
    process.env['SHOPKEEPER_ID_KEY'] = 'mine'
    const states = `{shopkeeper:${topology}:identify}:states`
    await redis.admin.hset(states, FINGERPRINT_KEY, keyFingerprint(idKeyOf('mine')))
    expect(await ofRedis('--topology', file)).toEqual([])
    await redis.admin.hset(states, FINGERPRINT_KEY, keyFingerprint(idKeyOf('theirs')))
    expect(await ofRedis('--topology', file)).toEqual(['other-id-key SHOPKEEPER_ID_KEY'])
  }, 30_000)
})

describeWith(['registry'], 'schemas', ({ registry }) => {
  beforeEach(() => {
    process.env['SCHEMA_REGISTRY_URL'] = registry
  })

  test('register once, and check', async () => {
    const subject = `${topology}.sessions-value`
    expect(await findingsOf('schemas', 'check', '--topology', file)).toEqual([
      `no-source-schema ${topology}.web-value`,
      `not-registered ${subject}`,
    ])
    const first = await runCaptured('schemas', 'register', '--topology', file, '--sources')
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^registered .*\nregistered .*\n$/),
    })
    const again = await runCaptured('schemas', 'register', '--topology', file)
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^there .*\n$/) })
    expect(await findingsOf('schemas', 'check', '--topology', file)).toEqual([])
  }, 30_000)
})

describe('schemas without a registry', () => {
  test('is wrong use', async () => {
    expect(await runCaptured('schemas', 'check', '--topology', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SCHEMA_REGISTRY_URL'),
    })
  })
})
