/** The StateStore port in memory. */
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from '../../runtime/ports/log.ts'
import type { IndexEntry, Loaded, StateChanges, StateStore, Stamp } from '../../runtime/ports/state-store.ts'
import type { FaultHook } from './faults.ts'

interface Entry {
  readonly value: Buffer
  readonly due: EpochMs | undefined
}

interface TaskStates {
  owner: Owner
  chain: number
  page: number
  entries: Map<string, Entry>
}

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
      this.tasks.set(task, { owner, chain: -1, page: 0, entries: new Map() })
      return { chain: -1, page: 0 }
    }
    states.owner = owner
    return { chain: states.chain, page: states.page }
  }

  async load(task: string, expected: Stamp, keys: readonly string[]): Promise<Loaded | undefined> {
    this.fault?.('load', task)
    const states = this.carrying(task, expected)
    return states && { values: keys.map((key) => states.entries.get(key)?.value) }
  }

  async apply(
    task: string,
    expected: Stamp,
    next: { readonly chain: number; readonly page: number },
    { clear, changes }: StateChanges,
  ): Promise<boolean> {
    this.fault?.('apply-before', task)
    const states = this.carrying(task, expected)
    if (states === undefined) return false
    if (clear) states.entries.clear()
    for (const { key, value, due } of changes) {
      if (value === undefined) states.entries.delete(key)
      else states.entries.set(key, { value, due })
    }
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
