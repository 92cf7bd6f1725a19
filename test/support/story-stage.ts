/** A topology on real servers that is told a log step by step: each is worked off by the gate before the next is sent, so the log has one order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Admin, Producer } from 'kafkajs'
import { writeAvroEvent } from '../../src/adapters/formats/avro/event.ts'
import { readAvroOutput } from '../../src/adapters/formats/avro/output.ts'
import { createSchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { controlOrder } from '../../src/adapters/formats/control-orders.ts'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { openEmbedded, type Output } from '../../src/app/embed.ts'
import { recordsIn } from '../../src/app/lane-records.ts'
import { withLog } from '../../src/app/servers.ts'
import { serverSettingsOf } from '../../src/app/settings.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { parseTime } from '../../src/model/time.ts'
import { printsOf } from '../../src/operators/identity/name-print.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { namesOf, WIDE_RECORD_BYTES } from '../../src/topology/topics-needed.ts'
import { createTopics, kafkaClient } from './kafka-topics.ts'
import { type OwnProcess, startCommand } from './own-process.ts'
import type { Addresses } from './real-servers.ts'
import { KEY, planOf } from './replayed.ts'
import type { Entry, Step } from './story-log.ts'

const PATIENCE_MS = 60_000
const POLL_MS = 5

export interface StoryStage {
  readonly plan: Plan
  /** One process more. */
  run(): OwnProcess
  tell(steps: readonly Step[]): Promise<void>
  /** What readers of committed records see, as soon as there are so many. */
  outputs(atLeast: number): Promise<readonly Output[]>
  /** All processes are asked to end, and end well. */
  leave(): Promise<void>
  /** Everything that Redis has of this application is gone. */
  flush(): Promise<void>
  close(): Promise<void>
}

