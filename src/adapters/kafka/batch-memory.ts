/**
 * Memory for record batches that are built, sent and acknowledged, so that the next ones are built where pages were touched before:
 * fresh ones cost as much again as building in them (measured, Node 24).
 */

/** Smaller ones come from Node's own pool. */
const POOLED_BYTES_MIN = 1 << 14
/** Of all that lies idle. */
const IDLE_BYTES_MAX = 1 << 24

export class BatchMemory {
  private readonly idle: Buffer[] = []
  private idleBytes = 0

  /** At least so many bytes, of any content. */
  take(bytes: number): Buffer {
    if (bytes < POOLED_BYTES_MIN) return Buffer.allocUnsafe(bytes)
    const found = this.idle.findLastIndex((buffer) => buffer.length >= bytes)
    if (found < 0) return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)))
    const [buffer] = this.idle.splice(found, 1) as [Buffer]
    this.idleBytes -= buffer.length
    return buffer
  }

  /** Takes back what nobody reads any more. */
  giveBack(buffer: Buffer): void {
    if (buffer.length < POOLED_BYTES_MIN || this.idleBytes + buffer.length > IDLE_BYTES_MAX) return
    this.idle.push(buffer)
    this.idleBytes += buffer.length
  }
}
