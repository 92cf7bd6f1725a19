/**
 * `npm run bench -- [--quick] [--runs 5] [--events N] [--warmup N] [--users N] [--engines a,b] [--node 24]`: one job on several engines,
 * in turn, on the same servers. See bench/README.md.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { Engine } from './engines/engine.ts'
import { createShopkeeper } from './engines/shopkeeper.ts'
import { buildStreams, createStreams, streamsMissing } from './engines/streams.ts'
import { expect, type Figures, measure, type Settings } from './judge.ts'
import { nodeBinary } from './node-binary.ts'
import { openSite } from './site.ts'
import { perCpuSecond, tableOf } from './table.ts'

const ENGINES = ['shopkeeper', 'shopkeeper-features-off', 'streams-mem', 'streams-rocks'] as const
const USAGE = `usage: npm run bench -- [--quick] [--runs 5] [--events 1000000] [--warmup 1000000] [--users 10000] [--partitions 4]
  [--processes 1] [--commit 100] [--seed 1] [--engines ${ENGINES.join(',')}] [--node PATH|VERSION]
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    events: { type: 'string' },
    warmup: { type: 'string' },
    users: { type: 'string', default: '10000' },
    partitions: { type: 'string', default: '4' },
    processes: { type: 'string', default: '1' },
    commit: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    engines: { type: 'string' },
    node: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const runs = Number(values.runs ?? (values.quick ? 1 : 5))
const events = Number(values.events ?? (values.quick ? 200_000 : 1_000_000))
const settings: Settings = {
  events,
  warmup: Number(values.warmup ?? events),
  users: Number(values.users),
  partitions: Number(values.partitions),
  seed: Number(values.seed),
  commitMs: Number(values.commit),
  processes: Number(values.processes),
  verbose: values.verbose,
}
const chosen = (values.engines ?? 'shopkeeper,streams-mem,streams-rocks').split(',')
if (
  Object.values(settings).some((value) => Number.isNaN(value)) ||
  !(runs >= 1) ||
  chosen.some((name) => !(ENGINES as readonly string[]).includes(name))
) {
  process.stderr.write(USAGE)
  process.exit(2)
}

function enginesOf(): readonly Engine[] {
  const node = nodeBinary(values.node, say)
  const without = chosen.some((name) => name.startsWith('streams')) ? streamsMissing() : 'not asked for'
  const built = without === undefined ? buildStreams(say) : ''
  return chosen.flatMap((name): Engine[] => {
    if (name === 'shopkeeper')
      return [
        createShopkeeper({
          name,
          title: `Shopkeeper, Node ${node.version}`,
          topology: 'topology.yaml',
          node: node.path,
        }),
      ]
    if (name === 'shopkeeper-features-off')
      return [
        createShopkeeper({
          name,
          title: `Shopkeeper without dedupe, Node ${node.version}`,
          topology: 'topology-features-off.yaml',
          node: node.path,
        }),
      ]
    if (without === undefined) return [createStreams(name === 'streams-mem' ? 'mem' : 'rocks', built)]
    say(`SKIPPED: ${name}: ${without}`)
    return []
  })
}

async function benchAll(): Promise<void> {
  const engines = enginesOf()
  const expected = expect(settings)
  say(
    `${expected.oracle.records} records, ${expected.oracle.peopleCount} people, ${expected.all} outputs, ${expected.oracle.undecodable} undecodable`,
  )
  const site = await openSite()
  const found = new Map<Engine, Figures[]>(engines.map((engine) => [engine, []]))
  try {
    for (let round = 1; round <= runs; round++)
      for (const engine of engines) {
        const figures = await measure(site, engine, `${engine.name}-${round}`, settings, expected)
        found.get(engine)?.push(figures)
        const { cpuS, seconds, foreignCpuS, missing, unexpected, coldCpuS } = figures
        say(
          `run ${round}, load ${(loadavg()[0] as number).toFixed(1)}: ${engine.name} ${Math.round(perCpuSecond(figures))} events/CPU-s, ` +
            `${cpuS.toFixed(2)} CPU-s in ${seconds.toFixed(2)} s, cold ${coldCpuS.toFixed(1)} CPU-s, others ${foreignCpuS.toFixed(1)} CPU-s; ${missing} missing, ${unexpected} unexpected`,
        )
      }
  } finally {
    await site.close()
  }
  const rows = [...found].map(([{ title }, figures]) => ({ title, figures }))
  process.stdout.write(`${tableOf(rows, settings.warmup)}\n`)
}

await benchAll()
// A client of Kafka that is closed may leave something open that keeps a process alive.
process.exit()
