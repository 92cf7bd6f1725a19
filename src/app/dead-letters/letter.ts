/** A dead letter as it lies on its topic (contracts, X1), and all those that lie there now. */
import type { Lane, Log, RecordCursor } from '../../runtime/ports/log.ts'
import { EARLIEST } from '../../runtime/ports/log.ts'
import type { EpochMs } from '../../model/time.ts'

export interface DeadLetter {
  /** `web-events/3/1742`: where the record was that was refused. No two letters of one record are ever told apart otherwise. */
  readonly place: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly reason: string
  readonly detail: string
  /** The value of the record that was refused, or its beginning. */
  readonly bytes: Buffer
  /** Bytes are missing at the end. */
  readonly cut: boolean
  /** When it was refused; undefined: the log does not say. */
  readonly refusedAt: EpochMs | undefined
}

/** What a lane holds: from the first offset that is there to the one behind the last. */
export interface LaneSpan extends Lane {
  readonly begin: number
  readonly end: number
}

/** A turn without records is waited for this long: the end is known, and most often there. */
const WAIT_MS = 100

/**
 * Every dead letter of these lanes, lane by lane in their order; each is valid for as long as anybody holds it. What is no dead letter
 * is passed over.
 * @throws AdapterError
 */
export async function* lettersIn(log: Log, lanes: readonly LaneSpan[]): AsyncIterable<DeadLetter> {
  const filled = lanes.filter(({ begin, end }) => end > begin)
  if (filled.length === 0) return
  const ends = new Map(filled.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]))
  const reader = log.read(filled.map(({ topic, partition }) => ({ topic, partition, offset: EARLIEST })))
  try {
    for (;;) {
      const { batches } = await reader.next(WAIT_MS)
      for (const batch of batches) {
        const end = ends.get(`${batch.topic}/${batch.partition}`) ?? 0
        for (const cursor = batch.walk(); cursor.next(); ) {
          const letter = cursor.offset < end ? letterAt(cursor) : undefined
          if (letter !== undefined) yield letter
        }
      }
      const behind = ({ topic, partition, position }: Lane & { readonly position: number }): boolean =>
        position < (ends.get(`${topic}/${partition}`) ?? 0)
      if (!reader.progress().some(behind)) return
    }
  } finally {
    await reader.close()
  }
}

function letterAt({ buffer, valueStart, valueEnd, timestamp }: RecordCursor): DeadLetter | undefined {
  if (valueEnd < valueStart) return undefined
  let value: unknown
  try {
    value = JSON.parse(buffer.toString('utf8', valueStart, valueEnd))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { reason, detail, topic, partition, offset, bytes, cut } = value as Readonly<Record<string, unknown>>
  if (typeof reason !== 'string' || typeof topic !== 'string' || typeof bytes !== 'string') return undefined
  if (typeof partition !== 'number' || typeof offset !== 'number') return undefined
  return {
    place: `${topic}/${partition}/${offset}`,
    topic,
    partition,
    offset,
    reason,
    detail: typeof detail === 'string' ? detail : '',
    bytes: Buffer.from(bytes, 'base64'),
    cut: cut === true,
    refusedAt: timestamp,
  }
}

/** What to look at: letters of one topic, of one reason, or of all. */
export interface LetterFilter {
  readonly topic?: string | undefined
  readonly reason?: string | undefined
}

export const passes = ({ topic, reason }: LetterFilter, letter: DeadLetter): boolean =>
  (topic === undefined || letter.topic === topic) && (reason === undefined || letter.reason === reason)
