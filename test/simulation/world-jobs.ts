/** Many seeds over a few processes: each takes a block of seeds when it has none left. */
import { fork } from 'node:child_process'
import { runSeed } from './world-seed.ts'
import { addUp } from './world-tally.ts'

/** What is told of one seed. */
export interface SeedReport {
  readonly seed: number
  readonly problems: readonly string[]
  /** Numbers to be added up. */
  readonly totals: Record<string, unknown>
}

export interface JobsOptions {
  readonly seeds: readonly number[]
  readonly jobs: number
  readonly onReport: (report: SeedReport) => void
  /** True: no more seeds are begun. */
  readonly enough: () => boolean
}

const BLOCK_SEEDS = 25
/** Worlds are made and thrown away: room for the young keeps the collector off. */
const NODE_OPTIONS = ['--max-semi-space-size=64']

/** Runs one seed; an error of its own is a problem of it. */
export async function reportOf(seed: number): Promise<SeedReport> {
  try {
    const { problems, counts, tally, unsettled, workload, outcomes } = await runSeed(seed)
    const totals: Record<string, unknown> = { seeds: 1, lines: workload.lines.length }
    addUp(totals, counts)
    addUp(totals, tally)
    addUp(totals, { outcomes })
    if (unsettled.length > 0)
      addUp(totals, { unsettledSeeds: 1, unsettled: Object.fromEntries(unsettled.map((what) => [what, 1])) })
    return { seed, problems, totals }
  } catch (error) {
    return {
      seed,
      problems: [error instanceof Error ? String(error.stack) : String(error)],
      totals: { seeds: 1 },
    }
  }
}

export async function runSeeds(options: JobsOptions): Promise<void> {
  const { seeds, jobs, onReport, enough } = options
  if (jobs > 1 && seeds.length > BLOCK_SEEDS) return runForked(options)
  for (const seed of seeds) {
    if (enough()) return
    onReport(await reportOf(seed))
  }
}

async function runForked({ seeds, jobs, onReport, enough }: JobsOptions): Promise<void> {
  let next = 0
  const take = (): readonly number[] => (enough() ? [] : seeds.slice(next, (next += BLOCK_SEEDS)))
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      const worker = fork(process.argv[1] as string, ['--worker'], { execArgv: NODE_OPTIONS })
      await new Promise<void>((resolve, reject) => {
        const give = (): void => {
          const block = take()
          worker.send({ block })
          if (block.length === 0) resolve()
        }
        worker.on('message', (message: { readonly report?: SeedReport; readonly done?: true }) => {
          if (message.report !== undefined) onReport(message.report)
          if (message.done === true) give()
        })
        worker.on('exit', (code) => {
          if (code !== 0) reject(new Error(`a worker ended with ${code}`))
        })
        give()
      })
    }),
  )
}

/** The other end: runs blocks until one is empty. */
export function serve(): void {
  process.on('message', ({ block }: { readonly block: readonly number[] }) => {
    void (async () => {
      if (block.length === 0) process.disconnect()
      else {
        for (const seed of block) process.send?.({ report: await reportOf(seed) })
        process.send?.({ done: true })
      }
    })()
  })
}
