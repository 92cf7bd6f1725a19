/**
 * `npm run chaos -- --minutes M --seed S`: real Kafka and Redis, several processes of the product, an upstream, and faults drawn by the
 * seed. At the end an independent reader says what came out, and the oracle what had to. Exit 1 on any difference.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { prngOf } from '../simulation/prng.ts'
import { startCommand } from '../support/own-process.ts'
import { freePort } from '../support/servers/free-port.ts'
import { startKafka } from '../support/servers/kafka.ts'
import { kafkaProgram, kcatProgram, programOf, redisProgram } from '../support/servers/programs.ts'
import { startProxy } from '../support/servers/proxy.ts'
import { startRedis } from '../support/servers/redis.ts'
import { createCrew, stamp } from './crew.ts'
import { copyRedis, FAULTS, type FaultCounts, type Stage } from './faults.ts'
import { readCommitted, type SeenRecord } from './outside.ts'
import { chaosDocument, createStory } from './story.ts'
import { startUpstream } from './upstream.ts'
import { judge } from './verdict.ts'

const PARTITIONS = 4
const SESSION_MS = 6000
const STANDSTILL_MS = 18_000
/** At random, so that faults hit transactions. */
const HOLD = '400ms'
/** Longer than any wait of a task that is to be opened again. */
const QUIET_MS = 15_000
const END_MS_MAX = 180_000
const SOURCES = ['shop', 'trips']
const OUTPUTS = ['offers', 'sessions', 'triggers', 'decisions', 'identities', 'late', 'dead']
/** Changelogs that are compacted all the time. */
const EAGER_COMPACTION = {
  'segment.ms': '5000',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '5000',
}

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const minutes = Number(options.minutes)
const seed = Number(options.seed)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run chaos -- --minutes M --seed S [--keep]\n')
  process.exit(2)
}

const say = (line: string): void => void process.stdout.write(`${stamp()} ${line}\n`)

async function chaos(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-chaos-'))
  const name = `chaos${seed}`
  const prng = prngOf(seed)
  const search = { install: true, say }
  programOf('kafka', kafkaProgram(search))
  programOf('redis', redisProgram(search))
  const kcat = programOf('kcat', kcatProgram(search))
  const outsidePort = await freePort()
  const kafkaProxy = await startProxy({ to: `127.0.0.1:${outsidePort}` })
  const kafka = await startKafka({
    dataFolder: join(folder, 'kafka'),
    settings: {
      'log.cleaner.backoff.ms': '2000',
      // As by default. Sooner, a broker that has just been restarted ends the transactions of the dead before it knows its own
      // partitions, takes these for deleted, and leaves the transactions open in them for ever (seen on 4.3.1).
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '10000',
    },
    behind: { port: outsidePort, address: kafkaProxy.address },
  })
  const redis = await startRedis({ dataFolder: join(folder, 'redis') })
  const redisProxy = await startProxy({ to: redis.address.replace('redis://', '') })
  const topology = join(folder, 'chaos.yaml')
  const document = chaosDocument(name)
  await writeFile(topology, JSON.stringify(document))
  const environment = {
    KAFKA_BROKERS: kafkaProxy.address,
    REDIS_URL: `redis://${redisProxy.address}`,
    SHOPKEEPER_APP: name,
    SHOPKEEPER_SESSION_TIMEOUT: `${SESSION_MS}ms`,
    SHOPKEEPER_TRANSACTION_TIMEOUT: '6s',
    SHOPKEEPER_HOLD_TRANSACTIONS: HOLD,
  }
  const crew = createCrew({ topology, environment, log: join(folder, 'processes.log') })
  const administration = new KafkaAdministration({
    brokers: [kafka.address],
    clientId: 'chaos',
    ssl: false,
    sasl: undefined,
  })
  try {
    await createTopics(topology, { ...environment, KAFKA_BROKERS: kafka.address }, kafka.address, name)
    say(`seed ${seed}, ${minutes} minutes; what the processes say is in ${folder}/processes.log`)
    const stage: Stage = {
      prng: prng.fork(),
      crew,
      kafka,
      redis,
      kafkaProxy,
      redisProxy,
      snapshot: join(folder, 'redis-copy'),
      sessionMs: SESSION_MS,
      standstillMs: STANDSTILL_MS,
    }
    crew.start(1)
    crew.start(1)
    await pause(3000)
    await copyRedis(stage)
    const story = createStory(prng.fork(), Date.now())
    const upstream = startUpstream(kafka.address, name, PARTITIONS, story)
    const faults = await throwFaults(stage, Date.now() + minutes * 60_000)
    kafkaProxy.heal()
    redisProxy.heal()
    while (crew.size < 2) crew.start(1)
    await upstream.end()
    say(`${story.events} records told; waiting for the end`)
    await untilQuiet(administration, name)
    await crew.leaveAll()
    const read = async (topics: readonly string[]): Promise<readonly SeenRecord[]> =>
      (
        await Promise.all(topics.map((topic) => readCommitted(kcat, kafka.address, `${name}.${topic}`)))
      ).flat()
    const input = await read(SOURCES)
    const output = await read(OUTPUTS)
    const verdict = judge({ document, input, output, lateTopic: `${name}.late` })
    const total = [...faults.values()].reduce((sum, count) => sum + count, 0)
    for (const [fault, count] of [...faults].sort(([a], [b]) => (a < b ? -1 : 1)))
      say(`  ${String(count).padStart(4)} ${fault}`)
    say(
      `${total} faults, ${input.length} records in, ${verdict.parties} parties, ${verdict.seen} records out, ${verdict.expected} expected`,
    )
    const problems = [...verdict.problems, ...crew.problems]
    if (total === 0 || verdict.parties === 0 || verdict.expected === 0)
      problems.push('nothing was thrown, told or expected: this run proves nothing')
    for (const problem of problems) say(`PROBLEM ${problem}`)
    if (problems.length > 0) {
      await writeFile(join(folder, 'input.json'), JSON.stringify(input))
      await writeFile(join(folder, 'output.json'), JSON.stringify(output))
      say(`input, output and logs are kept in ${folder}`)
      say(`again: npm run chaos -- --minutes ${minutes} --seed ${seed}`)
      return 1
    }
    say('nothing lost, nothing doubled, nothing wrong')
    if (!options.keep) await rm(folder, { recursive: true, force: true })
    return 0
  } finally {
    crew.killAll()
    await administration.close()
    await Promise.all([kafkaProxy.close(), redisProxy.close()])
    await Promise.all([kafka.stop(), redis.stop()])
  }
}

