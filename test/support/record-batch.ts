/** A batch of records as a log's reader hands it out. */
import type { RecordBatch, RecordCursor } from '../../src/runtime/ports/log.ts'

/** Records with these values, without keys, headers or times, from offset 0 of partition 0 on. */
export function batchOf(topic: string, values: readonly Buffer[]): RecordBatch {
  const buffer = Buffer.concat(values)
  return {
    topic,
    partition: 0,
    nextOffset: values.length,
    walk() {
      let valueEnd = 0
      const cursor = {
        buffer,
        offset: -1,
        timestamp: undefined,
        keyStart: 0,
        keyEnd: -1,
        valueStart: 0,
        valueEnd: 0,
        header: () => undefined,
        next() {
          const value = values[++cursor.offset]
          if (value === undefined) return false
          cursor.valueStart = valueEnd
          valueEnd += value.length
          cursor.valueEnd = valueEnd
          return true
        },
      }
      return cursor satisfies RecordCursor
    },
  }
}
