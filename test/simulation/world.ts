/**
 * A whole system in one seed: log, store and all tasks of a few processes, driven one call at a time.
 *
 * 1. Safety: the world chooses who makes the next call and what becomes of it. Processes die, calls fail, tasks move while their
 *    old objects go on, the store goes back or is lost, partitions stand still.
 * 2. Liveness: then it heals, and everything must be worked off within a bound.
 * 3. At the end the store must equal what the changelog gives, and a task that is opened anew must find nothing to do.
 */
import { inspect, isDeepStrictEqual } from 'node:util'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import type { Log } from '../../src/runtime/ports/log.ts'
import type { StateStore } from '../../src/runtime/ports/state-store.ts'
import { type Counts, addCounts, newCounts } from '../../src/runtime/ports/observer.ts'
import type { Prng } from './prng.ts'
import { createCrew, type Crew } from './world-crew.ts'
import { createFaults } from './world-ports.ts'
import { createStoreLoss } from './world-store-loss.ts'
import {
  type Blueprint,
  createLog,
  createTasks,
  END_KEY,
  LINES,
  type Output,
  type TaskMaker,
} from './world-tasks.ts'
import { newTally, type Tally } from './world-tally.ts'
import { GO } from './world-threads.ts'
import { createWatch } from './world-watch.ts'

export interface WorldInput extends Blueprint {
  readonly lines: readonly string[]
  readonly until: number | undefined
  readonly prng: Prng
  /** Told of everything that happens to the world. */
  readonly trace: (what: string) => void
  /** Breaks a port, to see that it is seen. */
  readonly sabotage?: Sabotage
}

export interface Sabotage {
  readonly log?: (log: Log) => Log
  readonly store?: (store: StateStore) => StateStore
}

export interface WorldResult {
  readonly outputs: readonly Output[]
  readonly counts: Counts
  readonly tally: Tally
  readonly problems: readonly string[]
}

/** Steps of the safety phase; the rest is worked off behind it. */
const SAFETY_STEPS_MAX = 4000
/** Steps in which a healed world must have worked everything off. */
const HEALED_STEPS_MAX = 100_000
const PROBLEMS_MAX = 20

export async function runWorld(input: WorldInput): Promise<WorldResult> {
  const { prng, options, trace, sabotage } = input
  const tally = newTally()
  const tasks = createTasks(input)
  const watch = createWatch()
  const faults = createFaults()
  const outputs: Output[] = []
  const turnRecordsMax = (): number => 1 + prng.below(options.turnRecordsMax)
  const { compactBeyond } = options
  const log = createLog(tasks, { watch, faults, outputs, turnRecordsMax, compactBeyond })
  const store = new EmbeddedStateStore(faults.hook)
  const ports = { log: sabotage?.log?.(log) ?? log, store: sabotage?.store?.(store) ?? store }
  const crew = createCrew({ ...ports, tasks, faults, watch, options, prng, tally, trace })
  const storeLoss = createStoreLoss({ store, prng, tally, trace })
  const upstream = createUpstream(input, (lines) => {
    appendLines(log, lines)
    crew.changed()
  })
  const going = (): boolean => watch.problems.length < PROBLEMS_MAX && !crew.broken()

  await crew.fill()
  while (going() && tally.steps < SAFETY_STEPS_MAX) {
    if (prng.chance(options.storeLoss.hits, options.storeLoss.of)) storeLoss.lose()
    storeLoss.maybeKeep()
    await crew.unrest()
    if (prng.chance(1, 8)) upstream()
    const thread = crew.choose()
    if (thread !== undefined) await crew.let(thread, crew.drawFate(thread))
    else if (!upstream() && !crew.wake()) break
  }
  trace(`step ${tally.steps}: healed`)
  crew.heal()
  const limit = tally.steps + HEALED_STEPS_MAX
  async function workOff(): Promise<void> {
    while (going()) {
      await crew.fill()
      const thread = crew.choose()
      if (thread !== undefined) await crew.let(thread, GO)
      else if (!upstream()) return
      if (tally.steps > limit)
        watch.problems.push(`no progress: ${HEALED_STEPS_MAX} steps behind healing there is still work`)
    }
  }
  await workOff()
  // A store that is lost behind the last commit is missed by the next one, or at the next opening; and who was taken over without
  // a word learns it by the next commit.
  if (tally.storesLost + tally.storesBack + tally.stolen > 0) {
    await crew.restart()
    await workOff()
  }
  const problems = watch.problems
  const counts = newCounts()
  if (going()) {
    for (const task of crew.tasks()) addCounts(counts, task.committed())
    problems.push(...(await reopened(tasks, { crew, log, store, counts })))
  }
  return { outputs, counts, tally, problems: problems.slice(0, PROBLEMS_MAX) }
}