export async function openStoryStage(
  addresses: Addresses,
  app: string,
  document: string,
): Promise<StoryStage> {
  const folder = mkdtempSync(join(tmpdir(), 'stories-'))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, document)
  const plan = planOf(document)
  const names = namesOf(app, plan.topology)
  const environment = {
    KAFKA_BROKERS: addresses.kafka,
    REDIS_URL: addresses.redis,
    SHOPKEEPER_APP: app,
    SHOPKEEPER_SESSION_TIMEOUT: '6s',
    SHOPKEEPER_TRANSACTION_TIMEOUT: '6s',
    SCHEMA_REGISTRY_URL: '',
  }
  const sources = plan.sources.map(({ topic }) => topic)
  const sinks = publicTopics(plan)
  // What happened years ago is kept all the same, and what was said of who is who since then.
  const wide = { 'max.message.bytes': String(WIDE_RECORD_BYTES) }
  const compacted = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(Number.MAX_SAFE_INTEGER) }
  await createTopics(addresses.kafka, [
    ...[...sources, names.control].map((topic) => ({ topic, config: wide })),
    ...sinks.map((topic) => ({
      topic,
      partitions: 2,
      config: topic === plan.topics.identities ? { ...wide, ...compacted } : wide,
    })),
  ])
  const running: OwnProcess[] = []
  const command = (...args: readonly string[]): OwnProcess => {
    const one = startCommand([...args, '--topology', file], environment)
    one.child.stdin.end()
    running.push(one)
    return one
  }
  const created = await command('topics', 'create').ended
  if (created.code !== 0) throw new Error(created.stdout + created.stderr)
  const kafka = kafkaClient(addresses.kafka)
  const producer: Producer = kafka.producer()
  const admin: Admin = kafka.admin()
  await Promise.all([producer.connect(), admin.connect()])

  async function send(step: Step): Promise<ReadonlyMap<string, number>> {
    const sent = await producer.sendBatch({
      topicMessages: step.map(({ at, topic, line, erase }) => ({
        topic: topic ?? names.control,
        messages: [{ key: 'one', value: valueOf(plan, { topic, line, erase }), timestamp: String(at) }],
      })),
    })
    return new Map(sent.map(({ topicName, baseOffset }) => [topicName, Number(baseOffset) + 1]))
  }

  async function untilWorkedOff(ends: ReadonlyMap<string, number>): Promise<void> {
    const topics = [...ends.keys()]
    for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
      const found = await admin.fetchOffsets({ groupId: names.group, topics })
      const behind = found.filter(
        ({ topic, partitions }) => Number(partitions[0]?.offset ?? -1) < (ends.get(topic) ?? 0),
      )
      if (behind.length === 0) return
      if (Date.now() > giveUpAt)
        throw new Error(
          `never worked off: ${behind[0]?.topic}: ${running.map(({ said }) => said.stderr).join('\n')}`,
        )
    }
  }

  return {
    plan,
    run: () => command('run', '--http', '0'),
    async tell(steps) {
      for (const step of steps) await untilWorkedOff(await send(step))
    },
    async outputs(atLeast) {
      for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(300)) {
        const seen = await committed(environment, sinks)
        if (seen.length >= atLeast || Date.now() > giveUpAt) return seen
      }
    },
    async leave() {
      for (const { child } of running) child.kill('SIGTERM')
      for (const { code, signal, stderr } of await Promise.all(running.map(({ ended }) => ended)))
        if (code !== 0 && signal !== 'SIGKILL') throw new Error(`it did not end well: ${stderr}`)
    },
    async flush() {
      const redis = new Redis(addresses.redis)
      const keys = await redis.keys(`{${app}[.:]*`)
      if (keys.length === 0) throw new Error(`nothing to flush of ${app}`)
      await redis.del(...keys)
      await redis.quit()
    },
    async close() {
      for (const { child } of running) child.kill('SIGKILL')
      await Promise.all(running.map(({ ended }) => ended))
      await Promise.all([producer.disconnect(), admin.disconnect()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const schemas = createSchemaBook()

/** As an upstream writes it: in the format of its source. */
function valueOf({ sources, identity }: Plan, { topic, line, erase }: Omit<Entry, 'at'>): string | Buffer {
  if (erase !== undefined)
    return controlOrder({ person: undefined, prints: printsOf(erase, identity.ready) }, false)
  const source = sources.find((one) => one.topic === topic)
  if (source?.format !== 'avro') return line
  const { id, type, time, identifiers, context, data } = JSON.parse(line) as SourceEvent
  const writer = new ByteWriter()
  const event = { id, source: source.id, type, time: parseTime(time) ?? 0, identifiers, context, data }
  writeAvroEvent(schemas, event, writer)
  return writer.copy()
}

const publicTopics = ({ identity, slots, topics }: Plan): readonly string[] => [
  ...new Set([
    ...Object.values(topics),
    ...identity.sinks.map(({ topic }) => topic),
    ...slots.flatMap((slot) => slot.sinks.map(({ topic }) => topic)),
  ]),
]

async function committed(
  environment: NodeJS.ProcessEnv,
  topics: readonly string[],
): Promise<readonly Output[]> {
  const settings = serverSettingsOf(environment)
  const administration = new KafkaAdministration({
    brokers: settings.kafka.brokers,
    clientId: 'test',
    ssl: false,
    sasl: undefined,
  })
  const spans = await administration.ends(topics)
  await administration.close()
  return withLog(settings, 'none', async (log) => {
    const seen: Output[] = []
    for (const topic of topics) {
      const lanes = spans.filter((span) => span.topic === topic)
      for await (const { buffer, keyStart, keyEnd, valueStart, valueEnd } of recordsIn(log, lanes))
        seen.push({
          topic,
          key: keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd),
          value: valueEnd < 0 ? 'null' : textOf(buffer.subarray(valueStart, valueEnd)),
        })
    }
    return seen
  })
}

/** No JSON begins with a zero, and all of Avro does. */
const textOf = (value: Buffer): string =>
  value[0] === 0 ? JSON.stringify(readAvroOutput(schemas, value)) : value.toString()

/** The same log on the embedded runtime. */
export async function embeddedOf(plan: Plan, steps: readonly Step[]): Promise<readonly Output[]> {
  const outputs: Output[] = []
  const runtime = await openEmbedded(plan, { key: KEY, onOutput: (output) => outputs.push(output) })
  for (const step of steps) await runtime.feed(step.map(({ line }) => line))
  await runtime.finish()
  await runtime.close()
  return outputs
}
