/**
 * `npm run bench:curves`: what becomes of an event's cost as the work grows: people, triggers and offers in a topology, events of a
 * person. Each point is a process of `parts.ts` of its own, without servers, the least of its turns; into `docs/performance.md`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Measured } from './parts/parts.ts'
import { circumstancesOf, writeSection } from './report.ts'
import { markdownTable } from './table.ts'

const PARTS = fileURLToPath(new URL('parts.ts', import.meta.url))
const TOPOLOGY = fileURLToPath(new URL('topology.yaml', import.meta.url))
const OUTPUT_BYTES_MAX = 1 << 28

const PEOPLE = [10_000, 30_000, 100_000, 300_000, 1_000_000]
const TRIGGERS = [1, 2, 5, 10, 20, 50]
const EVENTS_OF_A_PERSON = [10, 30, 100, 300, 1000, 3000, 10_000]

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '600000' },
    runs: { type: 'string', default: '3' },
    print: { type: 'boolean', default: false },
  },
})
const events = Number(options.events)
const runs = Number(options.runs)
const folder = mkdtempSync(join(tmpdir(), 'shopkeeper-curves-'))

interface Point {
  readonly at: number
  readonly users: number
  readonly topology: string
}

/** Microseconds of CPU per event, and what each event left behind. */
interface Cost {
  readonly us: number
  readonly outputs: number
  readonly residentMb: number
}

function costOf({ users, topology }: Point): Cost {
  const args = ['--events', String(events), '--warmup', String(events / 2), '--users', String(users)]
  const child = spawnSync(
    process.execPath,
    [...process.execArgv, PARTS, ...args, '--topology', topology, '--json'],
    {
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
    },
  )
  if (child.status !== 0) throw new Error(`parts.ts ended with ${child.status}: ${child.stderr}`)
  const { parts, outputs, residentBytes } = JSON.parse(child.stdout) as Measured
  const us = parts.reduce((sum, { perEvent }) => sum + Math.min(...perEvent), 0)
  return { us, outputs, residentMb: residentBytes / 1e6 }
}

/** The topology of the bench with so many triggers, each with an offer. */
function topologyWith(triggers: number): string {
  const text = readFileSync(TOPOLOGY, 'utf8')
  const numbers = Array.from({ length: triggers }, (_, i) => i)
  const cart = '  - { id: cart, type: cart-abandonment, from: identity, config: { after: 60m } }\n'
  const offer =
    '      offers: [{ id: cart-reminder, on: cart, channels: [screen], expires: 1h, template: cart-reminder }]\n'
  if (!text.includes(cart) || !text.includes(offer))
    throw new Error('topology.yaml is not what curves.ts takes it for')
  const carts = numbers.map((i) => cart.replace('cart,', `cart-${i},`).replace('60m', `${60 + i}m`)).join('')
  const offers = numbers.map(
    (i) =>
      `        - { id: reminder-${i}, on: cart-${i}, channels: [screen], expires: 1h, template: t-${i} }\n`,
  )
  const ids = numbers.map((i) => `cart-${i}`).join(', ')
  const file = join(folder, `triggers-${triggers}.yaml`)
  writeFileSync(
    file,
    text
      .replace(cart, carts)
      .replace(offer, `      offers:\n${offers.join('')}`)
      .replace('    from: cart\n', `    from: [${ids}]\n`)
      .replace('[cart, offers]', `[${ids}, offers]`),
  )
  return file
}

function curve(title: string, points: readonly Point[]): string {
  const costs = points.map(() => [] as Cost[])
  for (let run = 1; run <= runs; run++)
    points.forEach((point, i) => {
      const cost = costOf(point)
      costs[i]?.push(cost)
      process.stderr.write(`${title}: ${point.at}, run ${run}: ${cost.us.toFixed(2)} us\n`)
    })
  const least = costs.map((some) => Math.min(...some.map(({ us }) => us)))
  const rows = points.map(({ at }, i) => [
    at.toLocaleString('en'),
    (least[i] as number).toFixed(2),
    ((least[i] as number) / (least[0] as number)).toFixed(2),
    (costs[i]?.[0]?.outputs ?? 0).toFixed(3),
    Math.round(costs[i]?.[0]?.residentMb ?? 0).toString(),
  ])
  return markdownTable([title, 'us of CPU an event', 'to the first', 'records out an event', 'RSS, MB'], rows)
}

const plain = (at: number, users: number): Point => ({ at, users, topology: TOPOLOGY })
const text = [
  circumstancesOf({ node: process.version, redis: 'none', runs, args: process.argv.slice(2) }).replace(
    'npm run bench',
    'npm run bench:curves',
  ),
  curve(
    'active people',
    PEOPLE.map((at) => plain(at, at)),
  ),
  curve(
    'triggers, each with an offer',
    TRIGGERS.map((at) => ({ at, users: 10_000, topology: topologyWith(at) })),
  ),
  curve(
    'events of a person',
    EVENTS_OF_A_PERSON.map((at) => plain(at, Math.round((1.5 * events) / at))),
  ),
].join('\n\n')
rmSync(folder, { recursive: true })
if (options.print) process.stdout.write(`${text}\n`)
else writeSection('curves', text)
