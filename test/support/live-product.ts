/** The command on real servers, as an application of its own: its commands, the product at work, records in and out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { kafkaClient } from './kafka-topics.ts'
import { type Ended, type OwnProcess, startCommand } from './own-process.ts'
import { type Addresses, uniqueName } from './services.ts'

const PATIENCE_MS = 30_000

export interface LiveProduct {
  /** Topology, application and the beginning of every topic's name. */
  readonly name: string
  /** Writes the document, whose first line `topology:` and whose own four topics are put before it; its path. */
  document(text: string): string
  /** A command to its end. */
  command(...args: readonly string[]): Promise<Ended>
  /** The product runs while `work` does, and then has to end well. */
  whileRunning(file: string, work: () => Promise<void>): Promise<void>
  /** Values to one partition of the topic `<name>.<topic>`, in this order. */
  publish(topic: string, ...values: readonly string[]): Promise<void>
  /** Until the topic `<name>.<topic>` has so many records, markers included. */
  untilRecords(topic: string, atLeast: number): Promise<void>
  records(topic: string): Promise<number>
  close(): Promise<void>
}

export function liveProduct({ kafka, redis }: Addresses): LiveProduct {
  const folder = mkdtempSync(join(tmpdir(), 'live-'))
  const name = uniqueName('live')
  const environment = {
    KAFKA_BROKERS: kafka,
    REDIS_URL: redis,
    SHOPKEEPER_APP: name,
    SCHEMA_REGISTRY_URL: '',
  }
  const administration = new KafkaAdministration({
    brokers: [kafka],
    clientId: 'test',
    ssl: false,
    sasl: undefined,
  })
  let running: OwnProcess | undefined
  const records = async (topic: string): Promise<number> =>
    (await administration.ends([`${name}.${topic}`])).reduce((sum, { begin, end }) => sum + end - begin, 0)
  return {
    name,
    records,
    document(text) {
      const file = join(folder, 'topology.yaml')
      const own = ['lateEvents', 'deadLetters', 'identities', 'decisions']
      const topics = own.map((key) => `${key}: { topic: ${name}.${key} }\n`).join('')
      writeFileSync(file, `topology: ${name}\n${text}${topics}`)
      return file
    },
    command(...args) {
      const { child, ended } = startCommand(args, environment)
      child.stdin.end()
      return ended
    },
    async whileRunning(file, work) {
      running = startCommand(['run', '--topology', file, '--http', '0'], environment)
      await work()
      running.child.kill('SIGTERM')
      const ended = await Promise.race([running.ended, sleep(PATIENCE_MS, undefined, { ref: false })])
      if (ended === undefined) throw new Error(`run does not end: ${running.said.stderr}`)
      if (ended.code !== 0) throw new Error(`run ended with ${ended.code}: ${ended.stderr}`)
    },
    async publish(topic, ...values) {
      const producer = kafkaClient(kafka).producer()
      await producer.connect()
      await producer.send({
        topic: `${name}.${topic}`,
        messages: values.map((value) => ({ key: 'one', value })),
      })
      await producer.disconnect()
    },
    async untilRecords(topic, atLeast) {
      for (const give = Date.now() + PATIENCE_MS; (await records(topic)) < atLeast; await sleep(100))
        if (Date.now() > give) throw new Error(`waited in vain for ${topic}: ${running?.said.stderr ?? ''}`)
    },
    async close() {
      running?.child.kill('SIGKILL')
      await administration.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
