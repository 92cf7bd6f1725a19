/**
 * A backlog: events that came while nothing ran, worked off while others go on coming at nine tenths of what is done at most. Memory is
 * that of the process, twice a second: first at the same rate without a backlog, then from the start with it until it is gone, and on.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { EngineProcesses } from '../engine-process.ts'
import { createShopkeeper } from '../engines/shopkeeper.ts'
import { LiveFeed } from '../live-feed.ts'
import { markdownTable } from '../table.ts'
import { Trial } from '../trial.ts'
import { lagOf, rateOf } from './live.ts'
import type { Measure, Scene } from './measure.ts'

const SHARE = 0.9
const SAMPLE_MS = 500
/** It has caught up when no more is open than came in so long. */
const BEHIND_MS = 1000
const CATCH_UP_MS_MAX = 3_600_000
/** Everything that began is due by then. */
const AFTER_MS = 3 * 3_600_000

interface Stretch {
  readonly seconds: number
  readonly peakMb: number
  /** Most of it, in records. */
  readonly lag: number
}

/** Looks on until it is over. */
async function watched(
  trial: Trial,
  processes: EngineProcesses,
  over: (lag: number, seconds: number) => boolean,
): Promise<Stretch> {
  const began = performance.now()
  let peakMb = 0
  let most = 0
  for (;;) {
    trial.alive()
    const lag = await lagOf(trial)
    const seconds = (performance.now() - began) / 1000
    peakMb = Math.max(peakMb, processes.memory().nowMb)
    most = Math.max(most, lag)
    if (over(lag, seconds)) return { seconds, peakMb, lag: most }
    if (seconds * 1000 > CATCH_UP_MS_MAX)
      throw new Error(`${lag} records behind after ${seconds.toFixed(0)} s`)
    await pause(SAMPLE_MS)
  }
}

interface Backlog {
  readonly steady: Stretch
  readonly catchingUp: Stretch
  readonly after: Stretch
  readonly rate: number
  readonly wrong: number
}

async function runBacklog({ site, options, node, say }: Scene, rate: number): Promise<Backlog> {
  const { settings, seconds, backlog } = options
  const own = { name: 'backlog', title: '', node: node.path, topology: 'topology.yaml' } as const
  const trial = await Trial.open(site, createShopkeeper(own), settings)
  const { load } = trial
  const feed = new LiveFeed(trial, rate)
  const isOver = (_lag: number, since: number): boolean => since >= seconds
  try {
    await trial.comes(load.phase(settings.warmup))
    const first = trial.start(settings.processes)
    await trial.untilDone()
    feed.begin()
    const steady = await watched(trial, first, isOver)
    await feed.rest()
    await trial.end('stop')
    say(
      `steady: ${steady.peakMb} MB, at most ${steady.lag} records open; ${backlog} events come while nothing runs`,
    )
    await trial.comes(load.phase(backlog))
    feed.begin()
    const second = trial.start(settings.processes)
    const catchingUp = await watched(trial, second, (lag) => lag <= (rate * BEHIND_MS) / 1000)
    say(`caught up after ${catchingUp.seconds.toFixed(0)} s, ${catchingUp.peakMb} MB`)
    const after = await watched(trial, second, isOver)
    await feed.rest()
    await trial.comes(load.bells(AFTER_MS))
    await trial.untilDone()
    return { steady, catchingUp, after, rate: feed.achieved, wrong: await trial.judged() }
  } finally {
    await feed.rest()
    await trial.close()
  }
}

export const backlog: Measure = {
  name: 'backlog',
  title: 'A backlog, and live events beside it',
  once: true,
  async run(scene) {
    const { options, node } = scene
    const own = { name: 'shopkeeper', title: '', node: node.path, topology: 'topology.yaml' } as const
    const rate = await rateOf(scene, createShopkeeper(own), SHARE)
    const { steady, catchingUp, after, rate: achieved, wrong } = await runBacklog(scene, rate)
    const row = (title: string, { seconds, peakMb, lag }: Stretch): readonly string[] => [
      title,
      seconds.toFixed(0),
      `${peakMb}`,
      (peakMb / steady.peakMb).toFixed(2),
      `${lag}`,
    ]
    const columns = ['', 'seconds', 'RSS at most, MB', 'against steady', 'records open at most']
    const rows = [
      row('steady', steady),
      row(`${options.backlog} events behind, until none are`, catchingUp),
      row('behind that', after),
    ]
    const outputs = wrong === 0 ? 'exact' : `**${wrong} wrong**`
    const rates = `Live: ${Math.round(achieved)} events/s of ${rate} that were asked for. Outputs of all of it: ${outputs}.`
    return `${markdownTable(columns, rows)}\n\n${rates}`
  },
}
