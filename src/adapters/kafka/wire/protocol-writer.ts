/**
 * Writes requests to a broker field by field, into one buffer that grows. Names and lists have the two forms of the protocol. Byte fields
 * stay where they are: a request is several parts in a row, which the socket takes as they are.
 */
import { writeInt64 } from './varint.ts'

export class ProtocolWriter {
  private buffer: Buffer
  private length = 0
  /** What stands before what is in the buffer. */
  private readonly before: Buffer[] = []
  /** Where in the buffer begins what is in no part yet. */
  private from = 0

  constructor(capacityBytes = 512) {
    this.buffer = Buffer.allocUnsafe(capacityBytes)
  }

  /** What was written, in parts; the writer is not used afterwards. */
  parts(): readonly Buffer[] {
    this.cut()
    return this.before
  }

  int8(value: number): this {
    const at = this.grow(1)
    this.buffer.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.grow(2)
    this.buffer.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.grow(4)
    this.buffer.writeInt32BE(value, at)
    return this
  }

  int64(value: number): this {
    const at = this.grow(8)
    writeInt64(this.buffer, at, value)
    return this
  }

  text(value: string): this {
    const size = Buffer.byteLength(value)
    this.int16(size)
    return this.utf8(value, size)
  }

  compactText(value: string): this {
    const size = Buffer.byteLength(value)
    this.uvarint(size + 1)
    return this.utf8(value, size)
  }

  compactNull(): this {
    return this.uvarint(0)
  }

  /** Not copied: they are to stay as they are until the request was answered. */
  bytes(value: Buffer): this {
    this.int32(value.length)
    this.cut()
    this.before.push(value)
    return this
  }

  list<T>(elements: readonly T[], write: (element: T) => void): this {
    this.int32(elements.length)
    for (const element of elements) write(element)
    return this
  }

  compactList<T>(elements: readonly T[], write: (element: T) => void): this {
    this.uvarint(elements.length + 1)
    for (const element of elements) write(element)
    return this
  }

  noTags(): this {
    return this.uvarint(0)
  }

  private cut(): void {
    if (this.length > this.from) this.before.push(this.buffer.subarray(this.from, this.length))
    this.from = this.length
  }

  private uvarint(value: number): this {
    let rest = value
    while (rest > 127) {
      this.byte((rest & 127) | 128)
      rest >>>= 7
    }
    return this.byte(rest)
  }

  private byte(value: number): this {
    const at = this.grow(1)
    this.buffer[at] = value
    return this
  }

  private utf8(value: string, size: number): this {
    const at = this.grow(size)
    this.buffer.write(value, at, size, 'utf8')
    return this
  }

  /** Makes room and answers where it begins; the buffer may be another one after it. */
  private grow(bytes: number): number {
    const start = this.length
    this.length += bytes
    if (this.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, this.buffer.length * 2))
      this.buffer.copy(larger, 0, 0, start)
      this.buffer = larger
    }
    return start
  }
}
