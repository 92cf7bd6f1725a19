/**
 * `npm run simulate -- --seeds N [--from S] [--jobs J]`, or `--seed S [--verbose]` for one.
 *
 * Exit 0: everything held in every seed. Exit 1: the first failures, each with the command that runs it again.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runSeeds, type SeedReport, serve } from './world-jobs.ts'
import { runSeed } from './world-seed.ts'
import { addUp } from './world-tally.ts'

const FAILURES_MAX = 3
const PROGRESS_MS = 2000

const { values: args } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    failures: { type: 'string', default: String(FAILURES_MAX) },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
})

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

function sayFailure({
  seed,
  problems,
}: {
  readonly seed: number
  readonly problems: readonly string[]
}): void {
  say(`seed ${seed} failed:`)
  for (const problem of problems) say(`  ${problem}`)
  say(`run it again: npm run simulate -- --seed ${seed}`)
}

async function one(seed: number): Promise<boolean> {
  const trace = args.verbose ? say : () => {}
  const result = await runSeed(seed, { trace })
  if (args.verbose) {
    for (const line of result.workload.lines) say(line)
    say(JSON.stringify(result.workload.document, undefined, 2))
  }
  say(JSON.stringify(result.tally))
  if (result.unsettled.length > 0) say(`not compared with the oracle: ${result.unsettled.join('; ')}`)
  if (result.problems.length > 0) sayFailure(result)
  else say(`seed ${seed} holds`)
  return result.problems.length === 0
}

/** Numbers by name, in rows; nested ones in a row of their own. */
function summary(totals: Record<string, unknown>): string {
  const plain = Object.entries(totals).filter(([, value]) => typeof value === 'number')
  const nested = Object.entries(totals).filter(([, value]) => typeof value === 'object')
  const row = (entries: readonly (readonly [string, unknown])[]): string =>
    entries.map(([name, value]) => `${name} ${String(value)}`).join(', ')
  return [
    row(plain),
    ...nested
      .toSorted(([a], [b]) => Number(a === 'outcomes') - Number(b === 'outcomes'))
      .map(([name, value]) => `${name}: ${row(Object.entries(value as object) as [string, unknown][])}`),
  ].join('\n')
}

async function many(): Promise<boolean> {
  const from = Number(args.from)
  const seeds = Array.from({ length: Number(args.seeds) }, (_, i) => from + i)
  const startedAt = performance.now()
  const totals: Record<string, unknown> = {}
  const failures: SeedReport[] = []
  let told = startedAt
  let done = 0
  const perSeed = (): string => ((performance.now() - startedAt) / Math.max(1, done)).toFixed(1)
  await runSeeds({
    seeds,
    jobs: Number(args.jobs),
    enough: () => failures.length >= Number(args.failures),
    onReport(report) {
      done++
      addUp(totals, report.totals)
      if (report.problems.length > 0 && failures.length < Number(args.failures)) {
        failures.push(report)
        sayFailure(report)
      }
      if (performance.now() - told < PROGRESS_MS) return
      told = performance.now()
      process.stderr.write(
        `${done} of ${seeds.length} seeds, ${perSeed()} ms a seed, ${failures.length} failures\n`,
      )
    },
  })
  say(summary(totals))
  say(
    `${done} seeds from ${from}, ${perSeed()} ms a seed, ${failures.length === 0 ? 'all hold' : `${failures.length} failed`}`,
  )
  return failures.length === 0
}

if (args.worker) serve()
else process.exitCode = (await (args.seed === undefined ? many() : one(Number(args.seed)))) ? 0 : 1
