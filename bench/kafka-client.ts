/**
 * The judge's own way to the broker: loading in a transaction that stays open, ends of topics, reading what is committed. Over the
 * product's wire code, since a client that makes an object per record would take longer to load than the job takes.
 */
import { Brokers } from '../src/adapters/kafka/brokers.ts'
import { createCluster } from '../src/adapters/kafka/cluster.ts'
import { KafkaAdministration } from '../src/adapters/kafka/administration.ts'
import { committedPositions } from '../src/adapters/kafka/take-over.ts'
import { AbortedTransactions } from '../src/adapters/kafka/wire/aborted.ts'
import { fetchRecords } from '../src/adapters/kafka/wire/fetch-request.ts'
import { type LaneEnd, listOffsets } from '../src/adapters/kafka/wire/position-requests.ts'
import { readBatches } from '../src/adapters/kafka/wire/record-batch-reader.ts'
import type { Lane, RecordCursor } from '../src/runtime/ports/log.ts'
import type { LoadedRecord } from './load.ts'
import { type OpenTransaction, Upstream } from './upstream.ts'

const MIB = 1 << 20
const PATIENCE_MS = 60_000
const FETCH = { waitMs: 100, laneBytesMax: 4 * MIB, answerBytesMax: 16 * MIB }

const patience = (): { readonly until: number } => ({ until: performance.now() + PATIENCE_MS })
const lanesOf = (topic: string, partitions: number): readonly Lane[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))

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
    const upstream = await this.upstream(topic, partitions)
    await upstream.append(records)
    return upstream
  }

  /** Somebody who goes on appending to one topic, transaction after transaction. */
  upstream(topic: string, partitions: number): Promise<Upstream> {
    return Upstream.open(this.brokers, lanesOf(topic, partitions))
  }

  /** Offsets of a group, by lane in order; 0 where it has none. */
  async positions(group: string, topics: readonly string[], partitions: number): Promise<readonly number[]> {
    const lanes = topics.flatMap((topic) => lanesOf(topic, partitions))
    const found = await committedPositions(this.brokers, group, lanes, patience())
    return lanes.map(
      ({ topic, partition }) =>
        found.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0,
    )
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
