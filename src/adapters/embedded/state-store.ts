/** The StateStore port in memory. */
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from '../../runtime/ports/log.ts'
import type { StateEntry, StateReader } from '../../runtime/ports/state-reader.ts'
import type {
  DueEntry,
  Found,
  Mark,
  Resume,
  ScanPage,
  Stamp,
  StateChange,
  StateChanges,
  StateStore,
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
  resume: Resume | undefined
  entries: Map<string, Entry>
  /** Bytes of values, and of all slabs: a slab lives as long as one value in it. */
  liveBytes: number
  slabBytes: number
}

/** Slabs may hold this much that was overwritten, beside as much again as is live; then what is live moves to one of its own. */
const GARBAGE_BYTES_MAX = 32 << 20

/** A copy of everything, to go back to: what a restart from an old snapshot does to a store. */
export type StoreSnapshot = ReadonlyMap<string, TaskStates>

export class EmbeddedStateStore implements StateStore, StateReader {
  private tasks = new Map<string, TaskStates>()
  private readonly fault: FaultHook | undefined

  constructor(fault?: FaultHook) {
    this.fault = fault
  }

  async open(task: string, owner: Owner): Promise<Found> {
    const states = this.tasks.get(task)
    if (states === undefined) {
      const empty = { chain: -1, page: 0, resume: undefined }
      this.tasks.set(task, { owner, ...empty, entries: new Map(), liveBytes: 0, slabBytes: 0 })
      return empty
    }
    states.owner = owner
    const { chain, page, resume } = states
    return { chain, page, resume }
  }

  async load(
    task: string,
    expected: Stamp,
    keys: readonly string[],
  ): Promise<readonly (Buffer | undefined)[] | undefined> {
    this.fault?.('load', task)
    const states = this.carrying(task, expected)
    return states && keys.map((key) => valueOf(states.entries.get(key)))
  }

  async apply(
    task: string,
    expected: Stamp,
    next: Mark & { readonly resume: Resume | undefined },
    { clear, buffer, changes }: StateChanges,
  ): Promise<boolean> {
    this.fault?.('apply-before', task)
    if (this.carrying(task, { owner: expected.owner, chain: next.chain, page: next.page })) return true
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
    states.resume = next.resume
    this.fault?.('apply-after', task)
    return true
  }

  /** All in one page: what is in memory is copied nowhere. */
  async scan(task: string, expected: Stamp): Promise<ScanPage | undefined> {
    const states = this.carrying(task, expected)
    if (states === undefined) return undefined
    const values = [...states.entries.values()].map((entry) => valueOf(entry) as Buffer)
    return { keys: [...states.entries.keys()], values, cursor: undefined }
  }

  async due(
    task: string,
    expected: Stamp,
    from: number,
    count: number,
  ): Promise<readonly DueEntry[] | undefined> {
    const states = this.carrying(task, expected)
    if (states === undefined) return undefined
    const all: DueEntry[] = []
    for (const [key, { due }] of states.entries) if (due !== undefined) all.push({ key, due })
    all.sort((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1))
    return all.slice(from, from + count)
  }

  async ownerOf(task: string): Promise<Owner | undefined> {
    return this.tasks.get(task)?.owner
  }

  async close(): Promise<void> {
    this.tasks.clear()
  }

  async values(task: string, keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    const entries = this.tasks.get(task)?.entries
    return keys.map((key) => valueOf(entries?.get(key)))
  }

  async count(task: string): Promise<number> {
    return this.tasks.get(task)?.entries.size ?? 0
  }

  async *entries(task: string): AsyncGenerator<StateEntry> {
    for (const [key, entry] of this.tasks.get(task)?.entries ?? [])
      yield { key, value: valueOf(entry) as Buffer }
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
