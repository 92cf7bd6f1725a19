/** The newest dead letters, for people to look at. */
import type { Log } from '../../runtime/ports/log.ts'
import { formatTime } from '../../model/time.ts'
import type { Names } from '../../topology/topics-needed.ts'
import type { LaneSpan } from '../lane-records.ts'
import { type LetterFilter, lettersIn, passes } from './letter.ts'
import { retriedIn } from './retry.ts'

/** Characters of what was refused that are shown. */
const SHOWN_BYTES = 160

export interface ListedLetter {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly reason: string
  readonly detail: string
  readonly refused_at: string | null
  /** It went back to its topic. */
  readonly retried: boolean
  /** The beginning of its bytes, as text, with what cannot be printed as dots. */
  readonly beginning: string
}

export interface LetterList {
  readonly total: number
  readonly by_reason: Readonly<Record<string, number>>
  /** The newest, oldest of them first. */
  readonly letters: readonly ListedLetter[]
}

export interface ListOptions {
  readonly log: Log
  readonly names: Names
  readonly lanes: readonly LaneSpan[]
  readonly filter: LetterFilter
  readonly limit: number
}

/** @throws AdapterError */
export async function listLetters({ log, names, lanes, filter, limit }: ListOptions): Promise<LetterList> {
  const retried = await retriedIn(log, names)
  const reasons = new Map<string, number>()
  let newest: { readonly at: number; readonly letter: ListedLetter }[] = []
  const keepNewest = (): void => {
    newest = newest.toSorted((a, b) => a.at - b.at).slice(-limit)
  }
  let total = 0
  for await (const one of lettersIn(log, lanes)) {
    if (!passes(filter, one)) continue
    total++
    reasons.set(one.reason, (reasons.get(one.reason) ?? 0) + 1)
    const { topic, partition, offset, reason, detail, refusedAt, bytes, place } = one
    const letter = {
      topic,
      partition,
      offset,
      reason,
      detail,
      refused_at: refusedAt === undefined ? null : formatTime(refusedAt),
      retried: retried.has(place),
      // oxlint-disable-next-line no-control-regex
      beginning: bytes.toString('utf8', 0, SHOWN_BYTES).replace(/[\u0000-\u001f\u007f-\u009f\ufffd]/g, '.'),
    }
    newest.push({ at: refusedAt ?? total, letter })
    if (newest.length >= 2 * limit) keepNewest()
  }
  keepNewest()
  const byReason = [...reasons].toSorted(([, a], [, b]) => b - a)
  return { total, by_reason: Object.fromEntries(byReason), letters: newest.map(({ letter }) => letter) }
}
