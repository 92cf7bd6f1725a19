/**
 * A small shop on real servers: topics of its own, processes of the product, an upstream, and what those outside see.
 *
 * Whoever leaves a cart behind gets one nudge, by e-mail. So the outcome is known: each person one offer, one decision, one session.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { writeAvroEvent } from '../../src/adapters/formats/avro/event.ts'
import { createSchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { KafkaLog } from '../../src/adapters/kafka/log.ts'
import { openRegistry } from '../../src/adapters/registry/registry.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { EARLIEST } from '../../src/runtime/ports/log.ts'
import { type OwnProcess, startCommand } from './own-process.ts'
import { type Addresses, uniqueName } from './real-servers.ts'

const PATIENCE_MS = 90_000

export interface LiveShopOptions {
  /** Of all topics. */
  readonly partitions: number
  /** How long after its last change a cart counts as left behind. */
  readonly after: string
  /** Events and offers are in Avro: the upstream registers at the one, the product asks the other, which may be a proxy before it. */
  readonly registry?: { readonly upstream: string; readonly product: string }
}

/** Output records of a topic, as JSON. */
export interface Seen {
  readonly type: string
  readonly person_id: string
  readonly data: {
    readonly recipient?: { readonly identifiers: readonly { readonly value: string }[] }
    readonly outcome?: string
  }
}

export async function openLiveShop({ kafka: brokers, redis }: Addresses, options: LiveShopOptions) {
  const name = uniqueName('shop')
  const folder = mkdtempSync(join(tmpdir(), 'live-shop-'))
  const file = join(folder, 'shop.yaml')
  const format = options.registry === undefined ? 'json' : 'avro'
  writeFileSync(file, topologyOf(name, options.after, format))
  const environment = {
    KAFKA_BROKERS: brokers,
    REDIS_URL: redis,
    SHOPKEEPER_APP: name,
    SHOPKEEPER_SESSION_TIMEOUT: '6s',
    SHOPKEEPER_TRANSACTION_TIMEOUT: '6s',
    SCHEMA_REGISTRY_URL: options.registry?.product ?? '',
  }
  const running: OwnProcess[] = []
  const command = (...args: readonly string[]): OwnProcess => {
    const one = startCommand([...args, '--topology', file], environment)
    running.push(one)
    return one
  }
  const created = await command('topics', 'create', '--partitions', String(options.partitions)).ended
  if (created.code !== 0) throw new Error(created.stderr)
  const valueOf = await encoderOf(name, options.registry?.upstream)
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING })
  const producer: Producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()

  const outputs = (topic: string): Promise<readonly Seen[]> => readAll(brokers, `${name}.${topic}`)
  return {
    /** The name that Redis keys of it begin with: `{<app>:`. */
    app: name,
    run: (...more: readonly string[]): OwnProcess => command('run', '--http', '0', ...more),
    /** These people put something into their carts, now. */
    async shop(from: number, to: number): Promise<void> {
      const messages = Array.from({ length: to - from }, (_, i) => {
        const person = `p${from + i}`
        return { key: person, value: valueOf(cart(person, Date.now())) }
      })
      await producer.send({ topic: `${name}.web`, messages })
    },
    /** An event of nobody that matters in every partition, a minute ahead: everything due until then fires. */
    async moveOn(): Promise<void> {
      const time = Date.now() + 60_000
      const messages = Array.from({ length: options.partitions }, (_, partition) => ({
        partition,
        value: valueOf({ ...cart(`mover${partition}`, time), type: 'page.viewed', data: {} }),
      }))
      await producer.send({ topic: `${name}.web`, messages })
    },
    outputs,
    /** Who got an offer, one entry for each offer; as soon as there are so many, else those that there are after a while. */
    async nudged(count: number): Promise<readonly string[]> {
      for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(500)) {
        const seen = await outputs('offers')
        if (seen.length >= count || Date.now() > giveUpAt)
          return seen.map(({ data }) => data.recipient?.identifiers[0]?.value ?? '').toSorted()
      }
    },
    async close(): Promise<void> {
      for (const { child } of running) child.kill('SIGKILL')
      await Promise.all(running.map(({ ended }) => ended))
      await producer.disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const addressOf = (person: number): string => `p${person}@example.org`

const cart = (person: string, time: number): SourceEvent => ({
  source: 'web',
  context: undefined,
  id: `${person}-${time}`,
  type: 'product.added',
  time,
  identifiers: [{ type: 'email', value: `${person}@example.org` }],
  data: { product_id: 'p9', price: 19.5, currency: 'EUR' },
})

/** What a reader of committed records sees, from the beginning to the end. */
async function readAll(brokers: string, topic: string): Promise<readonly Seen[]> {
  const log = new KafkaLog({
    connection: { brokers: [brokers], clientId: 'test', ssl: false, sasl: undefined },
    group: 'unused',
    view: { current: () => undefined, next: async () => {}, holds: () => false },
    now: () => Date.now(),
  })
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const lanes = (topics[0]?.partitions ?? []).map(({ partitionId: partition }) => ({ topic, partition }))
    const reader = log.read(lanes.map((lane) => ({ ...lane, offset: EARLIEST })))
    const seen: Seen[] = []
    for (const ended = new Set<number>(); ended.size < lanes.length; ) {
      const { batches, atEnd } = await reader.next(500)
      for (const batch of batches) {
        ended.delete(batch.partition)
        const cursor = batch.walk()
        while (cursor.next())
          seen.push(JSON.parse(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd)) as Seen)
      }
      for (const { partition } of atEnd) ended.add(partition)
    }
    await reader.close()
    return seen
  } finally {
    await admin.disconnect()
    await log.close()
  }
}

/** How the upstream writes an event. */
async function encoderOf(
  name: string,
  registry: string | undefined,
): Promise<(event: SourceEvent) => string | Buffer> {
  if (registry === undefined) return (event) => JSON.stringify(event)
  const schemas = createSchemaBook()
  const id = await openRegistry({ url: registry }).register(`${name}.web-value`, schemas.newest('event').text)
  const writer = new ByteWriter()
  return (event) => {
    writer.reset()
    writeAvroEvent(schemas, event, writer, id)
    return writer.copy()
  }
}

const topologyOf = (name: string, after: string, format: string): string => `topology: shop
sources:
  web: { topic: ${name}.web, format: ${format}, lateness: 500ms, idle: 1s, types: [product.added, page.viewed] }
operators:
  - { id: identity, type: identity, from: [web] }
  - { id: sessions, type: sessionize, from: identity, config: { gap: 2s } }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: ${after} } }
  - id: nudges
    type: offer
    from: cart
    config: { offers: [{ id: nudge, on: cart, channels: [email], template: cart-reminder }] }
sinks:
  offers: { from: nudges, topic: ${name}.offers }
  sessions: { from: sessions, topic: ${name}.sessions }
lateEvents: { topic: ${name}.late }
deadLetters: { topic: ${name}.dead }
identities: { topic: ${name}.identities }
decisions: { topic: ${name}.decisions }
`
