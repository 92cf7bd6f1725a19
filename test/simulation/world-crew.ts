/**
 * The processes of a world and their task objects: who is assigned to what, who still believes so, who dies.
 *
 * 1. Each task has one assigned object at most; others of the same task are zombies: they go on until they are fenced.
 * 2. A crash ends all objects of a process at once, none is closed; a call that was sent may still arrive.
 * 3. An object whose call failed is closed and opened again, as the supervisor does it.
 */
import { Crash } from '../../src/adapters/embedded/faults.ts'
import { AdapterError, Fenced } from '../../src/model/errors.ts'
import type { Log } from '../../src/runtime/ports/log.ts'
import type { StateStore } from '../../src/runtime/ports/state-store.ts'
import type { Task } from '../../src/runtime/task.ts'
import type { Prng } from './prng.ts'
import type { Ratio, WorldOptions } from './world-options.ts'
import { type Faults, portsOf, type World } from './world-ports.ts'
import type { Tally } from './world-tally.ts'
import type { TaskMaker } from './world-tasks.ts'
import { type Call, createThreads, type Fate, GO, type Thread, troubleOf } from './world-threads.ts'
import type { Watch } from './world-watch.ts'

export interface CrewParts {
  readonly tasks: TaskMaker
  readonly log: Log
  readonly store: StateStore
  readonly faults: Faults
  readonly watch: Watch
  readonly options: WorldOptions
  readonly prng: Prng
  readonly tally: Tally
  readonly trace: (what: string) => void
}

export interface Crew {
  /** Gives every task an object. */
  fill(): Promise<void>
  /** What comes over the crew by itself: rebalances, standing still, processes that start again. */
  unrest(): Promise<void>
  /** Who makes the next call; undefined: nobody has anything to do. */
  choose(): Thread | undefined
  /** Everybody who stands still goes on; false when nobody did. */
  wake(): boolean
  drawFate(thread: Thread): Fate
  let(thread: Thread, fate: Fate): Promise<void>
  /** The log has something new. */
  changed(): void
  /** No more trouble from now on. */
  heal(): void
  /** A task broke in a way that no fault explains. */
  broken(): boolean
  /** The objects of all tasks. */
  tasks(): readonly Task[]
  /** New objects for all tasks. */
  restart(): Promise<void>
}

/** Calls that may still arrive when their process is gone. */
const SENT: readonly Call[] = ['commit', 'apply', 'store-open', 'take-over']

