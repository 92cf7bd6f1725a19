/** A dead letter as it lies on its topic (contracts, X1), and all those that lie there now. */
import type { EpochMs } from '../../model/time.ts'
import type { Log, RecordCursor } from '../../runtime/ports/log.ts'
import { type LaneSpan, recordsIn } from '../lane-records.ts'

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

/**
 * Every dead letter of these lanes, lane by lane in their order; each is valid for as long as anybody holds it. What is no dead letter
 * is passed over.
 * @throws AdapterError
 */
export async function* lettersIn(log: Log, lanes: readonly LaneSpan[]): AsyncIterable<DeadLetter> {
  for await (const cursor of recordsIn(log, lanes)) {
    const letter = letterAt(cursor)
    if (letter !== undefined) yield letter
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
