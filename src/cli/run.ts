/** `shopkeeper run`: a topology at work until SIGTERM or SIGINT. */
import type { Command } from 'commander'
import { UsageError } from '../model/errors.ts'
import { readTopology } from './topology-file.ts'

interface Options {
  readonly topology: string
  readonly embedded?: boolean
  readonly http?: string
  readonly json?: boolean
}

const EXAMPLE = `
Example:
  shopkeeper run --topology topologies/shop.yaml --embedded
  curl --data-binary @day.ndjson http://127.0.0.1:9400/events`

export function register(program: Command): void {
  program
    .command('run')
    .description(
      'run a topology until SIGTERM or SIGINT; events come by HTTP POST /events, outputs go to standard output',
    )
    .requiredOption('--topology <file>', 'the topology document')
    .option('--embedded', 'in this process, without servers')
    .option('--http <address>', 'port, or host and port, to listen on (SHOPKEEPER_HTTP, 127.0.0.1:9400)')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', EXAMPLE)
    .action(run)
}

async function run({ topology, embedded, http, json }: Options): Promise<void> {
  if (embedded !== true) {
    throw new UsageError(
      'this version runs embedded only',
      'add --embedded; Kafka and Redis come with a later version',
    )
  }
  const { createMetrics } = await import('../adapters/prometheus/collector.ts')
  const { systemClock } = await import('../adapters/system/clock.ts')
  const { compile } = await import('../topology/compile.ts')
  const { openEmbedded } = await import('../app/embed.ts')
  const { LineWriter } = await import('../app/line-writer.ts')
  const { goLive } = await import('../app/live.ts')
  const { parseAddress, settingsOf } = await import('../app/settings.ts')
  const { summaryLine } = await import('../app/summary.ts')
  const { version } = await import('../app/version.ts')
  const settings = settingsOf(process.env)
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const writer = new LineWriter(process.stdout)
  const metrics = createMetrics({
    build: { version: version(), topology: plan.topology },
    clock: systemClock,
  })
  const runtime = await openEmbedded(plan, {
    key: settings.idKey,
    onOutput: (output) => writer.push(output),
    observe: metrics.observe,
  })
  let fail: (error: unknown) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  const flush = (): Promise<void> => writer.flush()
  const address = http === undefined ? settings.http : parseAddress(http)
  const live = await goLive({ plan, runtime, metrics, ...address, flush, onError: fail })
  process.stderr.write(
    `listening on http://${live.address.host}:${live.address.port}: POST /events, one JSON object a line\n`,
  )
  await Promise.race([signalled(), failure])
  await live.stop()
  const summary = await runtime.finish()
  await flush()
  process.stderr.write(`${json === true ? JSON.stringify(summary) : summaryLine(summary)}\n`)
}

/** SIGTERM or SIGINT. A second one ends the process at once, as the shell's user expects. */
function signalled(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        done()
      })
    }
  })
}
