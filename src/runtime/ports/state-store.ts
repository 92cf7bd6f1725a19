/**
 * The StateStore port: Redis as the runtime needs it. It holds committed state only, brought up to the log by `apply`, fenced by
 * {owner, chain, page}; losing all of it loses nothing.
 */
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from './log.ts'

/** How far a task's states are: up to which commit, and how far an unfinished opening got (0: finished). */
export interface Mark {
  /** Number of the last commit applied; -1: none, or taken away by a rebuild. */
  readonly chain: number
  readonly page: number
}

/** Where a task's states stand, and whose they are. */
export interface Stamp extends Mark {
  readonly owner: Owner
}

/** Where in the changelog to go on from a mark, and when it was written (clock time): deletions are not told for ever. */
export interface Resume {
  readonly offset: number
  readonly at: EpochMs
}

export interface Found extends Mark {
  /** Undefined where there are no states, or an opening was not finished. */
  readonly resume: Resume | undefined
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

/** Some of the keys of a task; a key may come twice, none that is there throughout is left out. */
export interface ScanPage {
  readonly keys: readonly string[]
  readonly values: readonly Buffer[]
  /** For the next page; undefined: that was the last. */
  readonly cursor: string | undefined
}

export interface DueEntry {
  readonly key: string
  readonly due: EpochMs
}

/** Every call is atomic. @throws AdapterError when the store does not answer, or answers with trouble. */
export interface StateStore {
  /** Writes the owner and tells what was there; `{chain: -1, page: 0}` of a task that never was. */
  open(task: string, owner: Owner): Promise<Found>
  /** In the order asked for; undefined values: no such key. Undefined as a whole when the store does not carry `expected`: it went back in time, or is another's. */
  load(
    task: string,
    expected: Stamp,
    keys: readonly string[],
  ): Promise<readonly (Buffer | undefined)[] | undefined>
  /**
   * Refused (false) unless the store carries `expected`; then writes the changes and `next`, in one step. A store that carries
   * `next` of this owner already has had this very call, which clients may send twice: true, and nothing is written.
   */
  apply(
    task: string,
    expected: Stamp,
    next: Mark & { readonly resume: Resume | undefined },
    changes: StateChanges,
  ): Promise<boolean>
  /** Every key with its value, page by page; undefined as in `load`. The first page is asked for without a cursor. */
  scan(task: string, expected: Stamp, cursor: string | undefined): Promise<ScanPage | undefined>
  /** Keys with a timer in order of due time, then key: at most `count` behind the first `from`; undefined as in `load`. */
  due(task: string, expected: Stamp, from: number, count: number): Promise<readonly DueEntry[] | undefined>
  /** Who opened it last; undefined: nobody, or it was lost since. */
  ownerOf(task: string): Promise<Owner | undefined>
  close(): Promise<void>
}
