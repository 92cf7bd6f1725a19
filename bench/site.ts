/** Where it is measured: a broker, a Redis and a registry of its own, for all runs, and what one run may use of them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withAdmin } from '../test/support/kafka-topics.ts'
import { startKafka } from '../test/support/servers/kafka.ts'
import { kafkaProgram, programOf, redisProgram, registryProgram } from '../test/support/servers/programs.ts'
import { type RedisServer, startRedis } from '../test/support/servers/redis.ts'
import { startRegistry } from '../test/support/servers/registry.ts'
import type { Server } from '../test/support/servers/server-process.ts'
import { cpuOf } from './processes.ts'
import { KafkaClient } from './kafka-client.ts'

/** As a broker is run, and not as for a test that ends in seconds; behind the options of the test servers. */
const BROKER_JAVA = ['-Xms1g', '-Xmx1g', '-XX:TieredStopAtLevel=4']
const BROKER_SETTINGS = {
  'log.retention.check.interval.ms': '86400000',
  'log.segment.delete.delay.ms': '1000',
  'transaction.max.timeout.ms': '900000',
}

export interface Site {
  readonly brokers: string
  readonly redis: string
  readonly registry: string
  connect(): KafkaClient
  /** A name that begins so and was not given before: of a run. */
  nameOf(what: string): string
  readonly folder: string
  /** CPU seconds of the servers so far. */
  serverCpu(): { readonly broker: number; readonly redis: number; readonly registry: number }
  redisBytes(): Promise<number>
  redisVersion(): Promise<string>
  emptyRedis(): Promise<void>
  /** The id of the writer schema, registered for the values of this topic. */
  registerSchema(topic: string): Promise<number>
  /** Deletes every topic whose name begins so. */
  dropTopics(prefix: string): Promise<void>
  close(): Promise<void>
}

/** `keep`: the folder stays, with what everybody said. */
export async function openSite(keep = false): Promise<Site> {
  const search = { install: true, say: (line: string) => void process.stderr.write(`${line}\n`) }
  programOf('kafka', kafkaProgram(search))
  programOf('redis', redisProgram(search))
  programOf('registry', registryProgram(search))
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-bench-'))
  const servers: Server[] = []
  let given = 0
  const started = async <T extends Server>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    servers.push(server)
    return server
  }
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
    if (keep) process.stderr.write(`what everybody said is in ${folder}\n`)
    else await rm(folder, { recursive: true, force: true })
  }
  try {
    const kafka = await started(
      startKafka({ dataFolder: join(folder, 'kafka'), settings: BROKER_SETTINGS, java: BROKER_JAVA }),
    )
    const redis: RedisServer = await started(startRedis({ dataFolder: join(folder, 'redis') }))
    const registry = await started(startRegistry())
    return {
      brokers: kafka.address,
      redis: redis.address,
      registry: registry.address,
      connect: () => new KafkaClient(kafka.address),
      nameOf: (what) => `${what}-${++given}`,
      folder,
      serverCpu: () => ({ broker: cpuOf(kafka.pid), redis: cpuOf(redis.pid), registry: cpuOf(registry.pid) }),
      async redisBytes() {
        const info = await redis.admin.info('memory')
        return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0)
      },
      async redisVersion() {
        const info = await redis.admin.info('server')
        return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
      },
      async emptyRedis() {
        await redis.admin.flushall()
      },
      registerSchema: (topic) => registerSchema(registry.address, topic),
      dropTopics: (prefix) =>
        withAdmin(kafka.address, async (admin) => {
          const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
          if (topics.length > 0) await admin.deleteTopics({ topics })
        }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function registerSchema(registry: string, topic: string): Promise<number> {
  const schema = readFileSync(new URL('./load/event.avsc', import.meta.url), 'utf8')
  const answer = await fetch(`${registry}/subjects/${topic}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  })
  if (!answer.ok) throw new Error(`the registry does not take the schema: ${await answer.text()}`)
  return ((await answer.json()) as { readonly id: number }).id
}
