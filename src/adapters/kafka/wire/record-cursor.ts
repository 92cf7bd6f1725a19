/**
 * Walks the records of one batch as bytes. Nothing is made per record: fields are numbers into the buffer, headers are looked for
 * only when one is asked for. A record that does not fit into its batch is an AdapterError, so no bytes can send it astray.
 */
import { AdapterError } from '../../../model/errors.ts'
import type { EpochMs } from '../../../model/time.ts'
import type { RecordCursor } from '../../../runtime/ports/log.ts'

/** What a cursor needs to know of its batch. */
export interface RecordRange {
  readonly topic: string
  readonly partition: number
  /** Records lie in `buffer[start, end)`. */
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
  readonly count: number
  readonly baseOffset: number
  readonly baseTimestamp: EpochMs
  /** Of all records, where the log and not the writer said it. */
  readonly appendedAt: EpochMs | undefined
  /** Records before this offset are passed over: a batch is only ever fetched whole. */
  readonly from: number
}

const FIVE_BYTES = 35
/** Of the tenth byte. */
const VARLONG_SCALE_MAX = 2 ** 63
const NO_TIMESTAMP = -1

export class BatchCursor implements RecordCursor {
  readonly buffer: Buffer
  offset = -1
  timestamp: EpochMs | undefined = undefined
  keyStart = 0
  keyEnd = -1
  valueStart = 0
  valueEnd = -1
  private readonly range: RecordRange
  private left: number
  /** Where the next field is read. */
  private at: number
  private headersAt = 0
  private recordEnd: number

  constructor(range: RecordRange) {
    this.range = range
    this.buffer = range.buffer
    this.left = range.count
    this.at = range.start
    this.recordEnd = range.start
  }

  next(): boolean {
    while (this.left > 0) {
      this.left--
      this.read()
      if (this.offset >= this.range.from) return true
    }
    return false
  }

  header(name: string): string | undefined {
    let found: string | undefined
    this.at = this.headersAt
    for (let left = this.varint(); left > 0; left--) {
      const keySize = this.varint()
      const key = this.at
      this.skip(keySize)
      const valueSize = this.varint()
      const value = this.at
      this.skip(Math.max(valueSize, 0))
      if (this.buffer.toString('utf8', key, key + keySize) !== name) continue
      found = valueSize < 0 ? undefined : this.buffer.toString('utf8', value, value + valueSize)
    }
    return found
  }

  private read(): void {
    const { range } = this
    this.at = this.recordEnd
    this.recordEnd = range.end
    const size = this.varint()
    if (size < 0 || this.at + size > range.end) throw this.corrupt()
    this.recordEnd = this.at + size
    this.skip(1)
    const timestamp = range.baseTimestamp + this.varlong()
    this.timestamp = range.appendedAt ?? (timestamp === NO_TIMESTAMP ? undefined : timestamp)
    this.offset = range.baseOffset + this.varint()
    const keySize = this.varint()
    this.keyStart = this.at
    this.keyEnd = keySize < 0 ? -1 : this.skip(keySize)
    const valueSize = this.varint()
    this.valueStart = this.at
    this.valueEnd = valueSize < 0 ? -1 : this.skip(valueSize)
    this.headersAt = this.at
  }

  /** Answers where it ends. */
  private skip(bytes: number): number {
    if (bytes < 0 || this.at + bytes > this.recordEnd) throw this.corrupt()
    this.at += bytes
    return this.at
  }

  private varint(): number {
    let value = 0
    for (let shift = 0; shift < FIVE_BYTES; shift += 7) {
      if (this.at >= this.recordEnd) throw this.corrupt()
      const byte = this.buffer[this.at++] as number
      value |= (byte & 127) << shift
      if (byte < 128) return (value >>> 1) ^ -(value & 1)
    }
    throw this.corrupt()
  }

  /**
   * A 64-bit one: times in one batch may be years apart, and a producer that counts in nanoseconds beside one that does not is no reason
   * to stop at its records. Exact to 2^53, as all times are.
   */
  private varlong(): number {
    const sign = (this.buffer[this.at] as number) & 1
    let zigzag = 0
    for (let scale = 1; scale <= VARLONG_SCALE_MAX; scale *= 128) {
      if (this.at >= this.recordEnd) throw this.corrupt()
      const byte = this.buffer[this.at++] as number
      zigzag += (byte & 127) * scale
      if (byte < 128) return sign === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
    throw this.corrupt()
  }

  private corrupt(): AdapterError {
    const { topic, partition, baseOffset } = this.range
    return corruptBatch(topic, partition, baseOffset, 'a record does not fit into its batch')
  }
}

export const corruptBatch = (topic: string, partition: number, offset: number, what: string): AdapterError =>
  new AdapterError(
    'corrupt-batch',
    `${topic}/${partition} cannot be read at offset ${offset}: ${what}; look at it with kafka-dump-log, and restore the topic or move the position past it`,
    false,
  )