/** Appends the next lines and, behind the last one, the end of the input; false when there was nothing left. */
function createUpstream(
  { lines, until, options, prng }: WorldInput,
  append: (lines: readonly string[] | number) => void,
): () => boolean {
  let next = 0
  let ended = until === undefined
  return () => {
    if (next < lines.length) {
      const count = prng.between(1, options.appendLinesMax)
      append(lines.slice(next, next + count))
      next += count
      return true
    }
    if (ended) return false
    append(until as number)
    ended = true
    return true
  }
}

function appendLines(log: ReturnType<typeof createLog>, lines: readonly string[] | number): void {
  if (typeof lines === 'number') {
    log.appendKeyed(LINES, END_KEY, String(lines))
    return
  }
  const buffers = lines.map((line) => Buffer.from(line))
  const ranges: number[] = []
  let at = 0
  for (const { length } of buffers) ranges.push(at, (at += length))
  log.append(LINES, Buffer.concat(buffers), ranges)
}

interface End {
  readonly crew: Crew
  readonly log: ReturnType<typeof createLog>
  readonly store: EmbeddedStateStore
  readonly counts: Counts
}

/** The store against a fresh one that new task objects fill from the changelog. */
async function reopened(tasks: TaskMaker, { log, store, counts }: End): Promise<readonly string[]> {
  const problems: string[] = []
  const fresh = new EmbeddedStateStore()
  const total = newCounts()
  for (const id of tasks.ids) {
    const task = tasks.create(id, { log, store: fresh, observe: () => {} })
    await task.open()
    addCounts(total, task.committed())
    if (await task.turn(0)) problems.push(`${id} found work when it was opened anew at the end`)
    const [here, there] = await Promise.all([contentOf(store, id), contentOf(fresh, id)])
    if (here.chain !== there.chain)
      problems.push(`${id}: the store is at chain ${here.chain}, the changelog at ${there.chain}`)
    for (const key of new Set([...here.states.keys(), ...there.states.keys()])) {
      if (here.states.get(key) === there.states.get(key)) continue
      problems.push(`${id}: the state of ${key} is another one in the store than in the changelog`)
    }
  }
  for (const name of Object.keys(counts) as (keyof Counts)[]) {
    if (!isDeepStrictEqual(counts[name], total[name]))
      problems.push(
        `${name} counts ${inspect(counts[name])}, and ${inspect(total[name])} when the tasks are opened anew`,
      )
  }
  return problems
}

interface Content {
  readonly chain: number
  /** Due time and value of each key, as text. */
  readonly states: ReadonlyMap<string, string>
}

async function contentOf(store: EmbeddedStateStore, id: string): Promise<Content> {
  const stamp = store.snapshot().get(id)
  if (stamp === undefined) return { chain: -1, states: new Map() }
  const { keys, values } = (await store.scan(id, stamp)) ?? { keys: [], values: [] }
  const dues = new Map((await store.due(id, stamp, 0, Infinity))?.map(({ key, due }) => [key, due]))
  const states = keys.map((key, i) => [key, `${dues.get(key)} ${values[i]?.toString('hex')}`] as const)
  return { chain: stamp.chain, states: new Map(states) }
}
