/** The embedded log and store as one task object meets them: each call stands first, and has the fate that the world gives it. */
import type { FaultHook, FaultPoint } from '../../src/adapters/embedded/faults.ts'
import type { Log, LogReader, Position } from '../../src/runtime/ports/log.ts'
import type { StateStore } from '../../src/runtime/ports/state-store.ts'
import { type Call, type Fate, type Thread, type Threads, troubleOf } from './world-threads.ts'
import type { Watch } from './world-watch.ts'
import { createLender } from '../support/lent-turns.ts'

export interface World {
  readonly log: Log
  readonly store: StateStore
  readonly threads: Threads
  readonly watch: Watch
  readonly faults: Faults
  /** Counts what others can see: a task that found nothing before it may find something now. */
  changed(): number
  changes(): number
}

/** The seams inside the embedded adapters, armed for the call that comes next. */
export interface Faults {
  readonly hook: FaultHook
  arm(point: FaultPoint, error: Error): void
  disarm(): void
}

export function createFaults(): Faults {
  let armed: { readonly point: FaultPoint; readonly error: Error } | undefined
  return {
    hook(point) {
      if (armed?.point === point) throw armed.error
    },
    arm(point, error) {
      armed = { point, error }
    },
    disarm() {
      armed = undefined
    },
  }
}

/** Which seam of the adapters is meant; where there is none, the world throws outside of the call. */
const SEAMS: Partial<Record<`${Fate['when']} ${Call}`, FaultPoint>> = {
  'before take-over': 'take-over',
  'before commit': 'commit-before',
  'behind commit': 'commit-after',
  'before load': 'load',
  'before apply': 'apply-before',
  'behind apply': 'apply-after',
}

export function portsOf(world: World, thread: Thread): { readonly log: Log; readonly store: StateStore } {
  const { log, store, threads, watch, faults } = world

  async function call<T>(name: Call, effect: () => Promise<T>): Promise<T> {
    const fate = await threads.stand(thread, name)
    if (fate.kind === 'go') return effect()
    const trouble = troubleOf(fate, name)
    const seam = SEAMS[`${fate.when} ${name}`]
    if (seam === undefined) {
      if (fate.when === 'behind') await effect()
      throw trouble
    }
    faults.arm(seam, trouble)
    try {
      return await effect()
    } finally {
      faults.disarm()
    }
  }

  function reader(task: string, start: Position): LogReader {
    let at = start
    const lender = createLender()
    watch.reads(task, thread.number, at.offset)
    return {
      next: (waitMs) =>
        call('read', async () => {
          // A reader for each turn, since each turn has a length of its own.
          const turn = lender.lend(await log.read([at]).next(waitMs))
          if (turn.batches.length === 0) {
            thread.quietAt = world.changes()
            return turn
          }
          at = { ...at, offset: Math.max(...turn.batches.map((batch) => batch.nextOffset)) }
          watch.handed(thread.number, at.offset)
          return turn
        }),
      progress: () => log.read([at]).progress(),
      close: async () => {},
    }
  }

  return {
    log: {
      takeOver: (task, inputs) =>
        call('take-over', async () => {
          const answer = await log.takeOver(task, inputs)
          watch.tookOver(task, thread.number, answer.owner)
          return answer
        }),
      read: ([position]) => reader(thread.task, position as Position),
      replay: (lane, from) => call('replay', () => log.replay(lane, from)),
      commit: (commit) =>
        call('commit', async () => {
          const effect = (): void => {
            const { task, owner, positions } = commit
            world.changed()
            watch.committed({ task, thread: thread.number, owner, offset: positions[0]?.offset ?? -1 })
          }
          const before = commit.appends.count
          let end = 0
          try {
            end = await log.commit(commit)
          } catch (error) {
            // Taken over by the log, answered with trouble.
            if (commit.appends.count < before) effect()
            throw error
          }
          effect()
          return end
        }),
      close: async () => {},
    },
    store: {
      open: (task, owner) => call('store-open', () => store.open(task, owner)),
      load: (task, expected, keys) => call('load', () => store.load(task, expected, keys)),
      apply: (task, expected, next, changes) =>
        call('apply', () => store.apply(task, expected, next, changes)),
      scan: (task, expected, cursor) => call('scan', () => store.scan(task, expected, cursor)),
      due: (task, expected, from, count) => call('due', () => store.due(task, expected, from, count)),
      ownerOf: (task) => store.ownerOf(task),
      close: async () => {},
    },
  }
}
