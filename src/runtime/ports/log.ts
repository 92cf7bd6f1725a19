/**
 * The Log port: Kafka as the runtime needs it. Records travel as bytes with a cursor over them, never as an object each: every
 * Node client that makes an object per record is slower than the whole job (see ARCHITECTURE.md, "Why bytes and a cursor").
 */
import type { EpochMs } from '../../model/time.ts'
import type { Appends } from '../appends.ts'
import type { HeaderSource } from './codec.ts'

/** A numbered lane of a topic. */
export interface Lane {
  readonly topic: string
  readonly partition: number
}

/** The next offset to read of a lane. */
export interface Position extends Lane {
  readonly offset: number
}

/**
 * Walks the records of one batch. Fields are those of the record that the last `next()` reached; they and the buffer are valid
 * until the following `next()` of any cursor of the same turn has returned false: copy what you keep.
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
  /** The reader stood at the end of this lane behind this batch. */
  readonly atEnd: boolean
}

/** What a reader answers once. */
export type Turn =
  | { readonly kind: 'records'; readonly batches: readonly RecordBatch[] }
  /** Nothing came within the wait; the lanes named stand at their end, confirmed in this run. */
  | { readonly kind: 'nothing'; readonly atEnd: readonly Lane[] }

export interface LogReader {
  /** Waits at most `waitMs` for records. */
  next(waitMs: number): Promise<Turn>
  seek(position: Position): void
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
}

export interface Log {
  /** Takes the task over: fences its predecessor and ends its open transaction; only then are its positions read. */
  takeOver(task: string): Promise<{ readonly owner: Owner; readonly positions: readonly Position[] }>
  /** Reads committed records from these positions on. */
  read(positions: readonly Position[]): LogReader
  /** Reads a compacted lane from its start to its present end. */
  replay(lane: Lane, each: (key: string, value: Buffer | undefined) => void): Promise<void>
  /** One transaction: all or nothing. @throws Fenced, or AdapterError when the outcome is unknown. */
  commit(commit: Commit): Promise<void>
  close(): Promise<void>
}
