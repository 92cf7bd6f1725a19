/** `shopkeeper replay`: a recorded stream through a topology. */
import { type Command, InvalidArgumentError } from 'commander'
import { readTopology } from './topology-file.ts'

interface Options {
  readonly topology: string
  readonly input: string
  readonly output: string
  readonly until?: string
  readonly partitions?: number
  readonly batch?: number
  readonly crashEvery?: number
  readonly json?: boolean
}

/** In one process each partition is a task of its own. */
const PARTITIONS_MAX = 1000

const EXAMPLE = `
Example:
  shopkeeper demo shop --events 10000 --write day.ndjson
  shopkeeper replay --topology topologies/shop.yaml --input day.ndjson --until +2h`

export function register(program: Command): void {
  program
    .command('replay')
    .description('run a recorded stream of events through a topology, in virtual time')
    .requiredOption('--topology <file>', 'the topology document')
    .option(
      '--input <file>',
      'events, one JSON object a line; .gz is read compressed; - is standard input',
      '-',
    )
    .option('--output <file>', 'what comes out, one JSON object a line; - is standard output', '-')
    .option('--until <time>', 'move time on at the end: a time (RFC 3339), or +2h after the newest event')
    .option('--partitions <n>', 'partitions of everything behind identity, at most 1000', partitions)
    .option('--batch <n>', 'records worked off in one commit at most', count)
    .option('--crash-every <k>', 'drop the runtime after every k-th line and open it again', count)
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', EXAMPLE)
    .action(run)
}

function partitions(text: string): number {
  const value = count(text)
  if (value > PARTITIONS_MAX)
    throw new InvalidArgumentError(`it must be a whole number from 1 to ${PARTITIONS_MAX}.`)
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000_000)
    throw new InvalidArgumentError('it must be a whole number from 1 on.')
  return value
}

async function run({ topology, until, json, ...options }: Options): Promise<void> {
  const { parseUntil, replay } = await import('../app/replay.ts')
  const end = until === undefined ? undefined : parseUntil(until)
  const { compile } = await import('../topology/compile.ts')
  const { settingsOf } = await import('../app/settings.ts')
  const { idKey: key } = settingsOf(process.env)
  const plan = compile(await readTopology(topology), { key })
  const summary = await replay(plan, { key, end, keep: [topology], ...options })
  const { summaryLine } = await import('../app/summary.ts')
  process.stderr.write(`${json === true ? JSON.stringify(summary) : summaryLine(summary)}\n`)
}
