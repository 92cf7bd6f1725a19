/**
 * What a million people cost when they are there, and when they have to be brought back: a process that is asked to end and started
 * again, one that is killed, each with its states kept and with them lost. States are the people in Redis, or the files of Kafka Streams.
 *
 * Everybody came once within an hour, looked at a page and put something into the cart: at the end of it every cart is waited for, and
 * half of the sessions are open. While nothing runs, time moves on by some seconds, by which carts and sessions fall due.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Engine, Run } from '../engines/engine.ts'
import { markdownTable, median } from '../table.ts'
import { Trial } from '../trial.ts'
import { enginesFor, type Measure, type Scene } from './measure.ts'

const CAME_WITHIN_MS = 3_600_000
/** Beyond the lateness, so that the first carts are due. */
const FIRST_MOVE_MS = 15_000
const MOVE_MS = 5000
const REST_MS = 3000
const LOOK_MS = 15
const WAIT_MS_MAX = 300_000

interface Way {
  readonly title: string
  readonly signal: 'stop' | 'kill'
  readonly lost: boolean
}

const WAYS: readonly Way[] = [
  { title: 'asked to end, states kept', signal: 'stop', lost: false },
  { title: 'asked to end, states lost', signal: 'stop', lost: true },
  { title: 'killed, states kept', signal: 'kill', lost: false },
  { title: 'killed, states lost', signal: 'kill', lost: true },
]

/** Seconds from the start of the process, and its CPU seconds, until everything due was out. */
interface Return {
  readonly firstOffer: number
  readonly everything: number
  readonly cpu: number
  /** Of the new process, after a rest. */
  readonly rssMb: number
}

interface Stay {
  readonly rssMb: number
  readonly redisMb: number
  readonly returns: readonly Return[]
  readonly wrong: number
}

async function stayOf({ site, options }: Scene, engine: Engine): Promise<Stay> {
  const trial = await Trial.open(site, engine, options.settings)
  try {
    const processes = trial.start(1)
    await trial.comes(trial.load.newcomers(options.people, CAME_WITHIN_MS))
    await trial.comes(trial.load.bells(FIRST_MOVE_MS))
    await trial.untilDone()
    await pause(REST_MS)
    const rssMb = processes.memory().nowMb
    const redisMb = (await site.redisBytes()) / 2 ** 20
    const returns: Return[] = []
    for (const way of WAYS) returns.push(await comeBack(trial, way))
    return { rssMb, redisMb, returns, wrong: await trial.judged() }
  } finally {
    await trial.close()
  }
}

async function comeBack(trial: Trial, { signal, lost }: Way): Promise<Return> {
  const { run, load } = trial
  await trial.end(signal)
  if (lost) {
    await run.site.emptyRedis()
    await rm(join(run.folder, 'state-0'), { recursive: true, force: true })
  }
  await trial.comes(load.bells(MOVE_MS))
  const goal = trial.expected().all
  const before = await offersOf(run)
  const began = performance.now()
  const processes = trial.start(1)
  while ((await offersOf(run)) === before) {
    trial.alive()
    if (performance.now() - began > WAIT_MS_MAX) throw new Error(`${run.name}: no offer came any more`)
    await pause(LOOK_MS)
  }
  const firstOffer = (performance.now() - began) / 1000
  const done = await trial.untilDone(goal)
  const cpu = processes.cpu()
  await pause(REST_MS)
  return { firstOffer, everything: (done - began) / 1000, cpu, rssMb: processes.memory().nowMb }
}

async function offersOf({ client, offers, partitions }: Run): Promise<number> {
  return (await client.ends([offers], partitions, 'stable')).reduce((sum, end) => sum + end, 0)
}

export const restore: Measure = {
  name: 'restore',
  title: 'A million people: memory, and coming back',
  async run(scene) {
    const { options, say } = scene
    const engines = enginesFor(scene, ['shopkeeper', 'streams-mem', 'streams-rocks'])
    const stays = new Map<Engine, Stay[]>(engines.map((engine) => [engine, []]))
    for (let round = 1; round <= options.runs; round++)
      for (const engine of engines) {
        const stay = await stayOf(scene, engine)
        stays.get(engine)?.push(stay)
        const told = stay.returns.map(
          ({ firstOffer, everything }) => `${firstOffer.toFixed(1)}/${everything.toFixed(1)} s`,
        )
        say(
          `${engine.name}: ${stay.rssMb} + ${stay.redisMb.toFixed(0)} MB; ${told.join(', ')}; ${stay.wrong} wrong`,
        )
      }
    return [memoryTable(stays, options.people), returnTable(stays)].join('\n\n')
  },
}

function memoryTable(stays: ReadonlyMap<Engine, readonly Stay[]>, people: number): string {
  const rows = [...stays].map(([{ title }, all]) => {
    const rss = median(all.map(({ rssMb }) => rssMb))
    const redis = median(all.map(({ redisMb }) => redisMb))
    const wrong = all.reduce((sum, one) => sum + one.wrong, 0)
    return [
      title,
      rss,
      redis.toFixed(0),
      (rss + redis).toFixed(0),
      wrong === 0 ? 'exact' : `**${wrong} wrong**`,
    ].map(String)
  })
  const columns = [`${people} people`, 'RSS, MB', 'Redis, MB', 'together, MB', 'outputs of all of it']
  return markdownTable(columns, rows)
}

/** Seconds: median, least and most. */
const spread = (values: readonly number[]): string =>
  values.length === 1
    ? (values[0] as number).toFixed(2)
    : `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`

function returnTable(stays: ReadonlyMap<Engine, readonly Stay[]>): string {
  const rows = WAYS.flatMap(({ title: way }, place) =>
    [...stays].map(([{ title }, all]) => {
      const returns = all.map(({ returns }) => returns[place] as Return)
      const of = (pick: (one: Return) => number): string => spread(returns.map(pick))
      const times = [of((one) => one.firstOffer), of((one) => one.everything), of((one) => one.cpu)]
      return [way, title, ...times, median(returns.map(({ rssMb }) => rssMb)).toFixed(0)]
    }),
  )
  return markdownTable(
    ['how', 'engine', 'start to first offer, s', 'start to everything due, s', 'CPU, s', 'RSS, MB'],
    rows,
  )
}
