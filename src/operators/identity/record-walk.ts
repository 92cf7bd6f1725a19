/** Walks the bytes of a person record (`person-record.ts`) without making anything of them, to see what the person is called. */
import { invariant } from '../../model/errors.ts'
import { ABSORBED, PLAIN, VERSION } from './person-record.ts'

/** Version and flags. */
const HEAD_BYTES = 2

/** Points at a part of the bytes, `[start, end)`: the id first, then each identifier. One walk serves one record after the other. */
export class RecordWalk {
  start = 0
  end = 0
  private buffer: Buffer = Buffer.alloc(0)
  private from = 0
  private at = 0
  /** Identifiers behind this one; -1: the walk stands at the id. */
  private left = -1

  begin(buffer: Buffer, from = 0): void {
    this.buffer = buffer
    this.from = from
    this.at = from + HEAD_BYTES
    const size = this.uint()
    this.start = this.at
    this.end = this.at += size
    this.left = -1
  }

  /** A record of this version, of somebody who is there, a human, and has lost nothing to everybody. Leaves the walk at the id. */
  get isPlain(): boolean {
    const { buffer, from, start, end } = this
    if (buffer[from] !== VERSION || buffer[from + 1] !== PLAIN) return false
    while (this.next()) {}
    const shared = this.uint()
    this.start = start
    this.end = this.at = end
    this.left = -1
    return shared === 0
  }

  get isAbsorbed(): boolean {
    return ((this.buffer[this.from + 1] as number) & ABSORBED) !== 0
  }

  /** To the next identifier: its type and value, each behind its length. Of a record that is {@link PLAIN} or anonymous. */
  next(): boolean {
    if (this.left < 0) {
      // When the person was first seen.
      this.uint()
      this.left = this.uint()
    }
    if (this.left === 0) return false
    this.left--
    this.start = this.at
    this.skipText()
    this.skipText()
    this.end = this.at
    return true
  }

  private skipText(): void {
    const size = this.uint()
    this.at += size
  }

  private uint(): number {
    const { buffer, at } = this
    const first = at < buffer.length ? (buffer[at] as number) : 128
    if (first < 128) {
      this.at = at + 1
      return first
    }
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      invariant(this.at < this.buffer.length, 'a person record ends where it says')
      const byte = this.buffer[this.at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
}