async function createTopics(
  topology: string,
  environment: NodeJS.ProcessEnv,
  brokers: string,
  name: string,
): Promise<void> {
  const args = ['topics', 'create', '--topology', topology, '--partitions', String(PARTITIONS)]
  const { code, stderr } = await startCommand(args, environment).ended
  if (code !== 0) throw new Error(`topics create: ${stderr}`)
  const { Kafka, logLevel, ConfigResourceTypes } = (await import('kafkajs')).default
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { gateChangelog, profileChangelog } = namesOf(name, 'chaos')
  await admin.alterConfigs({
    validateOnly: false,
    resources: [gateChangelog, profileChangelog].map((topic) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configEntries: Object.entries({
        'cleanup.policy': 'compact',
        'delete.retention.ms': '86400000',
        'max.message.bytes': '4194304',
        ...EAGER_COMPACTION,
      }).map(([key, value]) => ({ name: key, value })),
    })),
  })
  await admin.disconnect()
}

/** One fault after the other, now and then two at once, until the time is up; each is over before the next but its pair. */
async function throwFaults(stage: Stage, until: number): Promise<FaultCounts> {
  const { prng } = stage
  const counts: FaultCounts = new Map()
  const weights = FAULTS.map((fault) => [fault.weight, fault] as const)
  const one = async (): Promise<void> => {
    const fault = prng.weighted(weights)
    say(fault.name)
    await fault.happen(stage)
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1)
  }
  while (Date.now() < until) {
    await one()
    if (stage.crew.size === 0) stage.crew.start(1)
    await pause(prng.between(0, 700))
  }
  return counts
}

/** Until everything that was told is read, and the outputs have not grown for a while. */
async function untilQuiet(administration: KafkaAdministration, name: string): Promise<void> {
  const giveUpAt = Date.now() + END_MS_MAX
  let last = ''
  for (let since = Date.now(); Date.now() - since < QUIET_MS; ) {
    if (Date.now() > giveUpAt) throw new Error('the outputs never came to rest')
    const ends = JSON.stringify(await administration.ends(OUTPUTS.map((topic) => `${name}.${topic}`)))
    const { lanes } = await administration.group(
      namesOf(name, 'chaos').group,
      SOURCES.map((topic) => `${name}.${topic}`),
    )
    if (ends !== last || lanes.some(({ lag }) => lag !== 0)) since = Date.now()
    last = ends
    await pause(1000)
  }
}

// Not by itself: what a fault has cut off may leave something open here.
process.exit(await chaos())
