/**
 * Fetches for all readers of this process: one request at a time to each broker, with every lane that is led there and has room.
 *
 * 1. A lane's next fetch begins where its last answer ended, so no record is left out or comes twice, whoever leads it.
 * 2. While a broker does not answer, nothing is confirmed; asking again waits longer each time, and after a while the readers hear.
 * 3. An offset that a lane does not have is the reader's failure. Only what retention took before it was read is gone over, and only
 *    where `skipLost` is asked and says so.
 */
import { AdapterError } from '../../model/errors.ts'
import type { Lane } from '../../runtime/ports/log.ts'
import type { BatchMemory } from './batch-memory.ts'
import type { Brokers } from './brokers.ts'
import { brokerFailure, OFFSET_OUT_OF_RANGE } from './broker-codes.ts'
import type { FetchedLane } from './fetched-lane.ts'
import { answerMemory } from './framing.ts'
import { endsOf } from './lane-ends.ts'
import { Again, refusal } from './repeating.ts'
import { AbortedTransactions } from './wire/aborted.ts'
import {
  type FetchAnswer,
  type FetchBounds,
  fetchRecords,
  type FetchedLane as Answered,
} from './wire/fetch-request.ts'
import { malformed } from './wire/protocol-reader.ts'
import { type FetchedBatch, readBatches } from './wire/record-batch-reader.ts'

export interface FetcherOptions {
  readonly brokers: Brokers
  readonly bounds: FetchBounds
  /** Of batches that were fetched. */
  readonly memory: BatchMemory
  /** Of a lane, fetched and not handed out, from which on it is left out. */
  readonly bufferBytesMax: number
  /** How long a lane may go without an answer before its reader fails. */
  readonly silenceMsMax: number
  readonly skipLost?: SkipLost | undefined
}

/** Told that what stood from one offset up to another is gone and was never read; true: go on behind it. */
export type SkipLost = (lane: Lane, from: number, to: number) => boolean

/** The wait of a request while other lanes of the broker are full: they are not in it, and must not wait for it. */
const BUSY_WAIT_MS = 20
const REST_FIRST_MS = 10
const REST_MS_MAX = 1000

export class Fetcher {
  private readonly options: FetcherOptions
  /** In the order in which they are asked for. */
  private readonly lanes = new Set<FetchedLane>()
  private readonly busy = new Set<number>()
  private timer: NodeJS.Timeout | undefined
  private closed = false

  constructor(options: FetcherOptions) {
    this.options = options
  }

  add(lanes: readonly FetchedLane[]): void {
    for (const lane of lanes) this.lanes.add(lane)
    this.pump()
  }

  remove(lanes: readonly FetchedLane[]): void {
    for (const lane of lanes) {
      lane.closed = true
      this.lanes.delete(lane)
    }
  }

  /** Asks for whatever can be asked for now; called whenever that may have changed. */
  pump(): void {
    if (!this.closed) void this.assign()
  }

