/**
 * Dead letters go back into their source topic, each at most once.
 *
 * 1. One transaction holds the records that go back and, in the compacted topic `<app>.<topology>.retried`, the place of each letter: both
 *    are there or neither. What is in that topic never goes back again.
 * 2. The transactional id is `<app>.<topology>.retry`. Two at once: the second takes it over, and the first one's next commit is
 *    refused. Killed in the middle: the open transaction counts for nothing, and what was committed is remembered.
 * 3. A record goes back to the partition that it came from, as a new record of this moment, without the key and the headers of the
 *    first: a dead letter does not keep them, and the gate reads neither (headers only of CloudEvents in binary mode, which are
 *    refused again and so do not go back).
 */
import { AdapterError, Fenced } from '../../model/errors.ts'
import { formatTime } from '../../model/time.ts'
import { Appends } from '../../runtime/appends.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Log, Owner } from '../../runtime/ports/log.ts'
import type { Names } from '../../topology/topics-needed.ts'
import type { LaneSpan } from '../lane-records.ts'
import { type DeadLetter, type LetterFilter, lettersIn, passes } from './letter.ts'
import { count, newOutlook, type Outlook, type Prospect } from './prospect.ts'

/** Records and bytes of one transaction: both well below what a batch of a topic takes. */
const RECORDS_AT_ONCE = 500
const BYTES_AT_ONCE = 512 << 10

export interface RetryOptions {
  readonly log: Log
  readonly names: Names
  /** Of the dead-letter topic. */
  readonly lanes: readonly LaneSpan[]
  readonly filter: LetterFilter
  /** By the letters that went back before. */
  readonly prospect: (letter: DeadLetter, retried: ReadonlySet<string>) => Promise<Prospect>
  readonly clock: Clock
}

export interface Retry {
  /** What would happen. Changes nothing. */
  look(): Promise<Outlook>
  /** Does it; how many went back. @throws AdapterError, `taken-over` when another retry was started meanwhile. */
  retry(): Promise<number>
}

export function createRetry(options: RetryOptions): Retry {
  const { log, names, lanes, filter, prospect, clock } = options
  const changelog = { topic: names.retried, partition: 0 }
  const task = `${names.group}.retry`

  /** Letters of this filter with what would become of them. */
  async function* prospects(retried: ReadonlySet<string>): AsyncIterable<readonly [DeadLetter, Prospect]> {
    for await (const letter of lettersIn(log, lanes))
      if (passes(filter, letter)) yield [letter, await prospect(letter, retried)]
  }

  async function commit(owner: Owner, appends: Appends): Promise<void> {
    try {
      await log.commit({ task, owner, appends, positions: [], changelog })
    } catch (error) {
      if (!(error instanceof Fenced)) throw error
      const message = 'another retry was started, and this one ends: what it sent back is remembered'
      throw new AdapterError('taken-over', message, false)
    }
  }

  return {
    async look() {
      const outlook = newOutlook()
      for await (const [, one] of prospects(await retriedIn(log, names))) count(outlook, one)
      return outlook
    },
    async retry() {
      // Only after the take-over is what a predecessor sent back there to be read.
      const { owner } = await log.takeOver(task, [])
      const retried = new Set(await retriedIn(log, names))
      const appends = new Appends()
      let done = 0
      let pending = 0
      for await (const [letter, { kind }] of prospects(retried)) {
        if (kind !== 'event') continue
        retried.add(letter.place)
        appends.record(letter.topic, letter.partition, undefined, null, letter.bytes)
        const value = Buffer.from(
          JSON.stringify({ reason: letter.reason, retried_at: formatTime(clock.now()) }),
        )
        appends.record(changelog.topic, changelog.partition, undefined, letter.place, value)
        pending++
        if (pending < RECORDS_AT_ONCE && appends.bytes < BYTES_AT_ONCE) continue
        await commit(owner, appends)
        done += pending
        pending = 0
      }
      if (pending > 0) await commit(owner, appends)
      return done + pending
    },
  }
}

/** Places of the letters that went back. */
export async function retriedIn(log: Log, { retried }: Names): Promise<ReadonlySet<string>> {
  const places = new Set<string>()
  const replay = await log.replay({ topic: retried, partition: 0 }, 0)
  for await (const batch of replay?.batches ?? [])
    for (const cursor = batch.walk(); cursor.next(); ) {
      if (cursor.keyEnd < 0) continue
      const place = cursor.buffer.toString('utf8', cursor.keyStart, cursor.keyEnd)
      // A tombstone, which nobody writes but an operator by hand: it may go back once more.
      if (cursor.valueEnd < 0) places.delete(place)
      else places.add(place)
    }
  return places
}
