/**
 * A backlog: events that came while nothing ran, worked off while others go on coming. Memory is that of the process, twice a second:
 * first live without a backlog, then from the start with it until it is gone, and live again.
 *
 * Live is nine tenths of what is done at most; while there is a backlog it is half, since at nine tenths nine times as many events
 * would come in the meantime as there were.
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
const SHARE_BEHIND = 0.5
const SAMPLE_MS = 500
const TELL_SECONDS = 15
/** It has caught up when no more is open than came in so long. */
const BEHIND_MS = 1000
const CATCH_UP_SECONDS_MAX = 1200
/** Everything that began is due by then. */
const AFTER_MS = 3 * 3_600_000

interface Stretch {
  readonly seconds: number
  readonly peakMb: number
  /** The most and the last of it, in records. */
  readonly mostLag: number
  readonly lag: number
}

/** Looks on until it is over, or has gone on for too long. */
async function watched(
  { say }: Scene,
  trial: Trial,
  processes: EngineProcesses,
  over: (lag: number, seconds: number) => boolean,
): Promise<Stretch> {
  const began = performance.now()
  let [peakMb, mostLag, told] = [0, 0, 0]
  for (;;) {
    trial.alive()
    const lag = await lagOf(trial)
    const seconds = (performance.now() - began) / 1000
    const { nowMb } = processes.memory()
    peakMb = Math.max(peakMb, nowMb)
    mostLag = Math.max(mostLag, lag)
    if (seconds >= told + TELL_SECONDS) {
      told = seconds
      say(`${seconds.toFixed(0)} s: ${nowMb} MB, ${lag} records open`)
    }
    if (over(lag, seconds) || seconds > CATCH_UP_SECONDS_MAX) return { seconds, peakMb, mostLag, lag }
    await pause(SAMPLE_MS)
  }
}

interface Backlog {
  readonly steady: Stretch
  readonly catchingUp: Stretch
  readonly after: Stretch
  /** Events a second that really came, live, before and behind. */
  readonly rates: readonly number[]
  readonly wrong: number
}

async function runBacklog(scene: Scene, rate: number): Promise<Backlog> {
  const { site, options, node, say } = scene
  const { settings, seconds, backlog } = options
  const own = { name: 'backlog', title: '', node: node.path, topology: 'topology.yaml' } as const
  const trial = await Trial.open(site, createShopkeeper(own), settings)
  const { load } = trial
  const feed = new LiveFeed(trial)
  const forAWhile = (_lag: number, since: number): boolean => since >= seconds
  try {
    await trial.comes(load.phase(settings.warmup))
    const first = trial.start(settings.processes)
    await trial.untilDone()
    feed.begin(rate)
    const steady = await watched(scene, trial, first, forAWhile)
    const achieved = await feed.rest()
    await trial.end('stop')
    say(`${backlog} events come while nothing runs`)
    await trial.comes(load.phase(backlog))
    feed.begin(Math.round((rate / SHARE) * SHARE_BEHIND))
    const second = trial.start(settings.processes)
    const enough = (rate * BEHIND_MS) / 1000
    const catchingUp = await watched(scene, trial, second, (lag) => lag <= enough)
    await feed.rest()
    feed.begin(rate)
    const after = await watched(scene, trial, second, forAWhile)
    await feed.rest()
    await trial.comes(load.bells(AFTER_MS))
    await trial.untilDone()
    return { steady, catchingUp, after, rates: [achieved, feed.achieved], wrong: await trial.judged() }
  } finally {
    await feed.end()
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
    const { steady, catchingUp, after, rates, wrong } = await runBacklog(scene, rate)
    const row = (title: string, { seconds, peakMb, mostLag, lag }: Stretch): readonly string[] => [
      title,
      seconds.toFixed(0),
      `${peakMb}`,
      (peakMb / steady.peakMb).toFixed(2),
      `${mostLag}`,
      `${lag}`,
    ]
    const columns = [
      '',
      'seconds',
      'RSS at most, MB',
      'against steady',
      'records open, at most',
      'in the end',
    ]
    const rows = [
      row('live', steady),
      row(`${options.backlog} events behind`, catchingUp),
      row('live again', after),
    ]
    const outputs = wrong === 0 ? 'exact' : `**${wrong} wrong**`
    const came = rates.map((one) => Math.round(one)).join(' and ')
    return `${markdownTable(columns, rows)}\n\nLive: ${came} events/s of ${rate} that were asked for. Outputs of all of it: ${outputs}.`
  },
}
