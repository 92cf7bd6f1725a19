/**
 * Memory for what goes to brokers and comes from them, used again: pages that were touched before, where fresh ones cost as much again as
 * building a batch in them; and few buffers for V8 to count: each 64 MiB of new ones make it mark the whole heap, which at full speed
 * was once a second and a tenth of all processor time (measured, Node 24).
 *
 * 1. Lent by powers of two, each buffer alone in its ArrayBuffer; smaller ones come from Node's own pool and never come back.
 * 2. Giving back is a favour: what is not given back is collected. What was not lent, or was given back before, is left alone.
 */

/** Smaller ones come from Node's own pool. */
const POOLED_BYTES_MIN = 1 << 14
/** Of all that lies idle. */
const IDLE_BYTES_MAX = 1 << 25

export class BatchMemory {
  /** By the binary logarithm of their size. */
  private readonly idle: Buffer[][] = []
  private idleBytes = 0
  private readonly lent = new WeakSet<ArrayBufferLike>()

  /** At least so many bytes, of any content. */
  take(bytes: number): Buffer {
    if (bytes < POOLED_BYTES_MIN) return Buffer.allocUnsafe(bytes)
    const size = Math.ceil(Math.log2(bytes))
    const found = this.idle[size]?.pop()
    if (found !== undefined) this.idleBytes -= found.length
    const buffer = found ?? Buffer.allocUnsafeSlow(2 ** size)
    this.lent.add(buffer.buffer)
    return buffer
  }

  /** Takes back what nobody reads any more; `view`: any part of it. */
  giveBack({ buffer: bytes }: Buffer): void {
    if (!this.lent.delete(bytes) || this.idleBytes + bytes.byteLength > IDLE_BYTES_MAX) return
    const buffer = Buffer.from(bytes)
    const size = Math.log2(buffer.length)
    const others = this.idle[size]
    if (others === undefined) this.idle[size] = [buffer]
    else others.push(buffer)
    this.idleBytes += buffer.length
  }
}
