/** `shopkeeper topics create|check`: the Kafka topics that a topology needs. */
import type { Command } from 'commander'
import type { TopicFinding } from '../topology/topic-findings.ts'
import type { Checked } from '../app/checked.ts'
import { checkedText, columns, sayChecked } from './say-checked.ts'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { readTopology } from './topology-file.ts'
import { wholeNumber } from './whole-number.ts'

const PARTITIONS_MAX = 10_000
const REPLICATION_MAX = 100

const CREATE = `
Example:
  shopkeeper topics create --topology topologies/shop.yaml --partitions 12 --replication 3

Creates what is missing and leaves alone what is there. Internal topics get as many partitions as the topology says,
else as its largest source; that number is fixed from then on.`

const CHECK = `
Example:
  shopkeeper topics check --topology topologies/shop.yaml

Exit code 1 if something must be changed before the topology can run.`

const EXAMPLES = `
Examples:
  shopkeeper topics create --topology topologies/shop.yaml
  shopkeeper topics check --topology topologies/shop.yaml`

interface Flags extends ConnectionFlags {
  readonly topology: string
  readonly json?: boolean
}

interface CreateFlags extends Flags {
  readonly partitions: number
  readonly replication?: number
}

export function register(program: Command): void {
  const topics = program
    .command('topics')
    .description('the Kafka topics that a topology needs')
    .addHelpText('after', EXAMPLES)
  const create = topics
    .command('create')
    .description('create the topics that are missing')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--partitions <n>', 'of public topics that are created', wholeNumber(1, PARTITIONS_MAX), 4)
    .option('--replication <n>', "copies of each; default: the broker's", wholeNumber(1, REPLICATION_MAX))
    .option('--json', 'what was done, as JSON')
    .addHelpText('after', CREATE)
    .action(createTopics)
  const check = topics
    .command('check')
    .description('what of the topics is not as it must be')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--json', 'the findings as JSON')
    .addHelpText('after', CHECK)
    .action(checkTopics)
  for (const command of [create, check]) connectionFlags(command, 'kafka')
}

async function createTopics({ partitions, replication = -1, json, ...flags }: CreateFlags): Promise<void> {
  const { app, plan, withCluster } = await opened(flags)
  const topicsModule = await import('../app/topics.ts')
  const { topics, findings } = await withCluster((cluster) =>
    topicsModule.createTopics(plan, cluster, { app, partitions, replication }),
  )
  if (json === true) {
    sayChecked(findings.map(checked), { json, well: '', more: { topics } })
    return
  }
  const rows = topics.map(({ topic, roles, partitions: count, created }) => [
    created ? 'created' : 'there',
    topic,
    `${count} partition${count === 1 ? '' : 's'}`,
    roles.join(', '),
  ])
  process.stdout.write(columns(rows) + findings.map((finding) => checkedText(checked(finding))).join(''))
  if (findings.some(({ level }) => level === 'error')) process.exitCode = 1
}

async function checkTopics({ json, ...flags }: Flags): Promise<void> {
  const { app, plan, withCluster } = await opened(flags)
  const topicsModule = await import('../app/topics.ts')
  const { checked: count, findings } = await withCluster((cluster) =>
    topicsModule.checkTopics(plan, cluster, app),
  )
  const well = `all ${count} topics are as they must be`
  sayChecked(findings.map(checked), { json: json === true, well, more: { checked: count } })
}

const checked = ({ topic, ...finding }: TopicFinding): Checked => ({ ...finding, about: topic })

async function opened(flags: Flags) {
  const settings = await settingsFor(flags)
  const { compile } = await import('../topology/compile.ts')
  const { withKafka } = await import('../app/servers.ts')
  const plan = compile(await readTopology(flags.topology), { key: settings.idKey })
  const withCluster = <Result>(use: Parameters<typeof withKafka<Result>>[1]): Promise<Result> =>
    withKafka(settings, use)
  return { app: settings.app, plan, withCluster }
}
