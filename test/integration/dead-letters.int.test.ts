/** A record is refused, the topology is mended, and the record goes back once and is taken: product, Kafka and Redis for real. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { type Ended, type OwnProcess, startCommand } from '../support/own-process.ts'
import { kafkaClient } from '../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../support/services.ts'

const PATIENCE_MS = 30_000

describeWith(['kafka', 'redis'], 'dead letters', ({ kafka: brokers, redis }) => {
  let folder = ''
  let name = ''
  let environment: Readonly<Record<string, string>> = {}
  let product: OwnProcess | undefined
  let administration: KafkaAdministration

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dead-letters-'))
    name = uniqueName('dead')
    environment = { KAFKA_BROKERS: brokers, REDIS_URL: redis, SHOPKEEPER_APP: name, SCHEMA_REGISTRY_URL: '' }
    administration = new KafkaAdministration({
      brokers: [brokers],
      clientId: 'test',
      ssl: false,
      sasl: undefined,
    })
  })
  afterEach(async () => {
    product?.child.kill('SIGKILL')
    await administration.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const document = (identifiers: string): string => {
    const file = join(folder, 'topology.yaml')
    writeFileSync(
      file,
      `topology: ${name}
sources: { web: { topic: ${name}.web, lateness: 100ms, idle: 500ms, grace: 10s } }
operators: [{ id: identity, type: identity, from: web, config: { identifiers: { ${identifiers} } } }]
lateEvents: { topic: ${name}.late }
deadLetters: { topic: ${name}.dead }
identities: { topic: ${name}.identities }
decisions: { topic: ${name}.decisions }
`,
    )
    return file
  }
  const command = (...args: readonly string[]): Promise<Ended> => {
    const { child, ended } = startCommand(args, environment)
    child.stdin.end()
    return ended
  }
  const recordsIn = async (topic: string): Promise<number> =>
    (await administration.ends([topic])).reduce((sum, { begin, end }) => sum + end - begin, 0)

  async function untilRecords(topic: string): Promise<void> {
    for (const give = Date.now() + PATIENCE_MS; (await recordsIn(topic)) === 0; await sleep(100))
      if (Date.now() > give) throw new Error(`nothing came to ${topic}: ${product?.said.stderr}`)
  }

  async function whileRunning(file: string, work: () => Promise<void>): Promise<void> {
    product = startCommand(['run', '--topology', file, '--http', '0'], environment)
    await work()
    product.child.kill('SIGTERM')
    const { code, stderr } = await product.ended
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  }

  async function publish(...values: readonly string[]): Promise<void> {
    const producer = kafkaClient(brokers).producer()
    await producer.connect()
    await producer.send({ topic: `${name}.web`, messages: values.map((value) => ({ value })) })
    await producer.disconnect()
  }
  const event = (id: string, ageMs: number): string =>
    JSON.stringify({
      id,
      source: 'web',
      type: 'page.viewed',
      time: new Date(Date.now() - ageMs).toISOString(),
      identifiers: [{ type: 'badge', value: 'b-1' }],
      data: {},
    })

  test('go back once after a fix', async () => {
    const broken = document('email: {}')
    expect((await command('topics', 'create', '--topology', broken, '--partitions', '1')).stderr).toBe('')
    await publish(event('e-1', 0), event('e-old', 3_600_000), 'no json')
    await whileRunning(broken, () => untilRecords(`${name}.dead`))

    const listed = await command('dead-letters', 'list', '--topology', broken, '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject({
      by_reason: { 'no-identifier': expect.any(Number), 'not-json': 1 },
    })
    const still = await command('dead-letters', 'retry', '--topology', broken, '--dry-run', '--json')
    expect(JSON.parse(still.stdout)).toMatchObject({ events: 0, done: 0 })

    const mended = document('badge: { unique: true }')
    const unasked = await command('dead-letters', 'retry', '--topology', mended)
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    const before = await recordsIn(`${name}.web`)
    const retried = await command('dead-letters', 'retry', '--topology', mended, '--yes', '--json')
    expect(JSON.parse(retried.stdout)).toMatchObject({ refused: { 'not-json': 1 }, lateUnknown: 0 })
    const { events, done } = JSON.parse(retried.stdout) as { events: number; done: number }
    expect(done).toBe(events)
    expect(done).toBeGreaterThan(0)
    expect(await recordsIn(`${name}.web`)).toBeGreaterThan(before)
    const again = await command('dead-letters', 'retry', '--topology', mended, '--yes')
    expect(again.stdout).toContain(`${done} went back before`)
    expect(again.stdout).toContain('of which 0 can go back')
    await whileRunning(mended, () => untilRecords(`${name}.identities`))
  }, 180_000)
})
