/**
 * The Log port without a data path of our own: every byte is written and read by kafkajs. For comparison, and for whoever doubts the
 * other one; several times slower.
 *
 * The producer of kafkajs is not used, its requests are: it does not tell who owns a transactional id; and when leaders move while it
 * sends to several brokers, it takes the answer of one for records that it never sent there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AdapterError, Fenced, InvariantError } from '../../model/errors.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import { idOf, NO_TIMESTAMP } from '../../runtime/appends.ts'
import type {
  Commit,
  Lane,
  Log,
  LogReader,
  Owner,
  Position,
  RecordBatch,
  Replay,
} from '../../runtime/ports/log.ts'
import type { KafkaConnection } from './connection.ts'
import { createOutgoing, type Outgoing, type OutgoingLane } from './outgoing.ts'
import { StockBrokers, type StockProducer } from './stock-brokers.ts'
import { fetchLane, stockBatch, type StockFetchBounds, StockReader } from './stock-reader.ts'

export interface StockLogOptions {
  readonly connection: KafkaConnection
  /** Whose positions are committed and read. */
  readonly group: string
  /** For records that say no time. */
  readonly now: () => EpochMs
  /** After which the broker ends a transaction that nobody goes on with. Default: 15,000. */
  readonly transactionTimeoutMs?: DurationMs
  /** Awaited when all of a transaction is written but its end, for tests that hold it open. */
  readonly beforeEnd?: () => Promise<void>
  /** Of one turn of a reader. Default: 5,000. */
  readonly turnRecordsMax?: number
}

const TRANSACTION_TIMEOUT_MS = 15_000
const TURN_RECORDS_MAX = 5000
const PATIENCE_MS = 10_000
const BOUNDS: StockFetchBounds = { waitMs: 100, laneBytesMax: 1 << 20 }
/** Of one request: kafkajs makes one record batch of it, which the topic's `max.message.bytes` bounds. */
const SEND_BYTES_MAX = 500_000
/** How long the end of a transaction that has just been committed may take to be written. */
const SETTLE_MS = 2000
const SETTLE_STEP_MS = 5
const ALL_REPLICAS = -1

interface Held {
  readonly owner: Owner
  readonly producer: StockProducer
  /** Next sequence number by lane. */
  readonly sequences: Map<string, number>
  spent: boolean
}

export class StockLog implements Log {
  readonly #options: StockLogOptions
  readonly #brokers: StockBrokers
  readonly #held = new Map<string, Held>()
  readonly #round = { next: 0 }

  constructor(options: StockLogOptions) {
    this.#options = options
    this.#brokers = this.#connections()
  }

