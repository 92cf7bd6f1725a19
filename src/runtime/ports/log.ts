/**
 * The Log port: Kafka as the runtime needs it. Records travel as bytes with a cursor over them, never as an object each: every
 * Node client that makes an object per record is slower than the whole job (see ARCHITECTURE.md, "Why bytes and a cursor").
 *
 * What may go wrong, for every call: `Fenced` (another has the task: stop, write nothing more) or `AdapterError`, whose
 * `retryable` says whether closing the task and opening it again may help. Nothing is ever retried in place by the caller.
 */
import type { EpochMs } from '../../model/time.ts'
import type { Appends } from '../appends.ts'
import type { HeaderSource } from './codec.ts'
import type { LaneProgress } from './observer.ts'

/** A numbered lane of a topic. */
export interface Lane {
  readonly topic: string
  readonly partition: number
}

/** The next offset to read of a lane; {@link EARLIEST}: wherever it begins. */
export interface Position extends Lane {
  readonly offset: number
}

/** The position of a lane that was never read: its first record, whatever its offset. */
export const EARLIEST = -1

/**
 * Walks the records of one batch. Fields are those of the record that the last `next()` reached; they and the buffer are valid
 * until the following `LogReader.next()`: copy what you keep.
 */
export interface RecordCursor extends HeaderSource {
  /** Moves to the following record; false behind the last. */
  next(): boolean
  readonly offset: number
  /** Of the log; undefined where the log has none (a recorded line without `received`). */
  readonly timestamp: EpochMs | undefined
  readonly buffer: Buffer
  readonly keyStart: number
  /** -1: no key. */
  readonly keyEnd: number
  readonly valueStart: number
  /** -1: a tombstone. */
  readonly valueEnd: number
}

export interface RecordBatch extends Lane {
  /** A cursor before the first record; a batch may be walked more than once. */
  walk(): RecordCursor
  /** The offset behind the batch, markers of transactions included. */
  readonly nextOffset: number
}

/** What a reader answers once. */
export interface Turn {
  /** In the order of each lane; may be empty. */
  readonly batches: readonly RecordBatch[]
  /** Lanes that stand at their end behind these batches, confirmed by the log since the turn before. */
  readonly atEnd: readonly Lane[]
}

/** Reads some lanes, each from a position on: committed records only, those of aborted transactions never. */
export interface LogReader {
  /** Answers as soon as there are records, else after `waitMs`. */
  next(waitMs: number): Promise<Turn>
  /** Where each lane stands, as of the log's last answer. */
  progress(): readonly LaneProgress[]
  close(): Promise<void>
}

/** What a take-over returns: compared for equality only. */
export interface Owner {
  readonly producerId: number
  readonly epoch: number
}

export interface Commit {
  readonly task: string
  readonly owner: Owner
  readonly appends: Appends
  readonly positions: readonly Position[]
  /** The lane of the task's own changelog. */
  readonly changelog: Lane
}

/** The records of a compacted lane from some offset to its end as it was when it was asked for. */
export interface Replay {
  /** The offset behind the last record: what is left to read can be told from it. */
  readonly end: number
  readonly batches: AsyncIterable<RecordBatch>
}

export interface Log {
  /**
   * Takes the task over: fences its predecessor and ends its open transaction; only then are its inputs' positions read. Lanes
   * without a committed position are left out.
   */
  takeOver(
    task: string,
    inputs: readonly Lane[],
  ): Promise<{ readonly owner: Owner; readonly positions: readonly Position[] }>
  /** Reads these lanes from these positions on. A position that the lane does not have (any more) is an AdapterError, never skipped. */
  read(positions: readonly Position[]): LogReader
  /**
   * Reads a compacted lane. `from` 0: whole. Else what was written from that offset on, deletions included; undefined when the
   * lane cannot tell all of it any more (it begins later, or ends before).
   */
  replay(lane: Lane, from: number): Promise<Replay | undefined>
  /**
   * One transaction: all or nothing. Returns the offset behind what it wrote to its changelog (0 where it wrote nothing there).
   * @throws Fenced, or AdapterError when the outcome is unknown.
   */
  commit(commit: Commit): Promise<number>
  close(): Promise<void>
}

/** Which lanes this member of the group has, all of them, since which generation of the group. */
export interface Assignment {
  readonly generation: number
  readonly lanes: readonly Lane[]
}

/**
 * A member of the group that shares the lanes of a topology among processes. All lanes of the sources go to one member, the gate's;
 * those of the internal topic are spread. Lanes that a member keeps through a rebalance are not disturbed.
 */
export interface Membership {
  /** The newest assignment that was not told yet, as soon as there is one; undefined after `waitMs`. @throws AdapterError */
  next(waitMs: number): Promise<Assignment | undefined>
  /** Leaves the group at once, so that others need not wait for a timeout. */
  close(): Promise<void>
}
