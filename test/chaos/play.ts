/** A topology as it ships in a chaos run: its story, its topics, when it has come to rest, and whether what came out is right. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KafkaAdministration } from '../../src/adapters/kafka/administration.ts'
import type { Business } from '../../src/app/demo/business.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { type Names, namesOf } from '../../src/topology/topics-needed.ts'
import type { Prng } from '../simulation/prng.ts'
import { startCommand } from '../support/own-process.ts'
import { planOf } from '../support/replayed.ts'
import { ROOT } from '../support/servers/programs.ts'
import { readCommitted, type SeenRecord } from './outside.ts'
import { type Round, storyOf } from './story.ts'
import { dueOf, judge, publicTopics } from './verdict.ts'

/** Of every topic that may have several. */
const PARTITIONS = 3
/** Of a story, beside the answers and the movers. */
const LINES_A_SECOND = 30
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

/** A topology at work, and what is told of its business. */
export interface Play {
  readonly file: string
  readonly plan: Plan
  readonly names: Names
  readonly rounds: readonly Round[]
}

/** `app`: of the product's processes. */
export async function playOf(business: Business, app: string, minutes: number, prng: Prng): Promise<Play> {
  const file = join(ROOT, 'topologies', business.topology)
  const plan = planOf(await readFile(file, 'utf8'))
  const names = namesOf(app, plan.topology)
  const lines = Math.ceil(minutes * 60 * LINES_A_SECOND)
  const story = { business, plan, partitions: PARTITIONS, controlTopic: names.control, lines, prng }
  return { file, plan, names, rounds: await storyOf(story) }
}

export interface Reader {
  (topics: readonly string[]): Promise<readonly SeenRecord[]>
  /** What was read so far, values in base64. */
  readonly all: readonly object[]
}

export function readerOf(kcat: readonly [string, ...string[]], brokers: string): Reader {
  const all: object[] = []
  const read = async (topics: readonly string[]): Promise<readonly SeenRecord[]> => {
    const records = (await Promise.all(topics.map((topic) => readCommitted(kcat, brokers, topic)))).flat()
    for (const record of records) all.push({ ...record, value: record.value?.toString('base64') ?? null })
    return records
  }
  return Object.assign(read, { all })
}

/** Topologies share the topics that neither names for itself, so all is judged as one. */
export async function verdictOf(
  plays: readonly Play[],
  read: Reader,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const topics = [...new Set(plays.flatMap(({ plan }) => publicTopics(plan)))]
  const output = await read(topics)
  const dues = []
  for (const { plan, names } of plays) {
    const input = await read([...plan.sources.map(({ topic }) => topic), names.control])
    const internal = await read([names.internal])
    const lanes = { sourcePartitions: PARTITIONS, partitions: PARTITIONS }
    const evidence = { plan, names, ...lanes, input, internal, output }
    const due = await dueOf(evidence)
    say(`${plan.topology}: ${input.length} records in, ${due.outputs.length} records out expected`)
    dues.push(due)
  }
  const world = await read(plays.map(({ names }) => names.world))
  const { problems, expected } = judge(
    { output, world },
    {
      outputs: dues.flatMap(({ outputs }) => outputs),
      internal: [],
      world: dues.flatMap((due) => due.world),
      problems: dues.flatMap((due) => due.problems),
      stampedByCommit: dues.flatMap((due) => due.stampedByCommit),
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
export async function createTopics(
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

/** Until everything that was told is read, and the outputs have not grown for a while. */
export async function untilQuiet(administration: KafkaAdministration, plays: readonly Play[]): Promise<void> {
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
