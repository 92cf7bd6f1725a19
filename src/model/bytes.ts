/**
 * Bytes: the one way states and internal records become bytes and come back.
 *
 * A writer grows its buffer by doubling and is reused; a reader walks a buffer without copying. Integers are zigzag varints
 * (exact to 2^53), other numbers float64, text a varint length and UTF-8. Short ASCII text is copied in a loop, since a call
 * into native code costs more than a dozen characters do.
 */
import { InvariantError } from './errors.ts'

/** Up to here a loop costs less than a call: 24 characters take 45 ns in a loop, 25 (Node 24) to 43 (Node 20) in native code (measured). */
const SHORT_TEXT = 16
/** As UTF-8 below 128 bytes: the length is one byte, and known when the text is written. */
const ONE_BYTE_TEXT = 42
/** Of a text without a length, which native code need not count first. */
const SHORT_TEXT_ALONE = 12

/** Node's native slices, half the price of `toString(encoding, ...)`, and what `write` calls; missing in its type declarations. */
interface SliceBuffer {
  utf8Slice(start: number, end: number): string
  latin1Slice(start: number, end: number): string
  utf8Write(text: string, at: number): number
}

/** The text of bytes that are known to be ASCII, such as a person id. */
export function asciiText(buffer: Buffer, start: number, end: number): string {
  return (buffer as unknown as SliceBuffer).latin1Slice(start, end)
}

/** Writes the UTF-8 of a text, for which there is room; answers how many bytes it took. */
export function utf8Write(buffer: Buffer, text: string, at: number): number {
  return (buffer as unknown as SliceBuffer).utf8Write(text, at)
}

/** The text of bytes that are UTF-8. */
export function utf8Text(buffer: Buffer, start: number, end: number): string {
  return (buffer as unknown as SliceBuffer).utf8Slice(start, end)
}

export class ByteWriter {
  buffer: Buffer
  length = 0

  constructor(capacityBytes = 4096) {
    this.buffer = Buffer.allocUnsafe(capacityBytes)
  }

  /** Forgets what was written; the buffer stays. */
  reset(): void {
    this.length = 0
  }

  /** What was written from `from` on: a view, valid until the next write. */
  view(from = 0): Buffer {
    return this.buffer.subarray(from, this.length)
  }

  /** What was written from `from` on, copied. */
  copy(from = 0): Buffer {
    return Buffer.from(this.buffer.subarray(from, this.length))
  }

  reserve(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1)
    this.buffer[this.length++] = value
  }

  bool(value: boolean): void {
    this.byte(value ? 1 : 0)
  }

  /** A non-negative integer below 2^53. */
  uint(value: number): void {
    this.reserve(8)
    const buffer = this.buffer
    let at = this.length
    let rest = value
    while (rest > 0x7fffffff) {
      buffer[at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      buffer[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    buffer[at++] = rest
    this.length = at
  }

  /** An integer of magnitude below 2^52: times, differences of times. */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  /** A non-negative integer below 2^53 in seven bytes: for hashes, of which a varint takes eight, at three times the price. */
  hash(value: number): void {
    this.reserve(7)
    const buffer = this.buffer
    const at = this.length
    const low = value | 0
    const high = (value / 4294967296) | 0
    buffer[at] = low
    buffer[at + 1] = low >>> 8
    buffer[at + 2] = low >>> 16
    buffer[at + 3] = low >>> 24
    buffer[at + 4] = high
    buffer[at + 5] = high >>> 8
    buffer[at + 6] = high >>> 16
    this.length = at + 7
  }

  float(value: number): void {
    this.reserve(8)
    this.buffer.writeDoubleLE(value, this.length)
    this.length += 8
  }

  text(value: string): void {
    const size = value.length
    if (size <= SHORT_TEXT) {
      this.reserve(size + 1)
      const buffer = this.buffer
      const start = this.length
      let at = start
      buffer[at++] = size
      let i = 0
      for (; i < size; i++) {
        const code = value.charCodeAt(i)
        if (code > 127) break
        buffer[at++] = code
      }
      if (i === size) {
        this.length = at
        return
      }
    }
    // An id of 36 characters: 27 ns, and 56 if its bytes are counted first (measured, Node 24; twice as much on 20).
    if (size <= ONE_BYTE_TEXT) {
      this.reserve(1 + 3 * size)
      const start = this.length
      const bytes = utf8Write(this.buffer, value, start + 1)
      this.buffer[start] = bytes
      this.length = start + 1 + bytes
      return
    }
    const bytes = Buffer.byteLength(value)
    this.uint(bytes)
    this.reserve(bytes)
    this.length += this.buffer.write(value, this.length, bytes, 'utf8')
  }

  /** The UTF-8 of a text without a length. 32 characters: 20 ns in native code, 54 in a loop; 8: 22 and 15 (measured, Node 20 and 24). */
  characters(value: string): void {
    const size = value.length
    this.reserve(3 * size)
    const buffer = this.buffer
    let at = this.length
    let i = size > SHORT_TEXT_ALONE ? size + 1 : 0
    for (; i < size; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) break
      buffer[at++] = code
    }
    if (i === size) this.length = at
    else this.length += utf8Write(buffer, value, this.length)
  }

  optionalText(value: string | undefined | null): void {
    if (value === undefined || value === null) this.byte(0)
    else {
      this.byte(1)
      this.text(value)
    }
  }

  /** Raw bytes without a length. */
  raw(source: Uint8Array, start = 0, end = source.length): void {
    const size = end - start
    this.reserve(size)
    this.buffer.set(size === source.length ? source : source.subarray(start, end), this.length)
    this.length += size
  }

  /** Bytes with their length in front. */
  bytes(source: Uint8Array): void {
    this.uint(source.length)
    this.raw(source)
  }

  /** Begins a part whose length stands in front of it, in four bytes; answers where, for {@link endSized}. */
  beginSized(): number {
    this.reserve(4)
    this.length += 4
    return this.length
  }

  endSized(start: number): void {
    this.buffer.writeUInt32LE(this.length - start, start - 4)
  }

  /** Any JSON value. Object keys keep their order. */
  value(value: unknown): void {
    if (value === null || value === undefined) this.byte(0)
    else if (value === false) this.byte(1)
    else if (value === true) this.byte(2)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'string') {
      this.byte(5)
      this.text(value)
    } else if (Array.isArray(value)) {
      this.byte(6)
      this.uint(value.length)
      for (const item of value) this.value(item)
    } else if (typeof value === 'object') {
      const keys = Object.keys(value)
      this.byte(7)
      this.uint(keys.length)
      for (const key of keys) {
        this.text(key)
        this.value((value as Record<string, unknown>)[key])
      }
    } else throw new InvariantError(`no JSON value: ${typeof value}`)
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52 && !Object.is(value, -0)) {
      this.byte(3)
      this.int(value)
    } else {
      this.byte(4)
      this.float(value)
    }
  }
}

