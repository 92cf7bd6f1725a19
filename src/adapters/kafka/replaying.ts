/** Reading a compacted lane from some offset to its end as it is now, the next answer under way while one is walked. */
import { AdapterError } from '../../model/errors.ts'
import type { Lane, Replay } from '../../runtime/ports/log.ts'
import type { Brokers } from './brokers.ts'
import { endsOf } from './lane-ends.ts'
import { Again, refusal, repeating } from './repeating.ts'
import { AbortedTransactions } from './wire/aborted.ts'
import { fetchRecords } from './wire/fetch-request.ts'
import { malformed } from './wire/protocol-reader.ts'
import { type FetchedBatch, readBatches } from './wire/record-batch-reader.ts'

export interface ReplayingOptions {
  readonly brokers: Brokers
  readonly answerBytesMax: number
  /** How long one step may be tried. */
  readonly patienceMs: number
}

/** How long the end of a transaction that has just been committed may take to be written. */
const SETTLE_MS = 2000
const SETTLE_STEP_MS = 5
const WAIT_MS = 50

export async function createReplay(
  options: ReplayingOptions,
  lane: Lane,
  from: number,
): Promise<Replay | undefined> {
  const { brokers } = options
  const start = await patiently(options, () => endsOf(brokers, lane, 'earliest'))
  const end = await settledEnd(options, lane)
  if (from > end || (from > 0 && from < start)) return undefined
  return { end, batches: batchesTo(options, lane, Math.max(from, start), end) }
}

/** The end of what is committed, once what was committed before the call is part of it. */
async function settledEnd(options: ReplayingOptions, lane: Lane): Promise<number> {
  const { brokers } = options
  const high = await patiently(options, () => endsOf(brokers, lane, 'high'))
  const patience = {
    until: performance.now() + SETTLE_MS,
    firstMs: SETTLE_STEP_MS,
    mostMs: SETTLE_STEP_MS * 10,
  }
  return repeating(
    patience,
    async () => {
      const stable = await endsOf(brokers, lane, 'stable')
      if (stable < high) throw new Again(unsettled(lane), 'again')
      return stable
    },
    async () => {},
  )
}

/** What was committed behind somebody's open transaction is not to be read, and is there all the same: it must not be taken as missing. */
const unsettled = ({ topic, partition }: Lane): AdapterError =>
  new AdapterError(
    'unsettled',
    `somebody holds a transaction open on ${topic}/${partition}, and what was committed behind it cannot be read: wait for it, or look for hanging transactions (kafka-transactions.sh)`,
    true,
  )

async function* batchesTo(
  options: ReplayingOptions,
  lane: Lane,
  from: number,
  end: number,
): AsyncGenerator<FetchedBatch, void, undefined> {
  let next = from
  let following = next < end ? fetched(options, lane, next) : undefined
  while (following !== undefined) {
    const batches: readonly FetchedBatch[] = await following
    const behind = batches.at(-1)?.nextOffset ?? end
    following = behind < end ? fetched(options, lane, behind) : undefined
    // A failure is told when it is its turn.
    following?.catch(() => {})
    for (const batch of batches) {
      if (batch.count > 0 && batch.baseOffset >= end) return
      batch.nextOffset = Math.min(batch.nextOffset, end)
      if (batch.nextOffset <= next) continue
      next = batch.nextOffset
      await batch.inflate()
      yield batch
    }
  }
}

/** The batches of one answer; at least one. */
function fetched(options: ReplayingOptions, lane: Lane, offset: number): Promise<readonly FetchedBatch[]> {
  const { brokers, answerBytesMax } = options
  const { topic, partition } = lane
  const bounds = { waitMs: WAIT_MS, laneBytesMax: answerBytesMax, answerBytesMax }
  return patiently(options, async () => {
    const leader = await brokers.leaderOf(lane)
    const answer = await brokers.send(leader, fetchRecords([{ topic, partition, offset }], bounds))
    const answered = answer.lanes[0]
    const code = answer.code || (answered?.code ?? 0)
    if (code !== 0) throw refusal(code, `replaying ${topic}/${partition}`)
    if (answered === undefined) throw malformed('the lane is missing')
    const batches = readBatches(lane, answered.records, offset, new AbortedTransactions(answered.aborted))
    if (batches.length > 0) return batches
    const silent = new AdapterError(
      'replay-silent',
      `${topic}/${partition} gives nothing at offset ${offset}`,
      true,
    )
    throw new Again(silent, 'again')
  })
}

const patiently = <T>({ brokers, patienceMs }: ReplayingOptions, call: () => Promise<T>): Promise<T> =>
  repeating({ until: performance.now() + patienceMs }, call, async ({ about }) => {
    if (about === 'leader') await brokers.refresh()
  })
