/** All records that lie in some lanes now, for commands that look through a topic. */
import { EARLIEST, type Lane, type Log, type RecordCursor } from '../runtime/ports/log.ts'

/** What a lane holds: from the first offset that is there to the one behind the last. */
export interface LaneSpan extends Lane {
  readonly begin: number
  readonly end: number
}

/** A turn without records is waited for this long: the end is known, and most often there. */
const WAIT_MS = 100

/**
 * Lane by lane in their order; a cursor is good until the next one.
 * @throws AdapterError
 */
export async function* recordsIn(log: Log, lanes: readonly LaneSpan[]): AsyncIterable<RecordCursor> {
  const filled = lanes.filter(({ begin, end }) => end > begin)
  if (filled.length === 0) return
  const ends = new Map(filled.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]))
  const reader = log.read(filled.map(({ topic, partition }) => ({ topic, partition, offset: EARLIEST })))
  try {
    for (;;) {
      const { batches } = await reader.next(WAIT_MS)
      for (const batch of batches) {
        const end = ends.get(`${batch.topic}/${batch.partition}`) ?? 0
        for (const cursor = batch.walk(); cursor.next(); ) if (cursor.offset < end) yield cursor
      }
      const behind = ({ topic, partition, position }: Lane & { readonly position: number }): boolean =>
        position < (ends.get(`${topic}/${partition}`) ?? 0)
      if (!reader.progress().some(behind)) return
    }
  } finally {
    await reader.close()
  }
}
