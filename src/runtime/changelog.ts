/** What a record of a changelog says: the number of its commit, the earliest timer of its key, and the state itself. */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import type { EpochMs } from '../model/time.ts'

/** The key of the task's own record, in its changelog and among its states. */
export const TASK_KEY = 'task'

export interface ChangelogHead {
  readonly chain: number
  readonly due: EpochMs | undefined
  /** Where the state begins. */
  readonly stateStart: number
}

export function encodeHead(writer: ByteWriter, chain: number, due: EpochMs | undefined): void {
  writer.uint(chain)
  writer.bool(due !== undefined)
  if (due !== undefined) writer.int(due)
}

export function decodeHead(buffer: Buffer, start: number, end: number): ChangelogHead {
  const reader = new ByteReader(buffer, start, end)
  const chain = reader.uint()
  const due = reader.bool() ? reader.int() : undefined
  return { chain, due, stateStart: reader.at }
}
