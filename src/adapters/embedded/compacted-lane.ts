/**
 * A compacted lane in memory. It keeps what was appended, and now and then lets go of what was overwritten, as a broker does: a
 * look-up per record would cost more than the record. Deletions are let go of with it, so from then on it can tell only what came later.
 */
import type { AppendedRecords } from '../../runtime/appends.ts'
import type { Lane, RecordBatch, RecordCursor, Replay } from '../../runtime/ports/log.ts'

/** Overwritten records that a lane may hold, beside as many as it holds newest ones, unless told otherwise. */
export const COMPACT_BEYOND = 20_000
/** Records of one batch that is read back. */
const BATCH_RECORDS = 5000

/** The newest value of a key: the key's bytes, then the value's. */
interface Kept {
  readonly offset: number
  readonly bytes: Buffer
  readonly keyEnd: number
}

/** Records of one commit that are not compacted yet. */
interface Tail {
  readonly records: AppendedRecords
  readonly indexes: number[]
  readonly first: number
}

export class CompactedLane {
  private kept = new Map<string, Kept>()
  private tail: Tail[] = []
  private tailCount = 0
  /** The next offset. */
  private end = 0
  /** From which offset on deletions are still told. */
  private toldFrom = 0
  private readonly compactBeyond: number
  /** The newest records, whole commits of them, that are never compacted. */
  private readonly keepsRecords: number

  constructor(compactBeyond: number, keepsRecords = 0) {
    this.compactBeyond = compactBeyond
    this.keepsRecords = keepsRecords
  }

  append(records: AppendedRecords, index: number): void {
    const last = this.tail.at(-1)
    if (last?.records === records) last.indexes.push(index)
    else this.tail.push({ records, indexes: [index], first: this.end })
    this.end++
    if (++this.tailCount > this.compactBeyond + this.keepsRecords + this.kept.size) this.compact()
  }

  /** The offset behind the last record. */
  next(): number {
    return this.end
  }

  replay({ topic, partition }: Lane, from: number): Replay | undefined {
    if (from > this.end || (from > 0 && from < this.toldFrom)) return undefined
    const rows = this.rowsFrom(from)
    async function* batches(): AsyncGenerator<RecordBatch> {
      for (let at = 0; at < rows.length; at += BATCH_RECORDS) {
        const some = rows.slice(at, at + BATCH_RECORDS)
        yield {
          topic,
          partition,
          nextOffset: (some.at(-1) as Row).offset + 1,
          walk: () => new RowCursor(some),
        }
      }
    }
    return { end: this.end, batches: batches() }
  }

  private rowsFrom(from: number): readonly Row[] {
    const rows: Row[] = []
    for (const { offset, bytes, keyEnd } of this.kept.values()) {
      if (offset >= from)
        rows.push({ offset, buffer: bytes, key: [0, keyEnd], value: [keyEnd, bytes.length] })
    }
    for (const { records, indexes, first } of this.tail) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = records
      indexes.forEach((i, place) => {
        if (first + place < from) return
        rows.push({
          offset: first + place,
          buffer,
          key: [keyStart[i] as number, keyEnd[i] as number],
          value: [valueStart[i] as number, valueEnd[i] as number],
        })
      })
    }
    return rows
  }

  private compact(): void {
    const tail = this.tail
    let left = 0
    let from = tail.length
    while (from > 0 && left < this.keepsRecords) left += (tail[--from] as Tail).indexes.length
    for (const { records, indexes, first } of tail.slice(0, from)) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = records
      indexes.forEach((i, place) => {
        const start = keyStart[i] as number
        const split = keyEnd[i] as number
        const key = buffer.toString('utf8', start, split)
        const end = valueEnd[i] as number
        this.kept.delete(key)
        if (end < 0) {
          this.toldFrom = first + place + 1
          return
        }
        // A copy: a view would keep the whole commit's buffer alive for one small state.
        const bytes = Buffer.concat([buffer.subarray(start, split), buffer.subarray(valueStart[i], end)])
        this.kept.set(key, { offset: first + place, bytes, keyEnd: split - start })
      })
    }
    this.tail = tail.slice(from)
    this.tailCount = left
  }
}

interface Row {
  readonly offset: number
  readonly buffer: Buffer
  readonly key: readonly [start: number, end: number]
  readonly value: readonly [start: number, end: number]
}

class RowCursor implements RecordCursor {
  offset = -1
  readonly timestamp = undefined
  buffer: Buffer = Buffer.alloc(0)
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  private readonly rows: readonly Row[]
  private at = 0

  constructor(rows: readonly Row[]) {
    this.rows = rows
  }

  next(): boolean {
    const row = this.rows[this.at++]
    if (row === undefined) return false
    this.offset = row.offset
    this.buffer = row.buffer
    ;[this.keyStart, this.keyEnd] = row.key
    ;[this.valueStart, this.valueEnd] = row.value
    return true
  }

  header(): undefined {
    return undefined
  }
}
