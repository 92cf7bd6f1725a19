/** `shopkeeper replay`: a recorded stream through a topology. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Listener } from '../app/replay.ts'
import { UsageError } from '../model/errors.ts'
import type { Plan } from '../topology/plan.ts'
import { readTopology } from './topology-file.ts'

interface Options {
  readonly topology: string
  readonly input: string
  readonly output?: string
  readonly until?: string
  readonly partitions?: number
  readonly batch?: number
  readonly crashEvery?: number
  readonly explain?: string
  readonly json?: boolean
}

/** In one process each partition is a task of its own. */
const PARTITIONS_MAX = 1000

const EXAMPLE = `
Examples:
  shopkeeper demo shop --events 10000 --write day.ndjson
  shopkeeper replay --topology topologies/shop.yaml --input day.ndjson --until +2h
  shopkeeper replay --topology topologies/shop.yaml --input day.ndjson --until +2h --explain email:ann@example.org

--explain tells in words, on standard output, why somebody got an offer or did not, as person explain does of an installation. What comes
out is then written only where --output names a file. All of the input is kept in memory. Exit code 1 if nobody is found.`

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
    .option('--output <file>', 'what comes out, one JSON object a line; - is standard output (default: "-")')
    .option('--until <time>', 'move time on at the end: a time (RFC 3339), or +2h after the newest event')
    .option('--partitions <n>', 'partitions of everything behind identity, at most 1000', partitions)
    .option('--batch <n>', 'records worked off in one commit at most', count)
    .option('--crash-every <k>', 'drop the runtime after every k-th line and open it again', count)
    .option('--explain <identifier>', 'why this person got an offer, or did not: type:value, or a person id')
    .option('--json', 'print the summary as JSON, and what --explain tells')
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

async function run({ topology, until, output, explain, json, ...options }: Options): Promise<void> {
  if (explain !== undefined && output === '-')
    throw new UsageError(
      '--explain and --output - would both be written to standard output',
      'name a file for the output, or leave --output away',
    )
  const { parseUntil, replay } = await import('../app/replay.ts')
  const end = until === undefined ? undefined : parseUntil(until)
  const { compile } = await import('../topology/compile.ts')
  const { settingsOf } = await import('../app/settings.ts')
  const { idKey: key } = settingsOf(process.env)
  const plan = compile(await readTopology(topology), { key })
  const listener = explain === undefined ? undefined : await explainer(plan, explain, json === true)
  const written = explain === undefined ? (output ?? '-') : output
  const summary = await replay(plan, { ...options, key, end, keep: [topology], output: written, listener })
  const { summaryLine } = await import('../app/summary.ts')
  process.stderr.write(`${json === true ? JSON.stringify(summary) : summaryLine(summary)}\n`)
}

async function explainer(plan: Plan, text: string, json: boolean): Promise<Listener> {
  const { recordingOf, wantedPerson } = await import('../app/person/recording.ts')
  const { explanationText } = await import('../app/person/explain-text.ts')
  const wanted = wantedPerson(text, plan)
  const recording = recordingOf(plan)
  return {
    hear: (output) => recording.hear(output),
    async end(committed) {
      const people = await recording.explain(committed, wanted)
      if (json) process.stdout.write(`${JSON.stringify(people)}\n`)
      else if (people.length === 0)
        process.stderr.write(`nobody is known as ${text} at the end: never seen, or forgotten\n`)
      else process.stdout.write(people.map((one) => explanationText(one, plan.timezone)).join('\n'))
      if (people.length === 0) process.exitCode = 1
    },
  }
}
