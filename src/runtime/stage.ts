/**
 * What a task runs: the fold of one stage over its input, and the states that come of it. The task knows of commits, chains and
 * owners; a stage of none of them.
 */
import type { ByteWriter } from '../model/bytes.ts'
import type { EpochMs } from '../model/time.ts'
import type { Lane, RecordBatch } from './ports/log.ts'
import type { Counts } from './ports/observer.ts'
import type { StateChange } from './ports/state-store.ts'
import type { Positions } from './positions.ts'

export interface Stage {
  /** Begins anew from the task's own record; undefined: there is none yet. Whatever was in memory is gone. */
  opened(task: Buffer | undefined): void
  /** An entry of the index of due timers, behind `opened`. True: what the key holds is to be loaded before the first record. */
  armed(key: string, due: EpochMs): boolean
  /** Keys of states that a turn needs and memory lacks. */
  missing(batches: readonly RecordBatch[]): readonly string[]
  /** Numbers of further parts that the record of a key names. */
  chunksOf(bytes: Buffer): readonly number[]
  /** A state has been loaded, with its parts by number; undefined: the store has none. */
  loaded(key: string, bytes: Buffer | undefined, chunks: ReadonlyMap<number, Buffer>): void
  /** A record of the compacted topic of the world, in its order, behind `armed`; `valueEnd` -1: a tombstone. Undefined: it reads none. */
  readonly recall?: (key: string, buffer: Buffer, valueStart: number, valueEnd: number) => void
  /** Behind the last one. */
  readonly recalled?: () => void
  /**
   * Folds the records that `positions` has not consumed into states, appends what they cause and advances `positions`. False: it
   * stopped early and is to be called again with the same batches, behind a commit.
   */
  fold(batches: readonly RecordBatch[], positions: Positions): boolean
  /** The machine's clock says `now`, and the log confirmed that these lanes stand at their end. Behind a complete fold. */
  reached(atEnd: readonly Lane[], now: EpochMs): void
  /** What changed since the last commit, encoded into `writer`. */
  changes(writer: ByteWriter): StateChange[]
  /** Writes the stage's part of the task record. */
  record(writer: ByteWriter): void
  /** The changes are committed and applied. */
  applied(): void
  counts(): Counts
  watermark(): EpochMs
  status(): StageStatus
}

/** What a stage tells those who watch it. */
export interface StageStatus {
  /** Of the gate: the source partition whose clock is furthest behind. */
  readonly holder: string | undefined
  readonly timersPending: number
  readonly nextTimer: EpochMs | undefined
  readonly cachedStates: number
}
