/**
 * Avro's binary form, read from bytes that may be hostile.
 *
 * 1. Nothing is read outside `[at, end)`; whatever does not hold is thrown as {@link AvroFault}, which the caller turns into a refusal.
 * 2. Work and memory are bounded by the bytes: a length must fit into what is left, and all items of all blocks of one body together
 *    may not be more than its bytes. So no count, however large, loops or allocates (an array of nulls has items without bytes).
 * 3. Nothing read points into the buffer.
 */
import { isUtf8 } from 'node:buffer'
import { isAscii, viewOf } from '../../../model/byte-words.ts'
import { knownText } from '../../../model/known-texts.ts'
import { NESTING_MAX } from '../../../model/limits.ts'

/** The bytes are not what their schema says. */
export class AvroFault extends Error {}

/** Above this many bytes a varint may pass 2^49 and is put together exactly. */
const FAST_VARINT_BYTES = 7
const VARINT_BYTES_MAX = 10

export class AvroReader {
  buffer: Buffer = Buffer.alloc(0)
  view: DataView = viewOf(this.buffer)
  at = 0
  end = 0
  /** Some number was said in more bytes than any of ours takes: none that only passes it may take it for one that can be read again. */
  wide = false
  private depth = 0
  private itemsLeft = 0

  reset(buffer: Buffer, start: number, end: number): void {
    if (this.buffer !== buffer) {
      this.buffer = buffer
      this.view = viewOf(buffer)
    }
    this.at = start
    this.end = end
    this.wide = false
    this.depth = 0
    this.itemsLeft = end - start
  }

  /** Around whatever holds further values. */
  enter(): void {
    // Two for the envelope around the data, whose depth is checked again as that of any format.
    if (++this.depth > NESTING_MAX + 2) throw new AvroFault(`nested deeper than ${NESTING_MAX}`)
  }

  leave(): void {
    this.depth--
  }

  /** An int or long, zigzag. Beyond 2^53 it is no number of ours. */
  long(): number {
    const buffer = this.buffer
    let at = this.at
    const first = buffer[at] as number
    if (first < 128 && at < this.end) {
      this.at = at + 1
      return (first >>> 1) ^ -(first & 1)
    }
    const limit = Math.min(this.end, at + FAST_VARINT_BYTES)
    let value = 0
    let scale = 1
    while (at < limit) {
      const byte = buffer[at++] as number
      if (byte < 128) {
        value += byte * scale
        this.at = at
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      value += (byte & 127) * scale
      scale *= 128
    }
    return this.wideLong()
  }

  private wideLong(): number {
    this.wide = true
    let value = 0n
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << BigInt(7 * i)
      if (byte > 127) continue
      const result = Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n)
      if (!Number.isSafeInteger(result)) throw new AvroFault('a long is beyond 2^53')
      return result
    }
    throw new AvroFault(`a number has more than ${VARINT_BYTES_MAX} bytes`)
  }

  /** Passes the next byte if it is this one. */
  skip(byte: number): boolean {
    if (this.at >= this.end || this.buffer[this.at] !== byte) return false
    this.at++
    return true
  }

  byte(): number {
    if (this.at >= this.end) throw new AvroFault('the bytes end too early')
    return this.buffer[this.at++] as number
  }

  boolean(): boolean {
    const byte = this.byte()
    if (byte > 1) throw new AvroFault(`a boolean is ${byte}`)
    return byte === 1
  }

  float(): number {
    this.need(4)
    const value = this.view.getFloat32(this.at, true)
    this.at += 4
    return value
  }

  double(): number {
    this.need(8)
    const value = this.view.getFloat64(this.at, true)
    this.at += 8
    return value
  }

  string(): string {
    const start = this.beginText()
    return this.text(start, this.at)
  }

  /** Passes a string; answers where it begins. It is judged by who reads it. */
  beginText(): number {
    const size = this.length()
    const start = this.at
    this.at = start + size
    return start
  }

  /** The text of a string. */
  text(start: number, end: number): string {
    if (start === end) return ''
    return knownText(this.buffer, start, end) ?? this.longText(start, end)
  }

  /** Whether a string is ASCII. @throws AvroFault when it is no UTF-8 */
  isAscii(start: number, end: number): boolean {
    if (isAscii(this.view, start, end)) return true
    if (isUtf8(this.buffer.subarray(start, end))) return false
    throw new AvroFault('a string is not UTF-8')
  }

  private longText(start: number, end: number): string {
    const text = this.buffer.toString('utf8', start, end)
    if (text.includes('\ufffd') && !isUtf8(this.buffer.subarray(start, end)))
      throw new AvroFault('a string is not UTF-8')
    return text
  }

  /** A copy of `size` bytes. */
  fixed(size: number): Buffer {
    this.need(size)
    const copy = Buffer.from(this.buffer.subarray(this.at, this.at + size))
    this.at += size
    return copy
  }

  bytes(): Buffer {
    return this.fixed(this.length())
  }

  /** Items of the following block of an array or a map; 0 behind the last. */
  block(): number {
    let count = this.long()
    if (count < 0) {
      count = -count
      this.length()
    }
    this.spend(count)
    return count
  }

  /** Counts items of a body. */
  spend(items: number): void {
    this.itemsLeft -= items
    if (this.itemsLeft < 0) throw new AvroFault('a block says more items than there are bytes')
  }

  private length(): number {
    const size = this.long()
    if (size < 0) throw new AvroFault('a length is negative')
    this.need(size)
    return size
  }

  private need(bytes: number): void {
    if (bytes > this.end - this.at) throw new AvroFault('the bytes end too early')
  }
}
