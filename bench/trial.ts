/** An engine at work on a load that comes bit by bit, as a measure wants it: what came is remembered, so that in the end all of it is judged. */
import { setTimeout as pause } from 'node:timers/promises'
import { type EngineProcesses, startEngine } from './engine-process.ts'
import type { Command, Engine, Expected, Goal, Run } from './engines/engine.ts'
import { createRun, type Settings } from './judge.ts'
import { Load, type LoadedRecord } from './load.ts'
import { Oracle } from './oracle.ts'
import type { Site } from './site.ts'
import type { Upstream } from './upstream.ts'

/** In this time outputs would come that should not. */
const AFTERWARDS_MS = 3000
/** Of a load that comes at once, in one transaction. */
const AT_ONCE_MAX = 500_000

export class Trial {
  readonly run: Run
  readonly load: Load
  private readonly engine: Engine
  private readonly command: Command
  private readonly oracle: Oracle
  private readonly upstream: Upstream
  private running: EngineProcesses | undefined

  private constructor(run: Run, engine: Engine, command: Command, upstream: Upstream, settings: Settings) {
    const { seed, users, partitions } = settings
    this.run = run
    this.engine = engine
    this.command = command
    this.upstream = upstream
    this.load = new Load({ seed, users, partitions, schemaId: run.schemaId })
    this.oracle = new Oracle(partitions)
  }

  static async open(site: Site, engine: Engine, settings: Settings): Promise<Trial> {
    const run = await createRun(site, engine.name, settings)
    const upstream = await run.client.upstream(run.input, run.partitions)
    return new Trial(run, engine, await engine.prepare(run), upstream, settings)
  }

  /** So many processes. */
  start(count: number): EngineProcesses {
    this.running = startEngine(this.command, count, this.run.folder)
    return this.running
  }

  /** They are asked to end, or killed. */
  async end(how: 'stop' | 'kill'): Promise<void> {
    await this.running?.[how]()
    this.running = undefined
  }

  /** Into the topic, committed now and then, the last in the end. */
  async comes(records: Iterable<LoadedRecord>): Promise<void> {
    await this.appends(records, AT_ONCE_MAX)
    await this.commit()
  }

  /** At most so many of them, committed. */
  async some(records: Iterator<LoadedRecord>, most: number): Promise<void> {
    if (most <= 0) return
    await this.upstream.append(this.taken(records, most).records())
    await this.commit()
  }

  /** Into the topic, without being visible before {@link commit}. */
  async appends(records: Iterable<LoadedRecord>, commitEvery = Number.POSITIVE_INFINITY): Promise<void> {
    const iterator = records[Symbol.iterator]()
    for (let over = false; !over; ) {
      const taken = this.taken(iterator, commitEvery)
      await this.upstream.append(taken.records())
      over = taken.over()
      if (!over) await this.commit()
    }
  }

  commit(): Promise<void> {
    return this.upstream.commit()
  }

  /** At most so many of them, each seen by the oracle. */
  private taken(iterator: Iterator<LoadedRecord>, most: number) {
    const { oracle } = this
    let over = false
    function* records(): Generator<LoadedRecord> {
      for (let i = 0; i < most; i++) {
        const next = iterator.next()
        if (next.done === true) {
          over = true
          return
        }
        oracle.see(next.value)
        yield next.value
      }
    }
    return { records, over: () => over }
  }

  expected(): Expected {
    const { oracle } = this
    const { sessions, offers } = oracle.expect()
    const all = { records: oracle.records, outputs: sessions + offers }
    return { oracle, warm: all, all }
  }

  /** When everything that came so far and is due was out, or so much of it; on the clock of `performance`. */
  untilDone(goal: Goal = this.expected().all): Promise<number> {
    const moment = (): number => performance.now()
    return this.engine.watch(this.run).until(goal, moment, () => this.alive())
  }

  alive(): void {
    this.running?.alive()
  }

  /** Ends the processes; how many outputs are missing or should not be there. */
  async judged(): Promise<number> {
    await pause(AFTERWARDS_MS)
    await this.end('stop')
    const { missing, unexpected } = await this.engine.verdict(this.run, this.expected())
    return missing + unexpected
  }

  async close(): Promise<void> {
    await this.end('kill')
    await this.run.client.close()
    await this.run.site.dropTopics(this.run.name)
  }
}
