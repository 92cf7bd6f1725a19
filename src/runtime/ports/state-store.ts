/**
 * The StateStore port: Redis as the runtime needs it. It holds committed state only, brought up to the log by `apply`, fenced by
 * {owner, chain, page}; losing all of it loses nothing.
 */
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from './log.ts'

/** Where a task's states stand: whose they are, up to which commit, and how far an unfinished opening got (0: finished). */
export interface Stamp {
  readonly owner: Owner
  /** Number of the last commit applied; -1: none, or taken away by a rebuild. */
  readonly chain: number
  readonly page: number
}

/** One changed key; its value is `buffer[start, end)` of the changes it belongs to. */
export interface StateChange {
  readonly key: string
  readonly start: number
  /** -1: deleted. */
  readonly end: number
  /** Earliest timer of the key, for the index of due timers; undefined: none. */
  readonly due: EpochMs | undefined
}

/** The changes of one commit, their values in one buffer: a client sends them as one argument, and no object is made per value. */
export interface StateChanges {
  /** Deletes everything of the task first. */
  readonly clear: boolean
  /** Valid until the call has answered. */
  readonly buffer: Buffer
  readonly changes: readonly StateChange[]
}

export interface IndexEntry {
  readonly key: string
  readonly due: EpochMs | undefined
}

export interface Loaded {
  /** In the order asked for; undefined: the store has no such key. */
  readonly values: readonly (Buffer | undefined)[]
}

export interface StateStore {
  /** Writes the owner and tells what was there. */
  open(task: string, owner: Owner): Promise<{ readonly chain: number; readonly page: number }>
  /** One atomic read; undefined when the store does not carry `expected`: it went back in time, or is another's. */
  load(task: string, expected: Stamp, keys: readonly string[]): Promise<Loaded | undefined>
  /** Refused (false) unless the store carries `expected`; then writes the changes and `next`, in one step. */
  apply(
    task: string,
    expected: Stamp,
    next: { readonly chain: number; readonly page: number },
    changes: StateChanges,
  ): Promise<boolean>
  /** Every key with its earliest timer, in no order; undefined as in `load`. */
  index(task: string, expected: Stamp): Promise<readonly IndexEntry[] | undefined>
  close(): Promise<void>
}
