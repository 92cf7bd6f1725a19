/**
 * From just before an estimate is sent by which a trip is late, to its offer being seen by a reader of committed records, while the job
 * goes on beside it at half of what it does at most. Probes and their reader are those of `npm run measure`.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from '../../test/measure/pauses.ts'
import { createProbes, type Probe } from '../../test/measure/probes.ts'
import { createShopkeeper, ID_KEY, topicOf } from '../engines/shopkeeper.ts'
import { LiveFeed } from '../live-feed.ts'
import { markdownTable } from '../table.ts'
import { Trial } from '../trial.ts'
import { rateOf } from './live.ts'
import type { Measure, Scene } from './measure.ts'

const ROUND_MS = 100
/** At the rate, before it is measured. */
const SETTLE_MS = 10_000
const LOOK_MS = 50
const SEEN_MS_MAX = 60_000
const SHARE = 0.5

interface Latency {
  readonly rate: number
  readonly cores: number
  readonly ms: readonly number[]
  readonly wrong: number
}

async function untilSeen(probes: readonly Probe[]): Promise<readonly number[]> {
  for (let left = SEEN_MS_MAX; probes.some(({ seenAt }) => seenAt === undefined); left -= LOOK_MS) {
    if (left <= 0) throw new Error('an offer never came')
    await pause(LOOK_MS)
  }
  return probes.map(({ sentAt, seenAt }) => (seenAt as number) - sentAt)
}

async function runLatency({ site, options, node }: Scene, rate: number): Promise<Latency> {
  const { settings, seconds } = options
  const own = { name: 'latency', title: '', node: node.path, topology: 'topology-trips.yaml' } as const
  const trial = await Trial.open(site, createShopkeeper(own), settings)
  const { run, load } = trial
  const probes = await createProbes({
    brokers: site.brokers,
    trips: topicOf(run, 'trips'),
    offers: topicOf(run, 'parking'),
    shop: run.input,
    partitions: run.partitions,
    idKey: ID_KEY,
    now: () => load.time,
  })
  const feed = new LiveFeed(trial)
  try {
    await trial.comes(load.phase(settings.warmup))
    const processes = trial.start(settings.processes)
    // No time is known before every partition of every source has had an event.
    await probes.round()
    await trial.untilDone()
    feed.begin(rate)
    probes.begin(ROUND_MS)
    await pause(SETTLE_MS)
    const sent = probes.all.length
    const before = processes.cpu()
    await pause(seconds * 1000)
    const cores = (processes.cpu() - before) / seconds
    await probes.rest()
    const ms = await untilSeen(probes.all.slice(sent))
    await feed.rest()
    await trial.comes(load.bells(AFTER_MS))
    await probes.round()
    await trial.untilDone()
    return { rate: feed.achieved, cores, ms, wrong: await trial.judged() }
  } finally {
    await feed.end()
    await probes.close()
    await trial.close()
  }
}

/** Everything that began is due by then. */
const AFTER_MS = 3 * 3_600_000

export const latency: Measure = {
  name: 'latency',
  title: 'From an estimate to its offer, at half of the maximum rate',
  async run(scene) {
    const { options, node, say } = scene
    const own = { name: 'shopkeeper', title: '', node: node.path, topology: 'topology.yaml' } as const
    const rate = await rateOf(scene, createShopkeeper(own), SHARE)
    const rows: (readonly string[])[] = []
    for (let round = 1; round <= options.runs; round++) {
      const found = await runLatency(scene, rate)
      const at = (share: number): string => `${quantile(found.ms, share) ?? 0}`
      const outputs = found.wrong === 0 ? 'exact' : `**${found.wrong} wrong**`
      const row = [
        `${Math.round(found.rate)} of ${rate}`,
        found.cores.toFixed(2),
        ...[0.5, 0.9, 0.99, 1].map(at),
        `${found.ms.length}`,
        outputs,
      ]
      say(`latency: ${row.join(' | ')}`)
      rows.push(row)
    }
    const columns = [
      'events / s',
      'cores of the process',
      'p50, ms',
      'p90',
      'p99',
      'most',
      'offers',
      'outputs of the job',
    ]
    return markdownTable(columns, rows)
  },
}
