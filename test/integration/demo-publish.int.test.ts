/** A day of the shop, published live on real Kafka with the product at work behind it: offers come out, and nothing is refused or late. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { type OwnProcess, startCommand } from '../support/own-process.ts'
import { describeWith, uniqueName } from '../support/real-servers.ts'

const PATIENCE_MS = 90_000
const OFFERS = 3

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-publish-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** topologies/shop-fast.yaml with topics of its own, and times at which a test need not wait. */
function writeDocument(name: string): string {
  const text = readFileSync('topologies/shop-fast.yaml', 'utf8')
    .replaceAll('topic: shop-', `topic: ${name}.`)
    .replaceAll(/lateness: \S+/g, 'lateness: 1s')
    .replaceAll('idle: 30s', 'idle: 2s')
    .replace('after: 60s', 'after: 3s')
  const own = ['lateEvents', 'deadLetters', 'identities', 'decisions']
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, text + own.map((key) => `${key}: { topic: ${name}.${key} }\n`).join(''))
  return file
}

describeWith(['kafka', 'redis', 'registry'], 'demo --publish', ({ kafka, redis, registry }) => {
  let name = ''
  let running: OwnProcess[] = []
  let administration: KafkaAdministration
  beforeEach(() => {
    name = uniqueName('demo')
    running = []
    administration = new KafkaAdministration({
      brokers: [kafka],
      clientId: 'test',
      ssl: false,
      sasl: undefined,
    })
  })
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await Promise.all(running.map(({ ended }) => ended))
    await administration.close()
  })

  const records = async (topic: string): Promise<number> =>
    (await administration.ends([`${name}.${topic}`])).reduce((sum, { begin, end }) => sum + end - begin, 0)
  async function untilRecords(topic: string, atLeast: number): Promise<void> {
    const said = (): string => running.map((one) => one.said.stderr).join('')
    for (const giveUpAt = Date.now() + PATIENCE_MS; (await records(topic)) < atLeast; await sleep(200))
      if (Date.now() > giveUpAt) throw new Error(`${topic} never had ${atLeast} records: ${said()}`)
  }

  test.each([
    ['a registry', registry],
    ['no registry', ''],
  ])(
    'with %s',
    async (_, registryUrl) => {
      const file = writeDocument(name)
      const start = (...args: readonly string[]): OwnProcess => {
        const one = startCommand([...args, '--topology', file], {
          KAFKA_BROKERS: kafka,
          REDIS_URL: redis,
          SHOPKEEPER_APP: name,
          SCHEMA_REGISTRY_URL: registryUrl,
        })
        running.push(one)
        return one
      }
      const done = async (...args: readonly string[]): Promise<void> => {
        const { code, stderr } = await start(...args).ended
        expect([code, stderr]).toEqual([0, expect.any(String)])
      }
      const demo = ['demo', 'shop', '--publish', '--speed', '1200', '--events', '20000']
      const tooEarly = await start(...demo).ended
      expect([tooEarly.code, tooEarly.stderr]).toEqual([2, expect.stringContaining('topics create')])
      await done('topics', 'create', '--partitions', '2')
      if (registryUrl !== '') await done('schemas', 'register')
      const run = start('run', '--http', '0')
      await run.until(/identify is open/)
      const publisher = start(...demo)
      // A transaction ends with a marker in each partition that it wrote to.
      await untilRecords('nudges', 2 * OFFERS)
      const next = start(...demo)
      const { code: taken, stderr: why } = await publisher.ended
      expect([taken, why]).toEqual([1, expect.stringContaining('another publisher was started')])
      await untilRecords('web-events', (await records('web-events')) + 200)
      next.child.kill('SIGTERM')
      const { code, stderr } = await next.ended
      const [, published] = /(\d+) events published to the source topics of shop-fast\n$/.exec(stderr) ?? []
      expect([code, Number(published)]).toEqual([0, expect.any(Number)])
      expect(Number(published)).toBeGreaterThan(100)
      run.child.kill('SIGTERM')
      expect((await run.ended).code).toBe(0)
      expect([await records('lateEvents'), await records('deadLetters')]).toEqual([0, 0])
    },
    150_000,
  )
})
