/**
 * `npm run chaos -- --minutes M --seed S`: real Kafka and Redis, several processes of the product at the topologies as they ship, an
 * upstream for each, and faults drawn by the seed. At the end an independent reader says what came out, and a replay what had to. Exit 1
 * on any difference.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import { SHOP } from '../../src/app/demo/shop.ts'
import { THEME_PARK } from '../../src/app/demo/theme-park.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { type Names, namesOf } from '../../src/topology/topics-needed.ts'
import { prngOf } from '../simulation/prng.ts'
import { startCommand } from '../support/own-process.ts'
import { planOf } from '../support/replayed.ts'
import { freePort } from '../support/servers/free-port.ts'
import { startKafka } from '../support/servers/kafka.ts'
import { kafkaProgram, kcatProgram, programOf, redisProgram, ROOT } from '../support/servers/programs.ts'
import { startProxy } from '../support/servers/proxy.ts'
import { startRedis } from '../support/servers/redis.ts'
import { createCrew, stamp } from './crew.ts'
import { copyRedis, FAULTS, type FaultCounts, recruit, type Stage } from './faults.ts'
import { readCommitted, type SeenRecord } from './outside.ts'
import { type Round, storyOf } from './story.ts'
import { startUpstream } from './upstream.ts'
import { dueOf, judge, publicTopics } from './verdict.ts'

/** Of every topic that may have several. */
const PARTITIONS = 3
/** Of a story, beside the answers and the movers. */
const LINES_A_SECOND = 30
const SESSION_MS = 6000
const STANDSTILL_MS = 18_000
/** At random, so that faults hit transactions. */
const HOLD = '400ms'
/** Longer than any wait of a task that is to be opened again. */
const QUIET_MS = 15_000
const END_MS_MAX = 180_000
/** Longer than anything that the stories tell of: topics keep what they hold by the times of their records, which are those of events. */
const AGES_MS = 20 * 365 * 86_400_000
/** Changelogs that are compacted all the time. */
const EAGER_COMPACTION = {
  'segment.ms': '5000',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '5000',
}
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

/** A topology at work, and what is told of its business. */
interface Play {
  readonly file: string
  readonly plan: Plan
  readonly names: Names
  readonly rounds: readonly Round[]
}

async function chaos(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-chaos-'))
  const name = `chaos${seed}`
  const prng = prngOf(seed)
  const plays: Play[] = []
  for (const business of businesses) {
    const file = join(ROOT, 'topologies', business.topology)
    const plan = planOf(await readFile(file, 'utf8'))
    const names = namesOf(name, plan.topology)
    const lines = Math.ceil(minutes * 60 * LINES_A_SECOND)
    const story = { business, plan, partitions: PARTITIONS, controlTopic: names.control, lines }
    plays.push({ file, plan, names, rounds: await storyOf({ ...story, prng: prng.fork() }) })
  }
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
      kafka,
      redis,
      kafkaProxy,
      redisProxy,
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
    const problems = [...(await verdictOf(plays, read)), ...crew.problems]
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

interface Reader {
  (topics: readonly string[]): Promise<readonly SeenRecord[]>
  /** What was read so far, values in base64. */
  readonly all: readonly object[]
}

function readerOf(kcat: readonly [string, ...string[]], brokers: string): Reader {
  const all: object[] = []
  const read = async (topics: readonly string[]): Promise<readonly SeenRecord[]> => {
    const records = (await Promise.all(topics.map((topic) => readCommitted(kcat, brokers, topic)))).flat()
    for (const record of records) all.push({ ...record, value: record.value?.toString('base64') ?? null })
    return records
  }
  return Object.assign(read, { all })
}

/** Topologies share the topics that neither names for itself, so all is judged as one. */
async function verdictOf(plays: readonly Play[], read: Reader): Promise<readonly string[]> {
  const dues = []
  for (const { plan, names } of plays) {
    const input = await read([...plan.sources.map(({ topic }) => topic), names.control])
    const internal = await read([names.internal])
    const evidence = { plan, names, sourcePartitions: PARTITIONS, partitions: PARTITIONS, input, internal }
    const due = await dueOf(evidence)
    say(`${plan.topology}: ${input.length} records in, ${due.outputs.length} records out expected`)
    dues.push(due)
  }
  const topics = [...new Set(plays.flatMap(({ plan }) => publicTopics(plan)))]
  const output = await read(topics)
  const world = await read(plays.map(({ names }) => names.world))
  const { problems, expected } = judge(
    { output, world },
    {
      outputs: dues.flatMap(({ outputs }) => outputs),
      internal: [],
      world: dues.flatMap((due) => due.world),
      problems: dues.flatMap((due) => due.problems),
    },
  )
  say(`${output.length} records out`)
  for (const [what, count] of [...expected].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`  ${String(count).padStart(6)} ${what}`)
  const silent = topics.filter((topic) => ![...expected.keys()].some((what) => what.startsWith(`${topic} `)))
  return [
    ...problems,
    ...silent.map((topic) => `nothing was expected on ${topic}: this run proves too little`),
  ]
}

/** As the command creates them; what is compared must be there to the end, and changelogs are compacted all the time. */
async function createTopics(
  { file, plan, names }: Play,
  environment: NodeJS.ProcessEnv,
  brokers: string,
): Promise<void> {
  const args = ['topics', 'create', '--topology', file, '--partitions', String(PARTITIONS)]
  const { code, stderr } = await startCommand(args, environment).ended
  if (code !== 0) throw new Error(`topics create: ${stderr}`)
  const { Kafka, logLevel, ConfigResourceTypes } = (await import('kafkajs')).default
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const compacted = { 'cleanup.policy': 'compact', 'delete.retention.ms': '86400000' }
  const configOf = (topic: string): Readonly<Record<string, string>> => {
    if (topic === names.gateChangelog || topic === names.profileChangelog)
      return { ...compacted, ...EAGER_COMPACTION }
    const kept = { 'retention.ms': '-1', 'segment.ms': String(AGES_MS) }
    return topic === plan.topics.identities ? { ...compacted, ...kept } : kept
  }
  await admin.alterConfigs({
    validateOnly: false,
    resources: [names.gateChangelog, names.profileChangelog, ...publicTopics(plan)].map((topic) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configEntries: Object.entries({ 'max.message.bytes': '4194304', ...configOf(topic) }).map(
        ([key, value]) => ({ name: key, value }),
      ),
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
    if (stage.crew.fewest === 0) recruit(stage)
    await pause(prng.between(0, 700))
  }
  return counts
}

/** Until everything that was told is read, and the outputs have not grown for a while. */
async function untilQuiet(administration: KafkaAdministration, plays: readonly Play[]): Promise<void> {
  const giveUpAt = Date.now() + END_MS_MAX
  const topics = [...new Set(plays.flatMap(({ plan }) => publicTopics(plan)))]
  let last = ''
  for (let since = Date.now(); Date.now() - since < QUIET_MS; ) {
    if (Date.now() > giveUpAt) throw new Error('the outputs never came to rest')
    const ends = JSON.stringify(await administration.ends(topics))
    const groups = await Promise.all(
      plays.map(({ plan, names }) =>
        administration.group(names.group, [...plan.sources.map(({ topic }) => topic), names.control]),
      ),
    )
    if (ends !== last || groups.some(({ lanes }) => lanes.some(({ lag }) => lag !== 0))) since = Date.now()
    last = ends
    await pause(1000)
  }
}

// Not by itself: what a fault has cut off may leave something open here.
process.exit(await chaos())
