/**
 * Turns whose bytes are taken away when the next one is asked for, as a log may that uses its memory again: whoever kept a view of
 * them reads rubbish from then on.
 */
import type { RecordBatch, RecordCursor, Turn } from '../../src/runtime/ports/log.ts'

const RUBBISH = 0xdd

export interface Lender {
  /** A turn over copies of its bytes; those of the turn before are gone. */
  lend(turn: Turn): Turn
}

export function createLender(): Lender {
  let copies = new Map<Buffer, Buffer>()

  function copyOf(copied: Map<Buffer, Buffer>, buffer: Buffer): Buffer {
    const known = copied.get(buffer)
    if (known !== undefined) return known
    const copy = Buffer.from(buffer)
    copied.set(buffer, copy)
    return copy
  }

  function lent(batch: RecordBatch, copied: Map<Buffer, Buffer>): RecordBatch {
    const { topic, partition, nextOffset } = batch
    const walk = (): RecordCursor => {
      const cursor = batch.walk()
      return new Proxy(cursor, {
        get: (_, name) => {
          const value: unknown = Reflect.get(cursor, name, cursor)
          if (name === 'buffer') return copyOf(copied, value as Buffer)
          return typeof value === 'function' ? (value as () => unknown).bind(cursor) : value
        },
      })
    }
    return { topic, partition, nextOffset, walk }
  }

  return {
    lend({ batches, atEnd }) {
      for (const copy of copies.values()) copy.fill(RUBBISH)
      const copied = new Map<Buffer, Buffer>()
      copies = copied
      return { batches: batches.map((batch) => lent(batch, copied)), atEnd }
    },
  }
}