export class ByteReader {
  buffer: Buffer
  at: number
  end: number

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer
    this.at = start
    this.end = end
  }

  /** Points the reader at other bytes: one reader serves a whole batch. */
  reset(buffer: Buffer, start: number, end: number): this {
    this.buffer = buffer
    this.at = start
    this.end = end
    return this
  }

  get done(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) throw new InvariantError('bytes end too early')
    return this.buffer[this.at++] as number
  }

  bool(): boolean {
    return this.byte() !== 0
  }

  uint(): number {
    const buffer = this.buffer
    let byte = this.byte()
    if (byte < 128) return byte
    let value = byte & 127
    let scale = 128
    do {
      if (this.at >= this.end || scale > 2 ** 49) throw new InvariantError('bytes end inside a number')
      byte = buffer[this.at++] as number
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    return value
  }

  int(): number {
    const value = this.uint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  hash(): number {
    this.need(7)
    const buffer = this.buffer
    const at = this.at
    this.at = at + 7
    const low =
      (buffer[at] as number) |
      ((buffer[at + 1] as number) << 8) |
      ((buffer[at + 2] as number) << 16) |
      ((buffer[at + 3] as number) << 24)
    const high =
      (buffer[at + 4] as number) | ((buffer[at + 5] as number) << 8) | ((buffer[at + 6] as number) << 16)
    return high * 4294967296 + (low >>> 0)
  }

  float(): number {
    this.need(8)
    const value = this.buffer.readDoubleLE(this.at)
    this.at += 8
    return value
  }

  text(): string {
    const size = this.uint()
    this.need(size)
    const start = this.at
    this.at = start + size
    return size === 0 ? '' : utf8Text(this.buffer, start, start + size)
  }

  optionalText(): string | undefined {
    return this.byte() === 0 ? undefined : this.text()
  }

  /** The length of a part that `beginSized` began; the reader stands at its first byte. */
  sized(): number {
    this.need(4)
    const size = this.buffer.readUInt32LE(this.at)
    this.at += 4
    this.need(size)
    return size
  }

  /** A view of bytes that were written with their length; copy what you keep. */
  bytes(): Buffer {
    const size = this.uint()
    this.need(size)
    const view = this.buffer.subarray(this.at, this.at + size)
    this.at += size
    return view
  }

  value(): unknown {
    const tag = this.byte()
    switch (tag) {
      case 0:
        return null
      case 1:
        return false
      case 2:
        return true
      case 3:
        return this.int()
      case 4:
        return this.float()
      case 5:
        return this.text()
      case 6: {
        const list: unknown[] = []
        for (let left = this.uint(); left > 0; left--) list.push(this.value())
        return list
      }
      case 7:
        return this.object()
      default:
        throw new InvariantError(`unknown tag ${tag} of a value`)
    }
  }

  private object(): Record<string, unknown> {
    const result: Record<string, unknown> = {}
    for (let left = this.uint(); left > 0; left--) {
      const key = this.text()
      const value = this.value()
      // A key like __proto__ is data of some upstream, never a prototype.
      if (key === '__proto__')
        Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true })
      else result[key] = value
    }
    return result
  }

  private need(bytes: number): void {
    if (this.at + bytes > this.end) throw new InvariantError('bytes end too early')
  }
}
