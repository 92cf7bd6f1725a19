/** The client examples, each as its own process, as their READMEs say: alone, and with the product between them. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Consumer, Kafka, logLevel, type Producer } from 'kafkajs'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { startCommand } from '../support/own-process.ts'
import { describeWith, uniqueName } from '../support/real-servers.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const PATIENCE_MS = 30_000

interface Sent {
  readonly key: string
  readonly channel: string
  readonly to: string
  readonly template: string
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly said: { stdout: string; stderr: string }
}

const children: ChildProcessWithoutNullStreams[] = []

function start(program: string, args: readonly string[], brokers: string): Running {
  const child = spawn(process.execPath, [join(EXAMPLES, program), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', KAFKA_BROKERS: brokers },
  })
  children.push(child)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  return { child, said }
}

async function end({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'close') as Promise<[number | null]>
  child.kill(signal)
  return (await closed)[0]
}

/** Until it holds; what it does not come to is said by the failure. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const give = Date.now() + PATIENCE_MS; !holds(); await sleep(50))
    if (Date.now() > give) throw new Error(`waited in vain until ${what}`)
}

const sentBy = ({ said }: Running): readonly Sent[] =>
  said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sent)

describeWith(['kafka', 'redis'], 'the examples', ({ kafka: brokers, redis }) => {
  const kafka = new Kafka({
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 10 },
  })
  let administration: KafkaAdministration
  let folder = ''
  let offers = ''
  let reports = ''
  let group = ''
  /** Events that came to the topic of reports. */
  let reported: {
    readonly id: string
    readonly type: string
    readonly data: { readonly offer_id: string }
  }[] = []
  let consumer: Consumer
  let producer: Producer

  beforeAll(() => {
    administration = new KafkaAdministration({
      brokers: [brokers],
      clientId: 'test',
      ssl: false,
      sasl: undefined,
    })
  })
  afterAll(async () => administration.close())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'examples-'))
    offers = uniqueName('offers')
    reports = uniqueName('reports')
    group = uniqueName('group')
    const config = { partitions: 1, replication: -1, config: {} }
    await administration.createTopics([
      { topic: offers, ...config },
      { topic: reports, ...config },
    ])
    reported = []
    consumer = kafka.consumer({ groupId: uniqueName('reader'), maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topics: [reports], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) =>
        void reported.push(JSON.parse(String(message.value)) as (typeof reported)[0]),
    })
    producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: uniqueName('maker'),
    })
    await producer.connect()
  }, 60_000)
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await consumer.disconnect()
    await producer.disconnect()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  const service = (): Running =>
    start(
      'messaging-service/service.mjs',
      ['--offers', offers, '--reports', reports, '--group', group, '--journal', join(folder, 'journal')],
      brokers,
    )

  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()
  const offer = (name: string, more: object = {}): object => ({
    id: `id-${name}`,
    type: 'offer.emitted',
    data: {
      offer_id: name,
      idempotency_key: name,
      recipient: { identifiers: [{ type: 'email', value: `${name}@example.org` }] },
      channel: 'email',
      content: { template: 'reminder', params: {} },
      expires_at: inMs(3_600_000),
      not_before: null,
      ...more,
    },
  })

  async function write(values: readonly object[], ends: 'commit' | 'abort' = 'commit'): Promise<void> {
    const transaction = await producer.transaction()
    await transaction.send({
      topic: offers,
      messages: values.map((value) => ({ key: 'p', value: JSON.stringify(value) })),
    })
    await transaction[ends]()
  }

  test('an offer goes out once, in its time, and is reported', async () => {
    const running = service()
    await write([offer('rolled-back-and-made-again')], 'abort')
    await write([
      offer('rolled-back-and-made-again'),
      offer('expired', { expires_at: inMs(-1000) }),
      offer('later', { not_before: inMs(1500) }),
      offer('called-back', { not_before: inMs(2500) }),
      offer('plain'),
      offer('plain'),
    ])
    await write([
      { id: 'r', type: 'offer.revoked', data: { offer_id: 'called-back', reason: 'on-time-again' } },
    ])
    await until('three are reported', () => reported.length >= 3)
    await sleep(1500)
    const sent = sentBy(running)
    expect(sent.map(({ key }) => key).toSorted()).toEqual(['later', 'plain', 'rolled-back-and-made-again'])
    expect(sent.at(-1)).toMatchObject({ key: 'later', to: 'later@example.org', template: 'reminder' })
    expect(reported.map(({ type, data }) => `${type} ${data.offer_id}`).toSorted()).toEqual([
      'offer.delivered later',
      'offer.delivered plain',
      'offer.delivered rolled-back-and-made-again',
    ])
    expect(await end(running, 'SIGTERM')).toBe(0)
  }, 60_000)

  test('killed and started again it sends nothing twice, and what waited still goes out', async () => {
    const first = service()
    await write([offer('before'), offer('waits', { not_before: inMs(4000) })])
    await until('one is reported', () => reported.length === 1)
    await end(first, 'SIGKILL')
    // As if the last line had been cut off by a crash.
    writeFileSync(join(folder, 'journal'), `${readFileSync(join(folder, 'journal'), 'utf8')}{"key":"tor`)
    const second = service()
    await write([offer('before'), offer('after')])
    await until('all are reported', () => reported.length >= 3)
    expect([...sentBy(first), ...sentBy(second)].map(({ key }) => key).toSorted()).toEqual([
      'after',
      'before',
      'waits',
    ])
    await end(second, 'SIGTERM')
  }, 60_000)

  test('the publisher, the product and the messaging service together', async () => {
    const name = uniqueName('chain')
    const file = join(folder, 'chain.yaml')
    writeFileSync(file, topologyOf(name, offers, reports))
    const environment = { KAFKA_BROKERS: brokers, REDIS_URL: redis, SHOPKEEPER_APP: uniqueName('app') }
    const created = startCommand(['topics', 'create', '--topology', file, '--partitions', '2'], environment)
    expect((await created.ended).stderr).toBe('')
    const product = startCommand(['run', '--topology', file, '--http', '0'], environment)
    children.push(product.child)
    const messaging = service()
    const publisher = start('publish-events/publish.mjs', [`${name}.web`], brokers)
    const event = (id: string, type: string, data: object): string =>
      JSON.stringify({
        id,
        source: 'web',
        type,
        time: new Date().toISOString(),
        identifiers: [{ type: 'email', value: 'ann@example.org' }],
        data,
      })
    publisher.child.stdin.end(
      `${event('e-1', 'product.added', { product_id: 'p', price: 20 })}\n${event('e-2', 'page.viewed', {})}\n`,
    )
    expect(await once(publisher.child, 'close')).toEqual([0, null])
    expect(publisher.said.stderr).toContain('2 events published')
    await until('the offer is delivered', () => reported.length >= 1)
    expect(sentBy(messaging)).toMatchObject([{ to: 'ann@example.org', template: 'cart-reminder' }])
    expect(reported).toMatchObject([{ type: 'offer.delivered' }])
    product.child.kill('SIGTERM')
    expect((await product.ended).code).toBe(0)
    await end(messaging, 'SIGTERM')
  }, 120_000)
})

const topologyOf = (name: string, offers: string, reports: string): string => `topology: ${name}
sources:
  web: { topic: ${name}.web, lateness: 100ms, idle: 500ms, types: [product.added, page.viewed] }
  reports: { topic: ${reports}, lateness: 100ms, idle: 500ms, types: [offer.delivered] }
operators:
  - { id: identity, type: identity, from: [web, reports] }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: 1s } }
  - id: nudges
    type: offer
    from: cart
    config: { offers: [{ id: reminder, on: cart, channels: [email], template: cart-reminder }] }
sinks: { offers: { from: nudges, topic: ${offers} } }
lateEvents: { topic: ${name}.late }
deadLetters: { topic: ${name}.dead }
identities: { topic: ${name}.identities }
decisions: { topic: ${name}.decisions }
`
