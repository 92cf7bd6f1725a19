/**
 * The record batches of a fetch answer: which there are, which of them are to be read, and where the following one begins.
 *
 * 1. Markers and records of aborted transactions are never read; they only move `nextOffset` on.
 * 2. A batch that is cut off at the end of an answer is ignored: it comes whole next time.
 * 3. Bytes are checked by their checksum before anything in them is believed but their length.
 */
import { AdapterError } from '../../../model/errors.ts'
import type { EpochMs } from '../../../model/time.ts'
import type { Lane, RecordBatch, RecordCursor } from '../../../runtime/ports/log.ts'
import type { BatchMemory } from '../batch-memory.ts'
import type { AbortedTransactions } from './aborted.ts'
import { crc32c } from './crc32c.ts'
import { decompress } from './decompress.ts'
import {
  AFTER_CRC,
  AFTER_LENGTH,
  ATTRIBUTES,
  BASE_OFFSET,
  BASE_TIMESTAMP,
  CODEC_BITS,
  CONTROL,
  COUNT,
  CRC,
  LAST_OFFSET_DELTA,
  LENGTH,
  LOG_APPEND_TIME,
  MAGIC,
  MAGIC_2,
  MAX_TIMESTAMP,
  PRODUCER_ID,
  RECORDS,
  TRANSACTIONAL,
} from './record-batch.ts'
import { BatchCursor, corruptBatch, type RecordRange } from './record-cursor.ts'
import { int64At } from './varint.ts'

const NOTHING = Buffer.alloc(0)
const ABORT_MARKER = 0
/** Version and type, two bytes each. */
const MARKER_KEY_BYTES = 4

/** A batch of a fetch answer: a view of its bytes, until it is given some of its own. */
export class FetchedBatch implements RecordBatch, RecordRange {
  readonly topic: string
  readonly partition: number
  readonly from: number
  buffer: Buffer = NOTHING
  start = 0
  end = 0
  count = 0
  codec = 0
  baseOffset = 0
  baseTimestamp: EpochMs = 0
  appendedAt: EpochMs | undefined = undefined
  nextOffset: number
  private lent: Buffer | undefined = undefined

  constructor({ topic, partition }: Lane, from: number, nextOffset: number) {
    this.topic = topic
    this.partition = partition
    this.from = from
    this.nextOffset = nextOffset
  }

  get bytes(): number {
    return this.end - this.start + RECORDS
  }

  walk(): RecordCursor {
    return new BatchCursor(this)
  }

  /** Reads what stands in `answer[start, end)`. */
  view(answer: Buffer, start: number, end: number): void {
    const attributes = answer.readInt16BE(start + ATTRIBUTES)
    this.buffer = answer
    this.start = start + RECORDS
    this.end = end
    this.count = answer.readInt32BE(start + COUNT)
    this.codec = attributes & CODEC_BITS
    this.baseOffset = int64At(answer, start + BASE_OFFSET)
    this.baseTimestamp = int64At(answer, start + BASE_TIMESTAMP)
    if (attributes & LOG_APPEND_TIME) this.appendedAt = int64At(answer, start + MAX_TIMESTAMP)
  }

  /** Takes its bytes out of the answer that it views, of which one small batch would else keep the whole. */
  moveTo(memory: BatchMemory): void {
    if (this.count === 0) return
    const size = this.end - this.start
    const own = memory.take(size)
    this.buffer.copy(own, 0, this.start, this.end)
    this.lent = this.buffer = own
    this.start = 0
    this.end = size
  }

  /** Nobody reads it any more. */
  giveBack(memory: BatchMemory): void {
    if (this.lent === undefined) return
    memory.giveBack(this.lent)
    this.lent = undefined
    this.buffer = NOTHING
  }

  /** Makes a compressed batch readable; to be awaited before the batch is walked. @throws AdapterError */
  async inflate(): Promise<void> {
    if (this.codec === 0) return
    const { topic, partition, baseOffset } = this
    this.buffer = await decompress(this.codec, this.buffer.subarray(this.start, this.end), (what) =>
      corruptBatch(topic, partition, baseOffset, what),
    )
    this.start = 0
    this.end = this.buffer.length
    this.codec = 0
  }
}

/**
 * The batches of `records` from offset `from` on, in order; those without a readable record are one with what is before them.
 * @throws AdapterError
 */
export function readBatches(
  lane: Lane,
  records: Buffer,
  from: number,
  aborted: AbortedTransactions,
): readonly FetchedBatch[] {
  const found: FetchedBatch[] = []
  for (let start = 0; start + RECORDS <= records.length; ) {
    const end = start + AFTER_LENGTH + records.readInt32BE(start + LENGTH)
    const baseOffset = int64At(records, start + BASE_OFFSET)
    checkForm(lane, records, start, end, baseOffset)
    if (end > records.length) break
    const crc = crc32c(records.subarray(start + AFTER_CRC, end))
    if (crc !== records.readUInt32BE(start + CRC))
      throw corruptBatch(lane.topic, lane.partition, baseOffset, 'its checksum is wrong')
    const nextOffset = baseOffset + records.readInt32BE(start + LAST_OFFSET_DELTA) + 1
    const readable = isReadable(records, start, end, nextOffset - 1, aborted)
    if (nextOffset > from) {
      const last = found.at(-1)
      if (!readable && last !== undefined) last.nextOffset = nextOffset
      else {
        const batch = new FetchedBatch(lane, from, nextOffset)
        if (readable) batch.view(records, start, end)
        found.push(batch)
      }
    }
    start = end
  }
  return found
}

function checkForm(
  { topic, partition }: Lane,
  records: Buffer,
  start: number,
  end: number,
  offset: number,
): void {
  const magic = records[start + MAGIC]
  if (magic === 0 || magic === 1) {
    const message = `${topic}/${partition} holds records at offset ${offset} in a form from before Kafka 0.11, which is not read: copy the topic with a newer producer`
    throw new AdapterError('old-record-form', message, false)
  }
  if (magic !== MAGIC_2) throw corruptBatch(topic, partition, offset, `its form ${magic} is not known`)
  if (end < start + RECORDS) throw corruptBatch(topic, partition, offset, 'its length is impossible')
}

/** Whether a batch has records for a reader: it is no marker, and not aborted. */
function isReadable(
  records: Buffer,
  start: number,
  end: number,
  lastOffset: number,
  aborted: AbortedTransactions,
): boolean {
  const attributes = records.readInt16BE(start + ATTRIBUTES)
  if (!(attributes & TRANSACTIONAL)) return !(attributes & CONTROL)
  const producerId = int64At(records, start + PRODUCER_ID)
  if (!(attributes & CONTROL)) return !aborted.covers(producerId, lastOffset)
  if (isAbortMarker(records, start, end)) aborted.ended(producerId, lastOffset)
  return false
}

function isAbortMarker(records: Buffer, start: number, end: number): boolean {
  const marker = new FetchedBatch({ topic: '', partition: 0 }, -1, 0)
  marker.view(records, start, end)
  const cursor = marker.walk()
  if (!cursor.next() || cursor.keyEnd - cursor.keyStart < MARKER_KEY_BYTES) return false
  return records.readInt16BE(cursor.keyStart + 2) === ABORT_MARKER
}