export function createCrew(parts: CrewParts): Crew {
  const { tasks, options, prng, tally, trace, watch } = parts
  const threads = createThreads()
  const assigned = new Map<string, Thread>()
  const objects = new Map<Thread, Task>()
  let alive: Thread[] = []
  let changes = 0
  let started = 0
  let healed = false
  let broke = false
  const world: World = { ...parts, threads, changed: () => ++changes, changes: () => changes }
  const nameOf = (thread: Thread): string =>
    `${thread.task} (object ${thread.number}, process ${thread.process})`
  const say = (what: string): void => trace(`step ${tally.steps}: ${what}`)
  const hit = ({ hits, of }: Ratio): boolean => prng.chance(hits, of)

  async function begin(task: string): Promise<void> {
    const thread: Thread = {
      number: ++started,
      task,
      process: prng.below(options.processes),
      call: 'start',
      resume: undefined,
      ended: false,
      lastCalls: undefined,
      quietAt: -1,
      stillUntil: 0,
    }
    assigned.set(task, thread)
    alive.push(thread)
    const { log, store } = portsOf(world, thread)
    const object = tasks.create(task, {
      log,
      store,
      observe(observation) {
        if (observation.kind === 'opened') {
          tally.opened++
          if (observation.rebuilt) tally.rebuilt++
        } else if (observation.kind === 'committed') tally.commits++
        watch.observe(thread.number, observation)
      },
    })
    objects.set(thread, object)
    await threads.start(thread, () => live(thread, object))
  }

  /** What the supervisor does with a task, and the end of it. */
  async function live(thread: Thread, task: Task): Promise<void> {
    for (let call: Call = 'start'; ; call = 'again') {
      try {
        const fate = await threads.stand(thread, call)
        if (fate.kind !== 'go') throw troubleOf(fate, call)
        await task.open()
        for (;;) await task.turn(0)
      } catch (error) {
        if (error instanceof Crash) return died(thread)
        await task.close('failed', 'simulated')
        if (error instanceof Fenced) {
          say(`${nameOf(thread)} is fenced`)
          tally.fenced++
          return
        }
        if (!(error instanceof AdapterError && error.retryable)) {
          broke = true
          watch.problems.push(
            `${nameOf(thread)} broke: ${error instanceof Error ? error.stack : String(error)}`,
          )
          return
        }
        if (error.code === 'store-moved') {
          say(`${nameOf(thread)}: ${error.message}`)
          tally.storeMoved++
        }
      }
    }
  }

  function died({ process, number }: Thread): void {
    for (const thread of alive) {
      if (thread.process !== process || thread.number === number || thread.lastCalls !== undefined) continue
      if (SENT.includes(thread.call) && prng.chance(1, 2)) thread.lastCalls = 1
      else thread.ended = true
    }
  }

  const isLive = (thread: Thread | undefined): boolean =>
    thread !== undefined && !thread.ended && thread.lastCalls === undefined

  async function fill(): Promise<void> {
    alive = alive.filter((thread) => !thread.ended)
    for (const task of tasks.ids) if (!isLive(assigned.get(task))) await begin(task)
  }

  async function rebalance(): Promise<void> {
    const task = prng.pick(tasks.ids)
    const before = assigned.get(task)
    tally.rebalances++
    // Told in time, between two turns; or not told at all.
    if (before !== undefined && before.call === 'read' && prng.chance(1, 2)) before.ended = true
    say(`${task} moves to another process${before?.ended === true ? '' : ', and the old one does not know'}`)
    await begin(task)
  }

  return {
    fill,
    async unrest() {
      if (hit(options.rebalance)) await rebalance()
      if (hit(options.standStill) && alive.length > 0) {
        const thread = prng.pick(alive)
        thread.stillUntil = tally.steps + prng.between(1, options.standStillStepsMax)
      }
      if (prng.chance(1, 4)) await fill()
    },
    choose() {
      const able = alive.filter(
        ({ ended, resume, stillUntil, call, quietAt }) =>
          !ended &&
          resume !== undefined &&
          stillUntil <= tally.steps &&
          !(call === 'read' && quietAt === changes),
      )
      if (able.length === 0) return undefined
      return prng.weighted(
        able.map((thread) => [options.weights[tasks.ids.indexOf(thread.task)] ?? 1, thread] as const),
      )
    },
    wake() {
      const still = alive.filter(({ ended, stillUntil }) => !ended && stillUntil > tally.steps)
      for (const thread of still) thread.stillUntil = 0
      return still.length > 0 || tasks.ids.some((task) => !isLive(assigned.get(task)))
    },
    drawFate(thread) {
      if (thread.lastCalls !== undefined) return GO
      const kind = hit(options.crash) ? 'crash' : hit(options.failure) ? 'fail' : 'go'
      if (kind === 'go') return GO
      const when = prng.pick(['before', 'behind'] as const)
      if (kind === 'crash') tally.crashes++
      else tally.failures++
      const what = `${kind} ${when} ${thread.call}`
      tally.kinds[what] = (tally.kinds[what] ?? 0) + 1
      say(`${nameOf(thread)}: ${what}`)
      return { kind, when }
    },
    async let(thread, fate) {
      tally.steps++
      if (thread.call === 'again' && assigned.get(thread.task) !== thread) {
        // It may not know yet that the task is another's: then it takes it over once more.
        if (healed || prng.chance(1, 2)) {
          thread.ended = true
          return
        }
        tally.stolen++
      }
      await threads.resume(thread, fate)
    },
    changed() {
      tally.appends++
      changes++
    },
    heal() {
      healed = true
      for (const thread of alive) thread.stillUntil = 0
    },
    async restart() {
      for (const thread of alive) thread.ended = true
      await fill()
    },
    broken: () => broke,
    tasks: () => tasks.ids.map((id) => objects.get(assigned.get(id) as Thread) as Task),
  }
}
