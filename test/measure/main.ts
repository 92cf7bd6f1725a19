/**
 * `npm run measure -- NAME... --runs N --session 10s --people N`: how long who has to wait for an offer, on a real Kafka and Redis, when
 * processes come, go and are killed, when Redis is emptied, and when nothing happens. Prints a table, in seconds.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { stamp } from '../chaos/crew.ts'
import { type Figures, type Measure, MEASURES } from './measures.ts'
import { quantile, spread } from './pauses.ts'
import { createProbes } from './probes.ts'
import { openSite, PARTITIONS, topicOf } from './site.ts'

const USAGE = `usage: npm run measure -- NAME... [--runs 3] [--session 10s] [--people 0]
names: ${MEASURES.map(({ name }) => name).join(', ')}
`

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    session: { type: 'string', default: '10s' },
    people: { type: 'string', default: '0' },
  },
})
const runs = Number(options.runs)
const people = Number(options.people)
const chosen = positionals.flatMap((name) => MEASURES.find((measure) => measure.name === name) ?? [])
if (!(runs >= 1) || !(people >= 0) || chosen.length === 0 || chosen.length < positionals.length) {
  process.stderr.write(USAGE)
  process.exit(2)
}

/** The product's own, where none is set. */
const DEVELOPER_KEY = 'shopkeeper-developer-key'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function measureAll(): Promise<void> {
  const site = await openSite(options.session)
  say(`what the processes say is in ${site.folder}/processes.log`)
  const probes = await createProbes({
    brokers: site.brokers,
    trips: topicOf('trips'),
    offers: topicOf('offers'),
    shop: topicOf('shop'),
    partitions: PARTITIONS,
    idKey: DEVELOPER_KEY,
    now: () => Date.now(),
  })
  const found = new Map<Measure, Figures[]>(chosen.map((measure) => [measure, []]))
  try {
    site.start()
    await site.untilShared()
    // The first of everything takes longer, and is nobody's daily life.
    await probes.round()
    await probes.populate(people)
    await site.untilQuiet()
    for (let run = 1; run <= runs; run++)
      for (const measure of chosen) {
        const figures = await measure.run({ site, probes })
        found.get(measure)?.push(figures)
        say(
          `${stamp()} run ${run}, load ${(loadavg()[0] as number).toFixed(1)}: ${measure.name} ${told(figures)}`,
        )
      }
  } finally {
    await probes.close()
    await site.leaveAll()
    await site.close()
  }
  say(`\n${runs} runs, session ${options.session}, ${people} people; seconds: median (least to most)`)
  for (const [measure, figures] of found) say(`${measure.name}: ${told(joined(figures))}`)
}

/** The figures of all runs, by what they are of. */
function joined(list: readonly Figures[]): Figures {
  const names = [...new Set(list.flatMap((figures) => Object.keys(figures)))]
  return Object.fromEntries(names.map((name) => [name, list.flatMap((figures) => figures[name] ?? [])]))
}

const told = (figures: Figures): string =>
  Object.entries(figures)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => {
      if (values.length <= runs) return `${name} ${spread(values)}`
      return `${name} p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms, of ${values.length}`
    })
    .join('; ')

await measureAll()
// A client of Kafka that is closed may leave something open that keeps a process alive.
process.exit()
