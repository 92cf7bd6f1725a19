/**
 * Where it is measured: a broker and a Redis of its own, the topics of one topology, processes of the product, and which of them has
 * opened which task last, as their logs say it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { createCrew } from '../chaos/crew.ts'
import { startCommand } from '../support/own-process.ts'
import { startKafka } from '../support/servers/kafka.ts'
import { kafkaProgram, programOf, redisProgram } from '../support/servers/programs.ts'
import { startRedis } from '../support/servers/redis.ts'

const APP = 'measure'
const TOPOLOGY = 'probe'
export const PARTITIONS = 4
const WAIT_MS_MAX = 180_000
const LOOK_MS = 20
/** Nothing new in the changelogs for so long: what was told is worked off. */
const QUIET_MS = 3000

export interface Site {
  readonly brokers: string
  readonly folder: string
  /** Processes that run, the oldest first. */
  readonly processes: readonly number[]
  /** Answers its number. */
  start(): number
  kill(process: number): void
  /** Answers when it has ended. */
  leave(process: number): Promise<void>
  leaveAll(): Promise<void>
  /** Every opening of a task that was told, in order. */
  readonly openings: readonly Opening[]
  /** Who opened the gate last. */
  readonly gateProcess: number
  /** Until every task is open, each process that runs having as many partitions as it is due. */
  untilShared(): Promise<void>
  untilQuiet(): Promise<void>
  emptyRedis(): Promise<void>
  close(): Promise<void>
}

/** Task {@link GATE}, or a partition, by the number of the process. */
export interface Opening {
  readonly task: number
  readonly process: number
}

const GATE = -1
export const topicOf = (what: 'shop' | 'trips' | 'offers'): string => `${APP}.${what}`

const TYPES = {
  shop: ['page.viewed', 'product.added'],
  trips: ['trip.eta_updated'],
}

/** Timers are a day away: what is measured comes from events alone. */
const document = {
  topology: TOPOLOGY,
  timezone: 'UTC',
  sources: Object.fromEntries(
    (['shop', 'trips'] as const).map((source) => [
      source,
      { topic: topicOf(source), lateness: '5s', grace: '10m', idle: '30s', types: TYPES[source] },
    ]),
  ),
  operators: [
    { id: 'identity', type: 'identity', from: ['shop', 'trips'] },
    { id: 'cart', type: 'cart-abandonment', from: 'identity', config: { after: '24h' } },
    {
      id: 'late',
      type: 'late-arrival',
      from: 'identity',
      config: { lateBy: '10m', confirm: 2, clearBy: '5m', step: '15m' },
    },
    {
      id: 'offers',
      type: 'offer',
      from: ['cart', 'late'],
      config: {
        offers: [
          { id: 'reminder', on: 'cart', channels: ['screen'], priority: 50, template: 'reminder' },
          { id: 'parking', on: 'late', channels: ['screen'], priority: 70, template: 'parking' },
        ],
      },
    },
  ],
  sinks: { offers: { from: 'offers', topic: topicOf('offers'), format: 'json' } },
  lateEvents: { topic: `${APP}.late` },
  deadLetters: { topic: `${APP}.dead` },
  identities: { topic: `${APP}.identities` },
  decisions: { topic: `${APP}.decisions` },
}

export async function openSite(sessionTimeout: string): Promise<Site> {
  const search = { install: true, say: (line: string) => void process.stderr.write(`${line}\n`) }
  programOf('kafka', kafkaProgram(search))
  programOf('redis', redisProgram(search))
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-measure-'))
  const kafka = await startKafka({ dataFolder: join(folder, 'kafka') })
  const redis = await startRedis({ dataFolder: join(folder, 'redis') })
  const topology = join(folder, 'topology.yaml')
  await writeFile(topology, JSON.stringify(document))
  const environment = {
    KAFKA_BROKERS: kafka.address,
    REDIS_URL: redis.address,
    SHOPKEEPER_APP: APP,
    SHOPKEEPER_SESSION_TIMEOUT: sessionTimeout,
  }
  const args = ['topics', 'create', '--topology', topology, '--partitions', String(PARTITIONS)]
  const { code, stderr } = await startCommand(args, environment).ended
  if (code !== 0) throw new Error(`topics create: ${stderr}`)
  const ownerOf = new Map<number, number>()
  const openings: Opening[] = []
  const processes: number[] = []
  const crew = createCrew({
    topologies: [topology],
    environment,
    log: join(folder, 'processes.log'),
    heard(number, line) {
      const [, task] = / (\S+) is open after /.exec(line) ?? []
      if (task === undefined) return
      const [, partition] = /\.profile\.(\d+)$/.exec(task) ?? []
      const opening = { task: partition === undefined ? GATE : Number(partition), process: number }
      openings.push(opening)
      ownerOf.set(opening.task, number)
    },
  })
  const administration = new KafkaAdministration({
    brokers: [kafka.address],
    clientId: APP,
    ssl: false,
    sasl: undefined,
  })
  const { gateChangelog, profileChangelog } = namesOf(APP, TOPOLOGY)
  const tasksOf = (number: number): readonly number[] =>
    [...ownerOf].filter(([, owner]) => owner === number).map(([task]) => task)
  /** Takes it from the list; its place there is its place in the crew. */
  const placeOf = (number: number): number => {
    const place = processes.indexOf(number)
    if (place < 0) throw new Error(`process ${number} does not run`)
    processes.splice(place, 1)
    return place
  }
  return {
    brokers: kafka.address,
    folder,
    processes,
    start() {
      crew.start(1)
      processes.push(crew.started)
      return crew.started
    },
    kill: (number) => crew.kill(placeOf(number)),
    leave: (number) => crew.leave(placeOf(number)),
    async leaveAll() {
      processes.length = 0
      await crew.leaveAll()
      ownerOf.clear()
    },
    openings,
    get gateProcess() {
      return ownerOf.get(GATE) ?? 0
    },
    async untilShared() {
      const share = Math.floor(PARTITIONS / processes.length)
      const isShared = (): boolean =>
        processes.every((one) => tasksOf(one).filter((task) => task !== GATE).length >= share) &&
        processes.includes(ownerOf.get(GATE) ?? -1)
      for (let left = WAIT_MS_MAX; !isShared(); left -= LOOK_MS) {
        if (left <= 0) throw new Error(`the tasks were never shared out; see ${folder}/processes.log`)
        await pause(LOOK_MS)
      }
    },
    async untilQuiet() {
      let last = ''
      for (let since = Date.now(); Date.now() - since < QUIET_MS; await pause(QUIET_MS / 10)) {
        const ends = JSON.stringify(await administration.ends([gateChangelog, profileChangelog]))
        if (ends !== last) since = Date.now()
        last = ends
      }
    },
    async emptyRedis() {
      const client = new Redis(redis.address)
      await client.flushall()
      client.disconnect()
    },
    async close() {
      crew.killAll()
      await administration.close()
      await Promise.all([kafka.stop(), redis.stop()])
      if (crew.problems.length > 0) throw new Error(crew.problems.join('\n'))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
