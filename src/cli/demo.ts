/** `shopkeeper demo [NAME]`: a generated day of a business on the embedded runtime, told as it happens. */
import type { Command } from 'commander'

const EXAMPLE = `
Examples:
  shopkeeper demo
  shopkeeper demo shop --events 100000 --seed 7
  shopkeeper demo theme-park --speed 60
  shopkeeper demo shop --events 100000 --write shop.ndjson.gz

With --write the events go into FILE, for replay, and nothing is played.`

interface DemoFlags {
  readonly events: string
  readonly seed: string
  readonly speed?: string
  readonly write?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  program
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
