/** `shopkeeper demo [NAME]`: a generated day of a business on the embedded runtime, told as it happens. */
import type { Command } from 'commander'
import type { DayOptions } from '../app/demo/generate.ts'
import type { Business } from '../app/demo/business.ts'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { signalled } from './signalled.ts'
import { readTopology } from './topology-file.ts'

const EXAMPLE = `
Examples:
  shopkeeper demo
  shopkeeper demo shop --events 100000 --seed 7
  shopkeeper demo theme-park --speed 60
  shopkeeper demo shop --events 100000 --write shop.ndjson.gz
  shopkeeper demo shop --publish --topology topologies/shop-fast.yaml --speed 60

With --write the events go into FILE, for replay, and nothing is played. With --publish they go to the source topics of
the topology in Kafka as an upstream would send them, moved to the present, until the day is over or SIGTERM; at the speed
of the clock unless --speed says otherwise.`

interface DemoFlags extends ConnectionFlags {
  readonly events: string
  readonly seed: string
  readonly speed?: string
  readonly write?: string
  readonly publish?: boolean
  readonly topology?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const command = program
    .command('demo')
    .description('a day of a business on the embedded runtime: theme-park (default) or shop')
    .argument('[name]', 'theme-park or shop', 'theme-park')
    .option('--events <n>', 'how many events', '20000')
    .option('--seed <n>', 'another seed, another day', '1')
    .option('--speed <n>', 'play the day against the clock, n times as fast')
    .option(
      '--write <file>',
      'write the events as NDJSON (compressed if it ends in .gz) instead of playing them',
    )
    .option('--publish', 'publish the events to Kafka, live, instead of playing them')
    .option('--topology <file>', 'with --publish: whose source topics (default: the topology of the demo)')
    .option('--json', 'the summary as JSON, without the story')
    .addHelpText('after', EXAMPLE)
    .action(async (name: string, flags: DemoFlags) => {
      const { businessNamed, demoSummary, summaryTable, wholeNumber, writeDay } = await import(
        '../app/demo/demo.ts'
      )
      const business = businessNamed(name)
      const day = {
        events: wholeNumber('--events', flags.events, { min: 1, max: 100_000_000 }),
        seed: wholeNumber('--seed', flags.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
      }
      if (flags.write === '-') {
        const { UsageError } = await import('../model/errors.ts')
        throw new UsageError(
          '--write needs a file',
          'name one, such as day.ndjson, and replay it with --input',
        )
      }
      if (flags.write !== undefined && flags.publish === true) {
        const { UsageError } = await import('../model/errors.ts')
        throw new UsageError('--write and --publish are two things', 'name one of them')
      }
      if (flags.write !== undefined) {
        const { topologyFile } = await writeDay(business, day, flags.write)
        process.stderr.write(
          `${day.events} events written to ${flags.write}\nreplay them: shopkeeper replay --topology ${topologyFile} --input ${flags.write}\n`,
        )
        return
      }
      const speed =
        flags.speed === undefined
          ? undefined
          : wholeNumber('--speed', flags.speed, { min: 1, max: 1_000_000 })
      if (flags.publish === true) {
        await publish(business, day, speed ?? 1, flags)
        return
      }
      const json = flags.json === true
      const bar = progressBar(day.events)
      const tell = (line: string): void => {
        if (json) return
        bar.clear()
        process.stdout.write(`${line}\n`)
      }
      const summary = await demoSummary({ business, ...day, tell, progress: bar.show, speed })
      bar.clear()
      process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `\n${summaryTable(summary)}`)
    })
  connectionFlags(command, 'kafka', 'registry')
}

async function publish(business: Business, day: DayOptions, speed: number, flags: DemoFlags): Promise<void> {
  const { topologyPath } = await import('../app/demo/demo.ts')
  const { publishDay } = await import('../app/demo/publish.ts')
  const { compile } = await import('../topology/compile.ts')
  const settings = await settingsFor(flags)
  const plan = compile(await readTopology(flags.topology ?? topologyPath(business)), { key: settings.idKey })
  const stop = new AbortController()
  void signalled().then(() => stop.abort())
  const bar = progressBar(day.events)
  const published = await publishDay({
    business,
    ...day,
    speed,
    plan,
    settings,
    signal: stop.signal,
    progress: bar.show,
  })
  bar.clear()
  process.stderr.write(`${published} events published to the source topics of ${plan.topology}\n`)
}

/** On a terminal a bar that is drawn over itself; else a line for every tenth. */
function progressBar(total: number): { readonly show: (done: number) => void; readonly clear: () => void } {
  const { stderr } = process
  const tty = stderr.isTTY
  let shown = 0
  const show = (done: number): void => {
    const tenths = Math.floor((done * (tty ? 200 : 10)) / total)
    if (tenths === shown) return
    shown = tenths
    const filled = Math.round((done / total) * 30)
    if (tty)
      stderr.write(
        `\r[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${Math.floor((done / total) * 100)} %  ${done} events`,
      )
    else stderr.write(`${tenths * 10} %  ${done} of ${total} events\n`)
  }
  return { show, clear: () => void (tty && stderr.write('\r\u001b[K')) }
}
