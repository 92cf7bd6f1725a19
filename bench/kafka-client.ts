/**
 * The judge's own way to the broker: loading in a transaction that stays open, ends of topics, reading what is committed. Over the
 * product's wire code, since a client that makes an object per record would take longer to load than the job takes.
 */
import { Brokers } from '../src/adapters/kafka/brokers.ts'
import { createCluster } from '../src/adapters/kafka/cluster.ts'
import { KafkaAdministration } from '../src/adapters/kafka/administration.ts'
import { askCoordinator } from '../src/adapters/kafka/coordinator-call.ts'
import { createOutgoing } from '../src/adapters/kafka/outgoing.ts'
import { Producing } from '../src/adapters/kafka/producing.ts'
import { takeOwnership } from '../src/adapters/kafka/take-over.ts'
import { AbortedTransactions } from '../src/adapters/kafka/wire/aborted.ts'
import { fetchRecords } from '../src/adapters/kafka/wire/fetch-request.ts'
import { type LaneEnd, listOffsets } from '../src/adapters/kafka/wire/position-requests.ts'
import { readBatches } from '../src/adapters/kafka/wire/record-batch-reader.ts'
import type { KafkaAnswer, KafkaRequest } from '../src/adapters/kafka/wire/request.ts'
import { addPartitionsToTxn, endTxn } from '../src/adapters/kafka/wire/transaction-requests.ts'
import { Appends } from '../src/runtime/appends.ts'
import type { Lane, RecordCursor } from '../src/runtime/ports/log.ts'
import type { LoadedRecord } from './load.ts'

const MIB = 1 << 20
const TRANSACTION_MS_MAX = 800_000
const PATIENCE_MS = 60_000
/** Records that are encoded and sent at once. */
const CHUNK = 20_000
const FETCH = { waitMs: 100, laneBytesMax: 4 * MIB, answerBytesMax: 16 * MIB }

const patience = (): { readonly until: number } => ({ until: performance.now() + PATIENCE_MS })
const lanesOf = (topic: string, partitions: number): readonly Lane[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))

export interface OpenTransaction {
  /** Makes everything that was appended visible at once. */
  commit(): Promise<void>
}

/** Where a topic was read to, by partition. */
export type ReadTo = number[]

export class KafkaClient {
  private readonly brokers: Brokers
  private readonly administration: KafkaAdministration

  constructor(address: string) {
    const connection = { brokers: [address], clientId: 'bench', ssl: false, sasl: undefined } as const
    this.brokers = new Brokers(createCluster(connection), connection)
    this.administration = new KafkaAdministration(connection)
  }

  /** Nothing is ever deleted for its age: events are of another year. */
  async createTopics(topics: readonly string[], partitions: number): Promise<void> {
    const config = { 'retention.ms': '-1', 'retention.bytes': '-1', 'message.timestamp.type': 'CreateTime' }
    await this.administration.createTopics(
      topics.map((topic) => ({ topic, partitions, replication: 1, config })),
    )
    await this.brokers.refresh().catch(() => {})
  }

  /** Appends all records in one transaction, which stays open. */
  async append(topic: string, partitions: number, records: Iterable<LoadedRecord>): Promise<OpenTransaction> {
    const { brokers } = this
    const task = `${topic}-load-${Date.now()}`
    const owner = await takeOwnership(brokers, task, TRANSACTION_MS_MAX, patience())
    const ask = async <Answer extends KafkaAnswer>(
      request: KafkaRequest<Answer>,
      code: (answer: Answer) => number,
    ): Promise<void> => {
      await askCoordinator(brokers, 'transaction', task, request, code, patience())
    }
    await ask(
      addPartitionsToTxn(task, owner, lanesOf(topic, partitions)),
      ({ lanes }) => lanes.find(({ code }) => code !== 0)?.code ?? 0,
    )
    const producing = new Producing({
      brokers,
      transactionalId: task,
      owner,
      batchBytesMax: 900 * 1024,
      requestBytesMax: 8 * MIB,
      replicationMs: 30_000,
    })
    const appends = new Appends()
    const flush = async (): Promise<void> => {
      const outgoing = createOutgoing(appends.take(), [partitions], { next: 0 })
      await producing.send(outgoing, Date.now(), patience())
    }
    for (const { partition, time, key, value } of records) {
      appends.record(topic, partition, time, key.toString('latin1'), value)
      if (appends.count === CHUNK) await flush()
    }
    if (appends.count > 0) await flush()
    return { commit: () => ask(endTxn(task, owner, true), ({ code }) => code) }
  }

  /** The ends of all partitions of these topics, in order; one request. */
  async ends(topics: readonly string[], partitions: number, end: LaneEnd): Promise<readonly number[]> {
    const lanes = topics.flatMap((topic) => lanesOf(topic, partitions))
    const leader = await this.brokers.leaderOf(lanes[0] as Lane)
    const answer = await this.brokers.send(leader, listOffsets(lanes, end))
    return lanes.map(({ topic, partition }) => {
      const found = answer.lanes.find((lane) => lane.topic === topic && lane.partition === partition)
      if (found === undefined || found.code !== 0) throw new Error(`no end of ${topic}/${partition}`)
      return found.offset
    })
  }

  /** Reads what is committed from `position` on, moving it, to the end as it is now. */
  async read(topic: string, position: ReadTo, take: (cursor: RecordCursor) => void): Promise<void> {
    const ends = await this.ends([topic], position.length, 'stable')
    for (const lane of lanesOf(topic, position.length))
      while ((position[lane.partition] as number) < (ends[lane.partition] as number))
        await this.readSome(lane, position, take)
  }

  private async readSome(lane: Lane, position: ReadTo, take: (cursor: RecordCursor) => void): Promise<void> {
    const from = position[lane.partition] as number
    const answer = await this.brokers.send(
      await this.brokers.leaderOf(lane),
      fetchRecords([{ ...lane, offset: from }], FETCH),
    )
    const found = answer.lanes[0]
    if (found === undefined || found.code !== 0)
      throw new Error(`reading ${lane.topic}: code ${found?.code ?? answer.code}`)
    for (const batch of readBatches(lane, found.records, from, new AbortedTransactions(found.aborted))) {
      await batch.inflate()
      const cursor = batch.walk()
      while (cursor.next()) take(cursor)
      position[lane.partition] = batch.nextOffset
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.brokers.close(), this.administration.close()])
  }
}
