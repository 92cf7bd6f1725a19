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
import { type EngineProcesses, startEngine } from '../engine-process.ts'
import type { Command, Engine, Expected, Goal, Run } from '../engines/engine.ts'
import { createRun } from '../judge.ts'
import { Load, type LoadedRecord } from '../load.ts'
import { Oracle } from '../oracle.ts'
import { markdownTable, median } from '../table.ts'
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
}

interface Stay {
  readonly rssMb: number
  readonly redisMb: number
  readonly returns: readonly Return[]
  readonly wrong: number
}

/** An engine with its people, and what is to come of them. */
class Town {
  private readonly scene: Scene
  private readonly engine: Engine
  private readonly run: Run
  private readonly command: Command
  private readonly load: Load
  private readonly oracle: Oracle
  private processes: EngineProcesses

  constructor(scene: Scene, engine: Engine, run: Run, command: Command) {
    const { seed, users, partitions } = scene.options.settings
    this.scene = scene
    this.engine = engine
    this.run = run
    this.command = command
    this.load = new Load({ seed, users, partitions, schemaId: run.schemaId })
    this.oracle = new Oracle(partitions)
    this.processes = startEngine(command, 1, run.folder)
  }

  async stay(): Promise<Stay> {
    const { site, options } = this.scene
    try {
      await this.comes(this.load.newcomers(options.people, CAME_WITHIN_MS))
      await this.untilDone(await this.comes(this.load.bells(FIRST_MOVE_MS)))
      await pause(REST_MS)
      const rssMb = this.processes.memory().nowMb
      const redisMb = (await site.redisBytes()) / 2 ** 20
      const returns: Return[] = []
      for (const way of WAYS) returns.push(await this.comeBack(way))
      await this.processes.stop()
      const { missing, unexpected } = await this.engine.verdict(this.run, this.expected())
      return { rssMb, redisMb, returns, wrong: missing + unexpected }
    } finally {
      await this.processes.kill()
    }
  }

  /** Into the topic, all at once; what must be out when that is worked off. */
  private async comes(records: Iterable<LoadedRecord>): Promise<Goal> {
    const { client, input, partitions } = this.run
    const { oracle } = this
    function* seen(): Generator<LoadedRecord> {
      for (const record of records) {
        oracle.see(record)
        yield record
      }
    }
    await (await client.append(input, partitions, seen())).commit()
    return this.expected().all
  }

  private expected(): Expected {
    const { oracle } = this
    const { sessions, offers } = oracle.expect()
    const all = { records: oracle.records, outputs: sessions + offers }
    return { oracle, warm: all, all }
  }

  private untilDone(goal: Goal): Promise<number> {
    const { engine, processes, run } = this
    return engine.watch(run).until(
      goal,
      () => performance.now(),
      () => processes.alive(),
    )
  }

  private async comeBack({ signal, lost }: Way): Promise<Return> {
    const { run, command, scene } = this
    await this.processes[signal]()
    if (lost)
      await Promise.all([
        scene.site.emptyRedis(),
        rm(join(run.folder, 'state-0'), { recursive: true, force: true }),
      ])
    const goal = await this.comes(this.load.bells(MOVE_MS))
    const before = await this.offers()
    const began = performance.now()
    this.processes = startEngine(command, 1, run.folder)
    while ((await this.offers()) === before) {
      this.processes.alive()
      if (performance.now() - began > WAIT_MS_MAX) throw new Error(`${run.name}: no offer came any more`)
      await pause(LOOK_MS)
    }
    const firstOffer = (performance.now() - began) / 1000
    const done = await this.untilDone(goal)
    await pause(REST_MS)
    return { firstOffer, everything: (done - began) / 1000, cpu: this.processes.cpu() }
  }

  private async offers(): Promise<number> {
    const { client, offers, partitions } = this.run
    return (await client.ends([offers], partitions, 'stable')).reduce((sum, end) => sum + end, 0)
  }
}

async function stayOf(scene: Scene, engine: Engine): Promise<Stay> {
  const { site, options } = scene
  const run = await createRun(site, `${engine.name}-restore`, options.settings)
  try {
    return await new Town(scene, engine, run, await engine.prepare(run)).stay()
  } finally {
    await run.client.close()
    await site.dropTopics(run.name)
  }
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
      return [way, title, of((one) => one.firstOffer), of((one) => one.everything), of((one) => one.cpu)]
    }),
  )
  return markdownTable(
    ['how', 'engine', 'start to first offer, s', 'start to everything due, s', 'CPU, s'],
    rows,
  )
}
