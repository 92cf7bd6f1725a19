/** `shopkeeper run`: a topology at work until SIGTERM or SIGINT. */
import { type Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../model/errors.ts'
import { type ConnectionFlags, connectionFlags, flagsOf } from './connection-flags.ts'
import { signalled } from './signalled.ts'
import { readTopology } from './topology-file.ts'

interface Options extends ConnectionFlags {
  readonly topology: string
  readonly embedded?: boolean
  readonly threads?: number
  readonly http?: string
  readonly json?: boolean
}

const THREADS_MAX = 256
const LEAVE_ANYWAY_MS = 5000

const EXAMPLE = `
Examples:
  shopkeeper topics create --topology topologies/shop.yaml
  shopkeeper run --topology topologies/shop.yaml --threads 2

  shopkeeper run --topology topologies/shop.yaml --embedded
  curl --data-binary @day.ndjson http://127.0.0.1:9400/events`

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('run a topology on Kafka and Redis, or embedded, until SIGTERM or SIGINT')
    .requiredOption('--topology <file>', 'the topology document')
    .option(
      '--embedded',
      'in this process, without servers: events by HTTP POST /events, outputs to standard output',
    )
    .option('--threads <n>', 'members of the group in this process, each in a thread of its own', threads)
    .option('--http <address>', 'port, or host and port, to listen on (SHOPKEEPER_HTTP, 127.0.0.1:9400)')
    .option('--json', 'print the summary of an embedded run as JSON')
    .addHelpText('after', EXAMPLE)
    .action(run)
  connectionFlags(command, 'kafka', 'redis', 'registry')
}

function threads(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > THREADS_MAX)
    throw new InvalidArgumentError(`it must be a whole number from 1 to ${THREADS_MAX}.`)
  return value
}

async function run({ embedded, threads: count, ...options }: Options): Promise<void> {
  if (embedded !== true) return runOnServers(options, count ?? 1)
  if (count !== undefined)
    throw new UsageError('--threads has no effect with --embedded', 'leave one of the two out')
  return runEmbedded(options)
}

async function runOnServers({ topology, http, ...connection }: Options, count: number): Promise<void> {
  const { createMetrics } = await import('../adapters/prometheus/collector.ts')
  const { systemClock } = await import('../adapters/system/clock.ts')
  const { compile } = await import('../topology/compile.ts')
  const { createLiveRun } = await import('../app/live-run.ts')
  const { createThreads } = await import('../app/run-threads.ts')
  const { createRunLog } = await import('../app/run-log.ts')
  const { openHttpFace } = await import('../app/http-face.ts')
  const { parseAddress, serverSettingsOf, settingWarnings } = await import('../app/settings.ts')
  const { version } = await import('../app/version.ts')
  const flags = flagsOf(connection)
  const settings = serverSettingsOf(process.env, flags)
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const log = createRunLog(settings.logLevel, systemClock, (line) => process.stderr.write(line))
  for (const warning of settingWarnings(settings)) log.say('warn', warning)
  const metrics = createMetrics({
    build: { version: version(), topology: plan.topology },
    clock: systemClock,
  })
  const observe: typeof metrics.observe = (observation) => {
    metrics.observe(observation)
    log.observe(observation)
  }
  const member =
    count === 1
      ? createLiveRun({ plan, settings, observe, say: log.say })
      : createThreads({ count, file: topology, flags, observe, say: log.say })
  const address = http === undefined ? settings.http : parseAddress(http)
  const face = await openHttpFace({
    ...address,
    metrics,
    status: () => member.status(),
    clock: systemClock,
  })
  log.say('info', `listening on http://${face.address.host}:${face.address.port}: /metrics, /health/ready`)
  void signalled().then(() => member.stop())
  try {
    await member.run()
  } finally {
    await face.stop()
    // Does nothing by itself: it fires only where a socket that a library has forgotten would keep the process for ever.
    setTimeout(() => process.exit(), LEAVE_ANYWAY_MS).unref()
  }
  log.say('info', 'stopped')
}

async function runEmbedded({ topology, http, json }: Options): Promise<void> {
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