  async takeOver(
    task: string,
    inputs: readonly Lane[],
  ): Promise<{ readonly owner: Owner; readonly positions: readonly Position[] }> {
    this.#held.delete(task)
    const transactionTimeout = this.#options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS
    const { producerId, producerEpoch } = await this.#brokers.ofCoordinator('transaction', task, (broker) =>
      broker.initProducerId({ transactionalId: task, transactionTimeout }),
    )
    const owner = { producerId: Number(producerId), epoch: producerEpoch }
    const producer = { transactionalId: task, producerId, producerEpoch }
    const positions = await this.#positions(inputs)
    this.#held.set(task, { owner, producer, sequences: new Map(), spent: false })
    return { owner, positions }
  }

  read(positions: readonly Position[]): LogReader {
    const turnRecordsMax = this.#options.turnRecordsMax ?? TURN_RECORDS_MAX
    return new StockReader(this.#connections(), positions, BOUNDS, turnRecordsMax)
  }

  async replay(lane: Lane, from: number): Promise<Replay | undefined> {
    const begin = await this.#brokers.end(lane, 'earliest')
    const end = await this.#settledEnd(lane)
    if (from > end || (from > 0 && from < begin)) return undefined
    return { end, batches: this.#batches(lane, Math.max(from, begin), end) }
  }

  async commit({ task, owner, appends, positions, changelog }: Commit): Promise<number> {
    const records = appends.take()
    const held = this.#held.get(task)
    if (held === undefined) throw new InvariantError(`${task} was never taken over`)
    if (held.owner.producerId !== owner.producerId || held.owner.epoch !== owner.epoch)
      throw new Fenced(`${task} was taken over by another part of this process`)
    if (held.spent)
      throw new AdapterError('owner-spent', `${task}: a commit failed: take the task over anew`, true)
    if (records.count === 0 && positions.length === 0) return 0
    held.spent = true
    const partitions: number[] = []
    for (const topic of records.topics) partitions.push(await this.#brokers.partitionsOf(topic))
    // What fails is left open: the take-over that follows ends it under the next epoch, which refuses what is still under way.
    const ends = await this.#fill(held, createOutgoing(records, partitions, this.#round), positions)
    await this.#options.beforeEnd?.()
    await this.#end(held, true)
    held.spent = false
    return ends.get(`${changelog.topic}/${changelog.partition}`) ?? 0
  }

  async close(): Promise<void> {
    await this.#brokers.close()
  }

  #connections(): StockBrokers {
    return new StockBrokers(this.#options.connection, PATIENCE_MS)
  }

  async #positions(lanes: readonly Lane[]): Promise<readonly Position[]> {
    if (lanes.length === 0) return []
    const { group } = this.#options
    const topics = lanes.map(({ topic, partition }) => ({ topic, partitions: [{ partition }] }))
    const { responses } = await this.#brokers.ofCoordinator('group', group, (broker) =>
      broker.offsetFetch({ groupId: group, topics }),
    )
    const found = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    )
    return lanes.flatMap(({ topic, partition }) => {
      const offset = found.get(`${topic}/${partition}`) ?? -1
      return offset < 0 ? [] : [{ topic, partition, offset }]
    })
  }

  /** Everything that belongs to the transaction; answers the offset behind what was written, by lane. */
  async #fill(
    held: Held,
    outgoing: Outgoing,
    positions: readonly Position[],
  ): Promise<ReadonlyMap<string, number>> {
    const { producer } = held
    const { group } = this.#options
    const topics = outgoing.lanes.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
    if (topics.length > 0)
      await this.#ofTransaction(held, (broker) => broker.addPartitionsToTxn({ ...producer, topics }))
    const ends = new Map<string, number>()
    for (const lane of outgoing.lanes)
      ends.set(`${lane.topic}/${lane.partition}`, await this.#send(held, outgoing, lane))
    if (positions.length === 0) return ends
    await this.#ofTransaction(held, (broker) => broker.addOffsetsToTxn({ ...producer, groupId: group }))
    const offsets = positions.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, offset: String(offset) }],
    }))
    await this.#brokers.ofCoordinator('group', group, (broker) =>
      broker.txnOffsetCommit({ ...producer, groupId: group, topics: offsets }),
    )
    return ends
  }

  /** The records of one lane, in as many requests as their bytes need. */
  async #send(held: Held, { records }: Outgoing, lane: OutgoingLane): Promise<number> {
    const name = `${lane.topic}/${lane.partition}`
    const now = this.#options.now()
    let behind = 0
    for (let from = 0; from < lane.indices.length; ) {
      const messages: object[] = []
      for (let bytes = 0; from < lane.indices.length; from++) {
        const i = lane.indices[from] as number
        const [keyStart, keyEnd] = [records.keyStart[i] as number, records.keyEnd[i] as number]
        const [valueStart, valueEnd] = [records.valueStart[i] as number, records.valueEnd[i] as number]
        bytes += Math.max(keyEnd - keyStart, 0) + Math.max(valueEnd - valueStart, 0)
        if (messages.length > 0 && bytes > SEND_BYTES_MAX) break
        const id = idOf(records, i)
        const at = records.timestamp[i] as number
        messages.push({
          key: keyEnd < 0 ? null : records.buffer.subarray(keyStart, keyEnd),
          value: valueEnd < 0 ? null : records.buffer.subarray(valueStart, valueEnd),
          timestamp: String(at === NO_TIMESTAMP ? now : at),
          headers: id === undefined ? {} : { id },
        })
      }
      const firstSequence = held.sequences.get(name) ?? 0
      const partitions = [{ partition: lane.partition, firstSequence, messages }]
      const { topics } = await this.#brokers.ofLeader(lane, (broker) =>
        broker.produce({
          ...held.producer,
          acks: ALL_REPLICAS,
          timeout: PATIENCE_MS,
          topicData: [{ topic: lane.topic, partitions }],
        }),
      )
      held.sequences.set(name, firstSequence + messages.length)
      behind = Number(topics[0]?.partitions[0]?.baseOffset) + messages.length
    }
    return behind
  }

  async #end(held: Held, transactionResult: boolean): Promise<void> {
    await this.#ofTransaction(held, (broker) => broker.endTxn({ ...held.producer, transactionResult }))
  }

  #ofTransaction<T>(
    { producer }: Held,
    ask: Parameters<typeof StockBrokers.prototype.ofCoordinator<T>>[2],
  ): Promise<T> {
    return this.#brokers.ofCoordinator('transaction', producer.transactionalId, ask)
  }

  /** The end of what is committed, once what was committed before the call is part of it. */
  async #settledEnd(lane: Lane): Promise<number> {
    const high = await this.#brokers.end(lane, 'high')
    const until = performance.now() + SETTLE_MS
    for (;;) {
      const stable = await this.#brokers.end(lane, 'stable')
      if (stable >= high) return stable
      if (performance.now() > until)
        throw new AdapterError(
          'unsettled',
          `somebody holds a transaction open on ${lane.topic}/${lane.partition}`,
          true,
        )
      await sleep(SETTLE_STEP_MS)
    }
  }

  async *#batches(lane: Lane, from: number, end: number): AsyncGenerator<RecordBatch, void, undefined> {
    for (let offset = from; offset < end; ) {
      const { messages, nextOffset } = await fetchLane(this.#brokers, { ...lane, offset }, BOUNDS)
      const behind = Math.min(nextOffset, end)
      const before = messages.filter((message) => Number(message.offset) < end)
      if (behind > offset) yield stockBatch(lane, before, behind)
      offset = behind
    }
  }
}