  /** Batches that were handed out and read. */
  takeBack(batches: readonly FetchedBatch[]): void {
    for (const batch of batches) batch.giveBack(this.options.memory)
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.timer)
    await this.options.brokers.close()
  }

  private async assign(): Promise<void> {
    const now = performance.now()
    this.wakeAt(now)
    const byLeader = new Map<number, FetchedLane[]>()
    for (const lane of this.lanes) {
      if (lane.failure !== undefined || lane.fetching || lane.restUntil > now) continue
      const leader = await this.prepared(lane)
      if (leader === undefined) continue
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [lane])
      else others.push(lane)
    }
    for (const [leader, lanes] of byLeader) {
      const wanted = this.askable(lanes)
      if (wanted.length === 0 || this.busy.has(leader) || this.closed) continue
      this.busy.add(leader)
      void this.fetch(leader, wanted, wanted.length < lanes.length).finally(() => {
        this.busy.delete(leader)
        this.pump()
      })
    }
  }

  /** Lanes with room that are not asked for already; a lane that two readers have is asked for once at a time. */
  private askable(lanes: readonly FetchedLane[]): readonly FetchedLane[] {
    const wanted: FetchedLane[] = []
    for (const lane of lanes) {
      if (lane.closed || lane.fetching || lane.bytes >= this.options.bufferBytesMax) continue
      if (!wanted.some((other) => isSame(other, lane))) wanted.push(lane)
    }
    return wanted
  }

  /** The lane's leader, with the lane's beginning known; undefined: not now. */
  private async prepared(lane: FetchedLane): Promise<number | undefined> {
    try {
      if (lane.fetchOffset < 0) {
        const earliest = await endsOf(this.options.brokers, lane, 'earliest')
        if (lane.fetchOffset < 0) lane.fetchOffset = earliest
      }
      return await this.options.brokers.leaderOf(lane)
    } catch (error) {
      this.failed([lane], error)
      return undefined
    }
  }

  private async fetch(leader: number, lanes: readonly FetchedLane[], someLeftOut: boolean): Promise<void> {
    const { brokers, bounds } = this.options
    const waitMs = someLeftOut ? Math.min(BUSY_WAIT_MS, bounds.waitMs) : bounds.waitMs
    const positions = lanes.map(({ topic, partition, fetchOffset: offset }) => ({ topic, partition, offset }))
    for (const lane of lanes) lane.fetching = true
    try {
      const answer = await brokers.send(leader, fetchRecords(positions, { ...bounds, waitMs }))
      if (answer.code !== 0) throw brokerFailure(answer.code, `fetching from broker ${leader}`)
      await this.deliverAll(lanes, answer)
    } catch (error) {
      this.failed(lanes, error)
    } finally {
      for (const lane of lanes) lane.fetching = false
    }
  }

  private async deliverAll(lanes: readonly FetchedLane[], answer: FetchAnswer): Promise<void> {
    const served: FetchedLane[] = []
    for (const answered of answer.lanes) {
      const lane = lanes.find((one) => isSame(one, answered))
      if (lane === undefined || lane.closed) continue
      if (answered.code !== 0) await this.refused(lane, answered.code)
      else if (this.deliver(lane, answered)) served.push(lane)
    }
    for (const { records } of answer.lanes) answerMemory.giveBack(records)
    // Lanes that were asked for go to the end of the row, those that were served last of all: a full answer leaves some out.
    for (const lane of [...lanes, ...served]) if (this.lanes.delete(lane)) this.lanes.add(lane)
  }

  /** Whether there were records. */
  private deliver(lane: FetchedLane, { records, aborted, stable, high }: Answered): boolean {
    try {
      const batches = readBatches(lane, records, lane.fetchOffset, new AbortedTransactions(aborted))
      if (records.length > 0 && batches.length === 0) throw malformed('it holds no whole record batch')
      // While its bytes are in the cache, where its checksum was worked out.
      for (const batch of batches) batch.moveTo(this.options.memory)
      lane.take(batches, stable, high)
    } catch (error) {
      lane.fail(error as Error)
    }
    return records.length > 0
  }

  private async refused(lane: FetchedLane, code: number): Promise<void> {
    const doing = `reading ${lane.topic}/${lane.partition}`
    if (code !== OFFSET_OUT_OF_RANGE) {
      this.failed([lane], refusal(code, doing))
      return
    }
    try {
      const { brokers, skipLost } = this.options
      const [first, end] = [await endsOf(brokers, lane, 'earliest'), await endsOf(brokers, lane, 'high')]
      const { fetchOffset, topic, partition } = lane
      const lost =
        fetchOffset < first && (lane.untouched || skipLost?.({ topic, partition }, fetchOffset, first))
      if (lost) lane.fetchOffset = first
      else if (lane.fetchOffset < first || lane.fetchOffset > end) lane.fail(outOfRange(lane, first, end))
      else this.failed([lane], new Again(brokerFailure(code, doing), 'leader', code))
    } catch (error) {
      this.failed([lane], error)
    }
  }

  /** Lets lanes rest that could not be read, or fails them for good. */
  private failed(lanes: readonly FetchedLane[], error: unknown): void {
    const now = performance.now()
    const cause = error instanceof Again ? error.cause : (error as Error)
    const final = !(error instanceof Again) && !(cause instanceof AdapterError && cause.retryable)
    for (const lane of lanes) {
      lane.silentSince ??= now
      if (final || now - lane.silentSince > this.options.silenceMsMax) {
        lane.fail(cause)
        continue
      }
      lane.restMs = Math.min(Math.max(lane.restMs * 2, REST_FIRST_MS), REST_MS_MAX)
      lane.restUntil = now + lane.restMs
    }
    if (final || this.closed) return
    this.options.brokers.refresh().then(
      () => this.pump(),
      () => this.pump(),
    )
  }

  /** Comes back when the first resting lane has rested. */
  private wakeAt(now: number): void {
    clearTimeout(this.timer)
    let first = Number.POSITIVE_INFINITY
    for (const { restUntil } of this.lanes) if (restUntil > now) first = Math.min(first, restUntil)
    if (Number.isFinite(first)) this.timer = setTimeout(() => this.pump(), first - now)
  }
}

const isSame = (one: Lane, other: Lane): boolean =>
  one.topic === other.topic && one.partition === other.partition

const LOST =
  'what lies between was lost to retention; if it is a source, start once with SHOPKEEPER_SKIP_LOST=true to go on without, and lengthen its retention.ms'
const SET_BACK =
  'the topic was made anew, or lost its data; bring them back, or begin anew under another SHOPKEEPER_APP'

const outOfRange = (
  { topic, partition, fetchOffset }: FetchedLane,
  first: number,
  end: number,
): AdapterError =>
  new AdapterError(
    'offset-out-of-range',
    `${topic}/${partition} is to be read from offset ${fetchOffset}, but holds ${first} to ${end}: ${fetchOffset < first ? LOST : SET_BACK}`,
    false,
  )
