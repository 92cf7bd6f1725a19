/** `person erase` on real servers: it is worked off, the names are suppressed, and behind compaction no byte of them is left. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { KafkaLog } from '../../src/adapters/kafka/log.ts'
import { withAdmin } from '../support/kafka-topics.ts'
import { type LiveProduct, liveProduct } from '../support/live-product.ts'
import { describeWith } from '../support/real-servers.ts'

/** The broker's cleaner comes round every fifteen seconds. */
const COMPACTION_MS = 150_000
const EAGER = {
  'segment.ms': '1000',
  'min.cleanable.dirty.ratio': '0.01',
  'delete.retention.ms': '0',
  'max.compaction.lag.ms': '1000',
}

interface Erasure {
  readonly people: readonly string[]
  readonly done: boolean
  readonly purged: readonly { readonly partition: number; readonly offset: number }[]
}

describeWith(['kafka', 'redis'], 'person erase', (addresses) => {
  let product: LiveProduct
  beforeEach(() => {
    product = liveProduct(addresses)
  })
  afterEach(async () => product.close())

  /** Every key and value that a reader of these topics can get. */
  async function bytesIn(topics: readonly string[]): Promise<string> {
    const ends = await withAdmin(addresses.kafka, async (admin) =>
      Promise.all(topics.map(async (topic) => ({ topic, lanes: await admin.fetchTopicOffsets(topic) }))),
    )
    const log = new KafkaLog({
      connection: { brokers: [addresses.kafka], clientId: 'test', ssl: false, sasl: undefined },
      group: 'none',
      view: { current: () => undefined, next: (_after, waitMs) => sleep(waitMs), holds: () => false },
      now: () => Date.now(),
      transactionTimeoutMs: 10_000,
    })
    const lanes = ends.flatMap(({ topic, lanes: all }) =>
      all
        .filter(({ low, high }) => Number(high) > Number(low))
        .map(({ partition, low }) => ({ topic, partition, offset: Number(low) })),
    )
    let bytes = ''
    const reader = log.read(lanes)
    const atEnd = new Set<string>()
    while (atEnd.size < lanes.length) {
      const turn = await reader.next(1000)
      for (const batch of turn.batches)
        for (const cursor = batch.walk(); cursor.next(); ) {
          const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
          if (keyEnd >= 0) bytes += buffer.toString('latin1', keyStart, keyEnd)
          if (valueEnd >= 0) bytes += `\n${buffer.toString('latin1', valueStart, valueEnd)}\n`
        }
      for (const { topic, partition } of turn.atEnd) atEnd.add(`${topic}/${partition}`)
    }
    await reader.close()
    await log.close()
    return bytes
  }

  /** Every key and value of the application in the state store. */
  async function bytesInRedis(): Promise<string> {
    const redis = new Redis(addresses.redis)
    let bytes = ''
    for await (const keys of redis.scanStream({ match: `{${product.name}*` }) as AsyncIterable<string[]>)
      for (const key of keys) {
        const type = await redis.type(key)
        const parts =
          type === 'hash'
            ? Object.entries(await redis.hgetallBuffer(key))
            : [[key, await redis.zrange(key, '0', '-1')]]
        for (const [field, value] of parts)
          bytes += `\n${String(field)} ${Buffer.isBuffer(value) ? value.toString('latin1') : String(value)}`
      }
    await redis.quit()
    return bytes
  }

  test('takes everything of a person out of the running product', async () => {
    const file =
      product.document(`sources: { web: { topic: ${product.name}.web, lateness: 100ms, idle: 500ms } }
operators:
  - { id: identity, type: identity, from: web }
  - { id: sessions, type: sessionize, from: identity, config: { gap: 10m } }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: 1h } }
`)
    const created = await product.command('topics', 'create', '--topology', file, '--partitions', '2')
    expect(created.stderr).toBe('')
    const app = `${product.name}.${product.name}`
    const compacted = [`${app}.identify.changelog`, `${app}.profile.changelog`, `${product.name}.identities`]
    const own = [...compacted, `${app}.profile`, `${app}.control`]
    await withAdmin(addresses.kafka, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: compacted.map((name) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configEntries: Object.entries({ 'cleanup.policy': 'compact', ...EAGER }).map(([key, value]) => ({
            name: key,
            value,
          })),
        })),
      }),
    )
    let n = 0
    const event = (...names: readonly (readonly [string, string])[]): string =>
      JSON.stringify({
        id: `e-${++n}`,
        type: 'product.added',
        time: Date.now() + n,
        identifiers: names.map(([type, value]) => ({ type, value })),
        data: { product_id: 'p', price: 5 },
      })
    const ANN = ['email', 'ann@example.org'] as const
    const COOKIE = ['anonymous_id', 'cookie-of-ann'] as const
    const BOB = ['email', 'bob@example.org'] as const
    await product.whileRunning(file, async () => {
      await product.publish('web', event(COOKIE), event(ANN), event(ANN, COOKIE), event(BOB))
      await product.untilRecords('identities', 4)
      const all = await bytesIn(own)
      for (const name of ['ann@example.org', 'cookie-of-ann']) expect(all).toContain(name)

      const asked = await product.command('person', 'erase', 'Ann@example.org', '--topology', file, '--json')
      expect([asked.stderr, asked.code]).toEqual(['', 0])
      const { people, done, purged } = JSON.parse(asked.stdout) as Erasure
      expect([people.length, done, purged.length]).toEqual([1, true, 2])

      // What comes after: of her nothing is taken, and others go on.
      await product.publish('web', event(COOKIE), event(BOB))
      const shown = await product.command('person', 'show', 'ann@example.org', '--topology', file, '--json')
      expect([shown.stdout, shown.code]).toEqual(['[]\n', 1])
      expect(await bytesInRedis()).not.toMatch(/ann@example|cookie-of-ann/)
      expect(await bytesInRedis()).toContain('bob@example.org')

      // Closed segments alone are compacted: something must follow in every lane.
      let left = ''
      for (const until = Date.now() + COMPACTION_MS; Date.now() < until; await sleep(2000)) {
        await product.publish(
          'web',
          event(BOB),
          event(['email', `someone${n}@example.org`]),
          event(['email', `other${n}@example.org`]),
        )
        left = await bytesIn(own)
        if (!/ann@example|cookie-of-ann/.test(left)) break
      }
      expect(left).not.toMatch(/ann@example|cookie-of-ann/)
      expect(left).toContain('bob@example.org')

      const lifted = await product.command('person', 'erase', 'ann@example.org', '--lift', '--topology', file)
      expect([lifted.stdout, lifted.code]).toEqual(['ann@example.org may name somebody again\n', 0])
      await product.publish('web', event(COOKIE))
      let back = ''
      for (
        const until = Date.now() + 30_000;
        Date.now() < until && !back.includes('cookie-of-ann');
        await sleep(300)
      )
        back = (await product.command('person', 'show', 'cookie-of-ann', '--topology', file, '--json')).stdout
      expect(back).toContain('cookie-of-ann')
      expect(back).not.toContain('ann@example.org')
    })

    // Nobody runs it: the order stays in the log, and says so.
    const waiting = await product.command(
      'person',
      'erase',
      'bob@example.org',
      '--wait',
      '1s',
      '--topology',
      file,
    )
    expect(waiting.stdout).toMatch(/the order is in the log \(.*control\/0\/\d+\)/)
    expect(waiting.code).toBe(1)
    await product.whileRunning(file, async () => {
      for (const until = Date.now() + 30_000; Date.now() < until; await sleep(300))
        if (!(await bytesInRedis()).includes('bob@example.org')) break
    })
    expect(await bytesInRedis()).not.toContain('bob@example.org')
  }, 300_000)
})
