/**
 * `npm run bench:parts`: where each microsecond of the cart job goes, part by part, without servers: so that a regression can be located.
 *
 * The load is the bench's own. What a broker would carry from part to part are real record batches, built and read by the adapter's own
 * code. Prints, for each part, the least and the median turn in microseconds of CPU (user and system) per event, behind a warm-up.
 * Contention only ever adds, so the least is the better estimate and the median what a busy machine gives.
 * `--idle`: so many people came once before, and are still known. `--json`: every turn of every part, for `curves.ts`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createParts } from './parts/parts.ts'

const TOPOLOGY = new URL('topology.yaml', import.meta.url)

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    warmup: { type: 'string', default: '300000' },
    turn: { type: 'string', default: '20000' },
    users: { type: 'string', default: '10000' },
    idle: { type: 'string', default: '0' },
    topology: { type: 'string', default: TOPOLOGY.pathname },
    redis: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [events, warmup, turn, users] = [options.events, options.warmup, options.turn, options.users].map(
  Number,
)
if (![events, warmup, turn, users].every((value) => Number.isInteger(value) && (value as number) > 0)) {
  process.stderr.write(
    'usage: npm run bench:parts -- [--events N] [--warmup N] [--turn N] [--users N] [--idle N] [--topology FILE] [--redis URL] [--json]\n',
  )
  process.exit(2)
}
if (!existsSync(options.topology)) {
  process.stderr.write(`there is no ${options.topology}\n`)
  process.exit(2)
}

const file = options.topology
const parts = createParts({
  file,
  text: readFileSync(file, 'utf8'),
  users: users as number,
  turn: turn as number,
  redis: options.redis,
})
await parts.meet(Number(options.idle))
await parts.run(warmup as number)
const measured = await parts.run(events as number)
await parts.close()

if (options.json) {
  process.stdout.write(`${JSON.stringify(measured)}\n`)
  process.exit(0)
}
const us = (value: number): string => value.toFixed(2).padStart(8)
process.stdout.write(
  `${'part'.padEnd(44)}${'least'.padStart(8)}${'median'.padStart(8)}  us of CPU per event\n`,
)
let least = 0
let median = 0
for (const { name, perEvent } of measured.parts) {
  const sorted = perEvent.toSorted((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] as number
  least += sorted[0] as number
  median += middle
  process.stdout.write(`${name.padEnd(44)}${us(sorted[0] as number)}${us(middle)}\n`)
}
process.stdout.write(`${'all of them'.padEnd(44)}${us(least)}${us(median)}\n`)
const { outputs, changes, internalBytes, residentBytes } = measured
process.stdout.write(
  `per event: ${outputs.toFixed(3)} records out, ${changes.toFixed(3)} states changed, ${internalBytes.toFixed(0)} bytes behind the gate; Node ${process.version}, ${Math.round(residentBytes / 1e6)} MB resident\n`,
)
