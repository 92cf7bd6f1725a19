/**
 * Builds the record batches of one lane from the records of a transaction, straight from their columns: no object per record.
 *
 * A batch is never larger than the limit, since a broker refuses what passes a topic's `max.message.bytes`; a record that alone is
 * larger goes alone. Sequences go on from batch to batch.
 */
import { invariant } from '../../../model/errors.ts'
import type { EpochMs } from '../../../model/time.ts'
import type { AppendedRecords } from '../../../runtime/appends.ts'
import type { Owner } from '../../../runtime/ports/log.ts'
import { crc32c } from './crc32c.ts'
import {
  AFTER_CRC,
  AFTER_LENGTH,
  ATTRIBUTES,
  BASE_OFFSET,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  COUNT,
  CRC,
  LAST_OFFSET_DELTA,
  LEADER_EPOCH,
  LENGTH,
  MAGIC,
  MAGIC_2,
  MAX_TIMESTAMP,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORDS,
  TRANSACTIONAL,
} from './record-batch.ts'
import { varintSize, writeInt64, writeVarint } from './varint.ts'

/** Length, attributes, both deltas, sizes of key and value, number of headers: at their longest. */
const RECORD_FRAME_BYTES = 36
const ID_HEADER = Buffer.from('id')
/** Around the value of the header `id`. */
const HEADER_FRAME_BYTES = 8
const UTF8_BYTES_MAX = 3
const SEQUENCE_SPAN = 2 ** 31

export interface BatchOptions {
  readonly owner: Owner
  /** Of the lane's next record. */
  readonly sequence: number
  /** For records that say none. */
  readonly now: EpochMs
  /** Bytes of a batch at most. */
  readonly bytesMax: number
}

export interface BuiltBatch {
  readonly bytes: Buffer
  readonly count: number
  /** Of what follows this batch. */
  readonly nextSequence: number
}

/** One batch after the other of the records `indices[0..]`; each is built when it is asked for. */
export function* buildBatches(
  records: AppendedRecords,
  indices: readonly number[],
  options: BatchOptions,
): Generator<BuiltBatch, void, undefined> {
  let sequence = options.sequence
  for (let from = 0; from < indices.length; ) {
    const { to, bytesMost } = chunkFrom(records, indices, from, options.bytesMax)
    const bytes = encodeBatch(records, indices, { from, to, bytesMost }, { ...options, sequence })
    sequence = (sequence + to - from) % SEQUENCE_SPAN
    yield { bytes, count: to - from, nextSequence: sequence }
    from = to
  }
}

interface Chunk {
  readonly from: number
  readonly to: number
  /** What it may take. */
  readonly bytesMost: number
}

function chunkFrom(
  records: AppendedRecords,
  indices: readonly number[],
  from: number,
  bytesMax: number,
): { readonly to: number; readonly bytesMost: number } {
  let bytesMost = RECORDS
  let to = from
  for (; to < indices.length; to++) {
    const i = indices[to] as number
    const id = records.id[i]
    const key = Math.max((records.keyEnd[i] as number) - (records.keyStart[i] as number), 0)
    const value = Math.max((records.valueEnd[i] as number) - (records.valueStart[i] as number), 0)
    const header = id === undefined ? 0 : HEADER_FRAME_BYTES + UTF8_BYTES_MAX * id.length
    const most = RECORD_FRAME_BYTES + key + value + header
    if (to > from && bytesMost + most > bytesMax) break
    bytesMost += most
  }
  return { to, bytesMost }
}

function encodeBatch(
  records: AppendedRecords,
  indices: readonly number[],
  { from, to, bytesMost }: Chunk,
  { owner, sequence, now }: BatchOptions,
): Buffer {
  const batch = Buffer.allocUnsafe(bytesMost)
  const base = records.timestamp[indices[from] as number] ?? now
  let newest = base
  let at = RECORDS
  for (let n = from; n < to; n++) {
    const i = indices[n] as number
    const timestamp = records.timestamp[i] ?? now
    if (timestamp > newest) newest = timestamp
    at = writeRecord(batch, at, records, i, timestamp - base, n - from)
  }
  invariant(at <= bytesMost, `a record batch of ${at} bytes in ${bytesMost}`)
  writeInt64(batch, BASE_OFFSET, 0)
  batch.writeInt32BE(at - AFTER_LENGTH, LENGTH)
  batch.writeInt32BE(-1, LEADER_EPOCH)
  batch.writeInt8(MAGIC_2, MAGIC)
  batch.writeInt16BE(TRANSACTIONAL, ATTRIBUTES)
  batch.writeInt32BE(to - from - 1, LAST_OFFSET_DELTA)
  writeInt64(batch, BASE_TIMESTAMP, base)
  writeInt64(batch, MAX_TIMESTAMP, newest)
  writeInt64(batch, PRODUCER_ID, owner.producerId)
  batch.writeInt16BE(owner.epoch, PRODUCER_EPOCH)
  batch.writeInt32BE(sequence, BASE_SEQUENCE)
  batch.writeInt32BE(to - from, COUNT)
  batch.writeUInt32BE(crc32c(batch.subarray(AFTER_CRC, at)), CRC)
  return batch.subarray(0, at)
}

function writeRecord(
  batch: Buffer,
  start: number,
  records: AppendedRecords,
  i: number,
  timestampDelta: number,
  offsetDelta: number,
): number {
  const keyStart = records.keyStart[i] as number
  const keySize = (records.keyEnd[i] as number) < 0 ? -1 : (records.keyEnd[i] as number) - keyStart
  const valueStart = records.valueStart[i] as number
  const valueSize = (records.valueEnd[i] as number) < 0 ? -1 : (records.valueEnd[i] as number) - valueStart
  const id = records.id[i]
  const idSize = id === undefined ? -1 : Buffer.byteLength(id)
  const size =
    1 +
    varintSize(timestampDelta) +
    varintSize(offsetDelta) +
    sizeWithLength(keySize) +
    sizeWithLength(valueSize) +
    (id === undefined ? 1 : 1 + sizeWithLength(ID_HEADER.length) + sizeWithLength(idSize))
  let at = writeVarint(batch, start, size)
  batch[at++] = 0
  at = writeVarint(batch, at, timestampDelta)
  at = writeVarint(batch, at, offsetDelta)
  at = writeSlice(batch, at, records.buffer, keyStart, keySize)
  at = writeSlice(batch, at, records.buffer, valueStart, valueSize)
  if (id === undefined) return writeVarint(batch, at, 0)
  at = writeVarint(batch, at, 1)
  at = writeSlice(batch, at, ID_HEADER, 0, ID_HEADER.length)
  at = writeVarint(batch, at, idSize)
  return at + batch.write(id, at, idSize, 'utf8')
}

const sizeWithLength = (size: number): number => varintSize(size) + Math.max(size, 0)

/** Size -1: null. */
function writeSlice(batch: Buffer, start: number, source: Buffer, from: number, size: number): number {
  const at = writeVarint(batch, start, size)
  if (size <= 0) return at
  return at + source.copy(batch, at, from, from + size)
}
