/**
 * `npm run chaos -- --minutes M --seed S`: real Kafka and Redis, several processes of the product at the topologies as they ship, an
 * upstream for each, and faults drawn by the seed. At the end an independent reader says what came out, and a replay what had to. Exit 1
 * on any difference.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { SHOP } from '../../src/app/demo/shop.ts'
import { THEME_PARK } from '../../src/app/demo/theme-park.ts'
import { prngOf } from '../simulation/prng.ts'
import { freePort } from '../support/servers/free-port.ts'
import { startKafka } from '../support/servers/kafka.ts'
import { kafkaProgram, kcatProgram, programOf, redisProgram } from '../support/servers/programs.ts'
import { startProxy } from '../support/servers/proxy.ts'
import { startRedis } from '../support/servers/redis.ts'
import { createCrew, stamp } from './crew.ts'
import { copyRedis, FAULTS, type FaultCounts, recruit, type Stage } from './faults.ts'
import { createTopics, type Play, playOf, readerOf, untilQuiet, verdictOf } from './play.ts'
import { startUpstream } from './upstream.ts'

const SESSION_MS = 6000
const STANDSTILL_MS = 18_000
/** At random, so that faults hit transactions. */
const HOLD = '400ms'
const BUSINESSES = [THEME_PARK, SHOP]

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    topology: { type: 'string', default: 'both' },
    keep: { type: 'boolean', default: false },
  },
})
const minutes = Number(options.minutes)
const seed = Number(options.seed)
const businesses = BUSINESSES.filter(({ name }) => options.topology === 'both' || options.topology === name)
if (!(minutes > 0) || !Number.isInteger(seed) || businesses.length === 0) {
  process.stderr.write(
    'usage: npm run chaos -- --minutes M --seed S [--topology theme-park|shop|both] [--keep]\n',
  )
  process.exit(2)
}

const say = (line: string): void => void process.stdout.write(`${stamp()} ${line}\n`)

type Servers = Pick<Stage, 'kafka' | 'redis' | 'kafkaProxy' | 'redisProxy'>

/** Kafka and Redis, each behind a proxy that the faults work on. */
async function startServers(folder: string): Promise<Servers> {
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
  return { kafka, redis, kafkaProxy, redisProxy }
}

async function chaos(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-chaos-'))
  const name = `chaos${seed}`
  const prng = prngOf(seed)
  const plays: Play[] = []
  for (const business of businesses) plays.push(await playOf(business, name, minutes, prng.fork()))
  const search = { install: true, say }
  programOf('kafka', kafkaProgram(search))
  programOf('redis', redisProgram(search))
  const kcat = programOf('kcat', kcatProgram(search))
  const servers = await startServers(folder)
  const { kafka, redis, kafkaProxy, redisProxy } = servers
  const environment = {
    KAFKA_BROKERS: kafkaProxy.address,
    REDIS_URL: `redis://${redisProxy.address}`,
    SCHEMA_REGISTRY_URL: '',
    SHOPKEEPER_APP: name,
    SHOPKEEPER_SESSION_TIMEOUT: `${SESSION_MS}ms`,
    SHOPKEEPER_TRANSACTION_TIMEOUT: '6s',
    SHOPKEEPER_HOLD_TRANSACTIONS: HOLD,
  }
  const topologies = plays.map(({ file }) => file)
  const crew = createCrew({ topologies, environment, log: join(folder, 'processes.log') })
  const administration = new KafkaAdministration({
    brokers: [kafka.address],
    clientId: 'chaos',
    ssl: false,
    sasl: undefined,
  })
  try {
    for (const play of plays)
      await createTopics(play, { ...environment, KAFKA_BROKERS: kafka.address }, kafka.address)
    say(`seed ${seed}, ${minutes} minutes; what the processes say is in ${folder}/processes.log`)
    const spanMs = minutes * 60_000
    const stage = {
      prng: prng.fork(),
      crew,
      ...servers,
      snapshot: join(folder, 'redis-copy'),
      sessionMs: SESSION_MS,
      standstillMs: STANDSTILL_MS,
    }
    for (let left = crew.sizeMax; left > 0; left--) crew.start(1)
    await pause(3000)
    await copyRedis(stage)
    const upstreams = plays.map(({ rounds }) => startUpstream(kafka.address, rounds, spanMs))
    const tense = (): Promise<void> => Promise.race(upstreams.map((upstream) => upstream.tense()))
    const faults = await throwFaults({ ...stage, tense }, Date.now() + spanMs)
    kafkaProxy.heal()
    redisProxy.heal()
    while (crew.fewest === 0 || crew.size < 2) crew.start(1)
    await Promise.all(upstreams.map(({ done }) => done))
    say('everything is told; waiting for the end')
    await untilQuiet(administration, plays)
    await crew.leaveAll()
    for (const [fault, count] of [...faults].sort(([a], [b]) => (a < b ? -1 : 1)))
      say(`  ${String(count).padStart(4)} ${fault}`)
    const read = readerOf(kcat, kafka.address)
    const problems = [...(await verdictOf(plays, read, say)), ...crew.problems]
    const total = [...faults.values()].reduce((sum, count) => sum + count, 0)
    say(`${total} faults`)
    if (total === 0) problems.push('nothing was thrown: this run proves nothing')
    for (const problem of problems) say(`PROBLEM ${problem}`)
    if (problems.length > 0) {
      await writeFile(join(folder, 'read.json'), JSON.stringify(read.all))
      say(`everything that was read, and the logs, are kept in ${folder}`)
      say(`again: npm run chaos -- --minutes ${minutes} --seed ${seed} --topology ${options.topology}`)
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
    if (stage.crew.fewest === 0) recruit(stage)
    await pause(prng.between(0, 700))
  }
  return counts
}

// Not by itself: what a fault has cut off may leave something open here.
process.exit(await chaos())
