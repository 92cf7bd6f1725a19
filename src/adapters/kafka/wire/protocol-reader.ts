/**
 * Reads what a broker answered, field by field, without copying: byte fields are slices. Whatever the bytes are, it answers or
 * throws an AdapterError; it never reads outside its buffer.
 */
import { AdapterError } from '../../../model/errors.ts'
import { int64At } from './varint.ts'

export const malformed = (what: string): AdapterError =>
  new AdapterError(
    'malformed-answer',
    `the broker's answer cannot be read: ${what}; is it a Kafka broker, and is nothing in between changing bytes?`,
    true,
  )

export class ProtocolReader {
  private readonly buffer: Buffer
  private at = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  int64(): number {
    return int64At(this.buffer, this.take(8))
  }

  /** Null reads as the empty text. */
  text(): string {
    return this.utf8(this.int16())
  }

  compactText(): string {
    return this.utf8(this.uvarint() - 1)
  }

  /** A slice; null reads as no bytes. */
  bytes(): Buffer {
    const size = Math.max(this.int32(), 0)
    const start = this.take(size)
    return this.buffer.subarray(start, start + size)
  }

  /** Null reads as empty. */
  list<T>(element: () => T): T[] {
    return this.elements(this.int32(), element)
  }

  compactList<T>(element: () => T): T[] {
    return this.elements(this.uvarint() - 1, element)
  }

  /** Tagged fields: newer brokers may send some, none is needed. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.take(this.uvarint())
    }
  }

  private uvarint(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer[this.take(1)] as number
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw malformed('a length has more than five bytes')
  }

  private elements<T>(count: number, element: () => T): T[] {
    if (count > this.buffer.length - this.at)
      throw malformed(`a list of ${count} in ${this.buffer.length} bytes`)
    const found: T[] = []
    for (let i = 0; i < count; i++) found.push(element())
    return found
  }

  private utf8(size: number): string {
    if (size <= 0) return ''
    const start = this.take(size)
    return this.buffer.toString('utf8', start, start + size)
  }

  private take(bytes: number): number {
    const start = this.at
    if (start + bytes > this.buffer.length)
      throw malformed(`${bytes} more bytes wanted at ${start} of ${this.buffer.length}`)
    this.at = start + bytes
    return start
  }
}
