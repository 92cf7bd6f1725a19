/**
 * A reader of some lanes over kafkajs' own fetch and decoding, an object for each record: slow, and right.
 *
 * Which records are those of aborted transactions is found out here: kafkajs takes the list as it comes and one entry for a record,
 * so that where two such transactions interleave it hands out what was never committed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DurationMs } from '../../model/time.ts'
import {
  EARLIEST,
  type Lane,
  type LogReader,
  type Position,
  type RecordBatch,
  type RecordCursor,
  type Turn,
} from '../../runtime/ports/log.ts'
import type { LaneProgress } from '../../runtime/ports/observer.ts'
import type { StockBrokers, StockFetched, StockMessage } from './stock-brokers.ts'

export interface StockFetchBounds {
  readonly waitMs: DurationMs
  readonly laneBytesMax: number
}

/** What one lane has from an offset on, as of one answer. */
export interface StockAnswer {
  /** Committed ones. */
  readonly messages: readonly StockMessage[]
  /** The offset behind all that was looked at. */
  readonly nextOffset: number
  readonly stable: number
  readonly high: number
}

const READ_COMMITTED = 1
const ABORT_MARKER = 0

/** @throws AdapterError */
export async function fetchLane(
  brokers: StockBrokers,
  { topic, partition, offset }: Position,
  { waitMs, laneBytesMax }: StockFetchBounds,
): Promise<StockAnswer> {
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes: laneBytesMax }]
  const { responses } = await brokers.ofLeader({ topic, partition }, (broker) =>
    broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: laneBytesMax,
      topics: [{ topic, partitions }],
    }),
  )
  const fetched = responses[0]?.partitions[0]
  if (fetched === undefined) return { messages: [], nextOffset: offset, stable: -1, high: -1 }
  const stable = Number(fetched.lastStableOffset)
  const last = fetched.messages.at(-1)?.batchContext
  // A batch that was compacted to nothing is not shown: one offset after the other, until there is something again.
  const step = offset < stable ? offset + 1 : offset
  const nextOffset = last === undefined ? step : Number(last.firstOffset) + last.lastOffsetDelta + 1
  const messages = committed(fetched).filter((message) => Number(message.offset) >= offset)
  return { messages, nextOffset: Math.max(nextOffset, offset), stable, high: Number(fetched.highWatermark) }
}

/** Without markers, and without what a producer wrote from the beginning of an aborted transaction to its marker. */
export function committed({ messages, abortedTransactions }: StockFetched): readonly StockMessage[] {
  const ahead = [...(abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const aborted = new Set<string>()
  return messages.filter(({ offset, key, isControlRecord, batchContext: { producerId, inTransaction } }) => {
    while (ahead[0] !== undefined && Number(ahead[0].firstOffset) <= Number(offset))
      aborted.add((ahead.shift() as (typeof ahead)[number]).producerId)
    if (isControlRecord) {
      if (key?.readInt16BE(2) === ABORT_MARKER) aborted.delete(producerId)
      return false
    }
    return !(inTransaction && aborted.has(producerId))
  })
}

/** Key and value of each record in a buffer of its own. */
export function stockBatch(
  { topic, partition }: Lane,
  messages: readonly StockMessage[],
  nextOffset: number,
): RecordBatch {
  return { topic, partition, nextOffset, walk: () => new StockCursor(messages) }
}

class StockCursor implements RecordCursor {
  readonly #messages: readonly StockMessage[]
  #at = -1
  offset = -1
  timestamp: number | undefined
  buffer: Buffer = Buffer.alloc(0)
  readonly keyStart = 0
  keyEnd = -1
  valueStart = 0
  valueEnd = -1

  constructor(messages: readonly StockMessage[]) {
    this.#messages = messages
  }

  next(): boolean {
    const message = this.#messages[++this.#at]
    if (message === undefined) return false
    const { offset, timestamp, key, value } = message
    this.offset = Number(offset)
    this.timestamp = Number(timestamp)
    this.buffer = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
    this.keyEnd = key === null ? -1 : key.length
    this.valueStart = key?.length ?? 0
    this.valueEnd = value === null ? -1 : this.buffer.length
    return true
  }

  header(name: string): string | undefined {
    const value = this.#messages[this.#at]?.headers[name]
    const [first] = value === undefined || Buffer.isBuffer(value) ? [value] : value
    return first?.toString()
  }
}

interface StockLane extends Lane {
  position: number
  stable: number
  high: number
  /** Fetched and not handed out. */
  messages: readonly StockMessage[]
  /** Where to fetch on. */
  fetchOffset: number
  /** Nothing is behind it, not even what is still open: confirmed by an answer, and not told. */
  atEnd: boolean
}

export class StockReader implements LogReader {
  readonly #brokers: StockBrokers
  readonly #bounds: StockFetchBounds
  readonly #turnRecordsMax: number
  readonly #lanes: readonly StockLane[]

  /** The brokers are this reader's own, and closed with it: a fetch that waits holds up whatever shares its connection. */
  constructor(
    brokers: StockBrokers,
    positions: readonly Position[],
    bounds: StockFetchBounds,
    turnRecordsMax: number,
  ) {
    this.#brokers = brokers
    this.#bounds = bounds
    this.#turnRecordsMax = turnRecordsMax
    this.#lanes = positions.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      position: offset,
      stable: -1,
      high: -1,
      messages: [],
      fetchOffset: offset,
      atEnd: false,
    }))
  }

  async next(waitMs: number): Promise<Turn> {
    const hungry = this.#lanes.filter(({ messages }) => messages.length === 0)
    if (hungry.length === this.#lanes.length) await this.#fetch(waitMs)
    let room = this.#turnRecordsMax
    const batches: RecordBatch[] = []
    for (const lane of this.#lanes) {
      const handed = lane.messages.slice(0, room)
      room -= handed.length
      lane.messages = lane.messages.slice(handed.length)
      const last = handed.at(-1)
      const next = lane.messages.length > 0 ? Number(last?.offset ?? lane.position - 1) + 1 : lane.fetchOffset
      if (next > lane.position) batches.push(stockBatch(lane, handed, next))
      lane.position = next
    }
    const atEnd = this.#lanes.filter((lane) => lane.atEnd && lane.messages.length === 0)
    for (const lane of atEnd) lane.atEnd = false
    return { batches, atEnd: atEnd.map(({ topic, partition }) => ({ topic, partition })) }
  }

  progress(): readonly LaneProgress[] {
    return this.#lanes.map(({ topic, partition, position, stable, high }) => ({
      topic,
      partition,
      position,
      stable,
      high,
    }))
  }

  async close(): Promise<void> {
    await this.#brokers.close()
  }

  /** Looks at every lane at once; waits only if none of them has anything. */
  async #fetch(waitMs: DurationMs): Promise<void> {
    const bounds = { ...this.#bounds, waitMs: 0 }
    let found = false
    for (const lane of this.#lanes) {
      if (lane.position === EARLIEST)
        lane.position = lane.fetchOffset = await this.#brokers.end(lane, 'earliest')
      const answer = await fetchLane(this.#brokers, { ...lane, offset: lane.fetchOffset }, bounds)
      found ||= answer.nextOffset > lane.fetchOffset
      lane.messages = answer.messages
      lane.fetchOffset = answer.nextOffset
      lane.stable = answer.stable
      lane.high = answer.high
      lane.atEnd = answer.nextOffset === answer.high
    }
    if (!found) await sleep(Math.min(waitMs, this.#bounds.waitMs))
  }
}
