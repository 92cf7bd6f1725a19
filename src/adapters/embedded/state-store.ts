/** The StateStore port in memory. */
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from '../../runtime/ports/log.ts'
import type {
  IndexEntry,
  Loaded,
  StateChange,
  StateChanges,
  StateStore,
  Stamp,
} from '../../runtime/ports/state-store.ts'
import type { FaultHook } from './faults.ts'

/** A value is a range of the slab of its commit: an object per value would cost more than the value. */
interface Entry {
  readonly slab: Buffer
  readonly start: number
  readonly end: number
  readonly due: EpochMs | undefined
}

interface TaskStates {
  owner: Owner
  chain: number
  page: number
  entries: Map<string, Entry>
  /** Bytes of values, and of all slabs: a slab lives as long as one value in it. */
  liveBytes: number
  slabBytes: number
}

/** Slabs may hold this much that was overwritten, beside as much again as is live; then what is live moves to one of its own. */
const GARBAGE_BYTES_MAX = 32 << 20

/** A copy of everything, to go back to: what a restart from an old snapshot does to a store. */
export type StoreSnapshot = ReadonlyMap<string, TaskStates>

export class EmbeddedStateStore implements StateStore {
  private tasks = new Map<string, TaskStates>()
  private readonly fault: FaultHook | undefined

  constructor(fault?: FaultHook) {
    this.fault = fault
  }

  async open(task: string, owner: Owner): Promise<{ chain: number; page: number }> {
    const states = this.tasks.get(task)
    if (states === undefined) {
      this.tasks.set(task, { owner, chain: -1, page: 0, entries: new Map(), liveBytes: 0, slabBytes: 0 })
      return { chain: -1, page: 0 }
    }
    states.owner = owner
    return { chain: states.chain, page: states.page }
  }

  async load(task: string, expected: Stamp, keys: readonly string[]): Promise<Loaded | undefined> {
    this.fault?.('load', task)
    const states = this.carrying(task, expected)
    return states && { values: keys.map((key) => valueOf(states.entries.get(key))) }
  }

  async apply(
    task: string,
    expected: Stamp,
    next: { readonly chain: number; readonly page: number },
    { clear, buffer, changes }: StateChanges,
  ): Promise<boolean> {
    this.fault?.('apply-before', task)
    const states = this.carrying(task, expected)
    if (states === undefined) return false
    if (clear) {
      states.entries.clear()
      states.liveBytes = 0
      states.slabBytes = 0
    }
    const slab = slabOf(buffer, changes)
    states.slabBytes += slab.length
    let base = -1
    for (const { key, start, end, due } of changes) {
      const old = states.entries.get(key)
      if (old !== undefined) states.liveBytes -= old.end - old.start
      if (end < 0) states.entries.delete(key)
      else {
        if (base < 0) base = start
        states.entries.set(key, { slab, start: start - base, end: end - base, due })
        states.liveBytes += end - start
      }
    }
    if (states.slabBytes > 2 * states.liveBytes + GARBAGE_BYTES_MAX) tidy(states)
    states.chain = next.chain
    states.page = next.page
    this.fault?.('apply-after', task)
    return true
  }

  async index(task: string, expected: Stamp): Promise<readonly IndexEntry[] | undefined> {
    const states = this.carrying(task, expected)
    return states && [...states.entries].map(([key, { due }]) => ({ key, due }))
  }

  async close(): Promise<void> {
    this.tasks.clear()
  }

  /** Everything as it is now. */
  snapshot(): StoreSnapshot {
    return copyOf(this.tasks)
  }

  /** Goes back to a snapshot; undefined: everything is lost. */
  restore(snapshot: StoreSnapshot | undefined): void {
    this.tasks = snapshot === undefined ? new Map() : copyOf(snapshot)
  }

  private carrying(task: string, { owner, chain, page }: Stamp): TaskStates | undefined {
    const states = this.tasks.get(task)
    const same =
      states !== undefined &&
      states.owner.producerId === owner.producerId &&
      states.owner.epoch === owner.epoch &&
      states.chain === chain &&
      states.page === page
    return same ? states : undefined
  }
}

function copyOf(tasks: ReadonlyMap<string, TaskStates>): Map<string, TaskStates> {
  return new Map([...tasks].map(([task, states]) => [task, { ...states, entries: new Map(states.entries) }]))
}

function valueOf(entry: Entry | undefined): Buffer | undefined {
  return entry?.slab.subarray(entry.start, entry.end)
}

/** The values of the changes, copied at once: they stand in the buffer one behind the other. */
function slabOf(buffer: Buffer, changes: readonly StateChange[]): Buffer {
  let first = -1
  let last = 0
  for (const { start, end } of changes) {
    if (end < 0) continue
    if (first < 0) first = start
    last = end
  }
  return first < 0 ? Buffer.alloc(0) : Buffer.from(buffer.subarray(first, last))
}

function tidy(states: TaskStates): void {
  const slab = Buffer.allocUnsafe(states.liveBytes)
  let at = 0
  for (const [key, { slab: old, start, end, due }] of states.entries) {
    old.copy(slab, at, start, end)
    states.entries.set(key, { slab, start: at, end: at + end - start, due })
    at += end - start
  }
  states.slabBytes = states.liveBytes
}
