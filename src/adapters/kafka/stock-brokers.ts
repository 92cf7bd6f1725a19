/**
 * Brokers as kafkajs has them, with its own encoding of every request: for the log that does without a data path of our own.
 * What may pass by itself (a leader or coordinator that moves, a transaction that is just ending) is asked again: the broker has said
 * then that it did nothing. Nothing else is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AdapterError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Lane } from '../../runtime/ports/log.ts'
import { clientFailure } from './client-failure.ts'
import { createCluster } from './cluster.ts'
import type { KafkaConnection } from './connection.ts'
import type { KafkajsCluster } from './kafkajs-parts.ts'

/** A record as kafkajs decodes it; offsets and times are numbers as text. */
export interface StockMessage {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[] | undefined>>
  readonly isControlRecord: boolean
  readonly batchContext: {
    readonly firstOffset: string
    readonly lastOffsetDelta: number
    readonly producerId: string
    readonly inTransaction: boolean
  }
}

export interface StockFetched {
  readonly partition: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[]
  readonly messages: readonly StockMessage[]
}

export interface StockProducer {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}

/** The methods of kafkajs' Broker that are used; each throws with the protocol's `type` of the error. */
export interface StockBroker {
  initProducerId(of: {
    transactionalId: string
    transactionTimeout: DurationMs
  }): Promise<Omit<StockProducer, 'transactionalId'>>
  addPartitionsToTxn(of: StockProducer & { topics: readonly object[] }): Promise<unknown>
  addOffsetsToTxn(of: StockProducer & { groupId: string }): Promise<unknown>
  txnOffsetCommit(of: StockProducer & { groupId: string; topics: readonly object[] }): Promise<unknown>
  endTxn(of: StockProducer & { transactionResult: boolean }): Promise<unknown>
  produce(of: StockProducer & { acks: number; timeout: DurationMs; topicData: readonly object[] }): Promise<{
    readonly topics: readonly { readonly partitions: readonly { readonly baseOffset: string }[] }[]
  }>
  fetch(of: object): Promise<{
    readonly responses: readonly {
      readonly topicName: string
      readonly partitions: readonly StockFetched[]
    }[]
  }>
  listOffsets(of: object): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly offset: string }[] }[]
  }>
  offsetFetch(of: { groupId: string; topics: readonly object[] }): Promise<{
    readonly responses: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }>
}

interface StockCluster extends KafkajsCluster {
  findGroupCoordinator(of: { groupId: string; coordinatorType: number }): Promise<StockBroker>
  findBroker(of: { readonly nodeId: number }): Promise<never>
}

/** As the protocol numbers what is coordinated. */
const COORDINATED = { group: 0, transaction: 1 } as const
/** As the protocol asks for them. */
const ENDS = { earliest: ['-2', 1], stable: ['-1', 1], high: ['-1', 0] } as const
const PASSES: ReadonlySet<string | undefined> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
])
const STEP_FIRST_MS = 2
const STEP_MAX_MS = 200

export class StockBrokers {
  readonly #cluster: StockCluster
  readonly #connection: KafkaConnection
  readonly #patienceMs: DurationMs
  #connected: Promise<void> | undefined

  constructor(connection: KafkaConnection, patienceMs: DurationMs) {
    this.#cluster = createCluster(connection) as StockCluster
    this.#connection = connection
    this.#patienceMs = patienceMs
  }

  /** Asks the coordinator, whoever it is by now. @throws Fenced, AdapterError */
  async ofCoordinator<T>(
    kind: keyof typeof COORDINATED,
    id: string,
    ask: (broker: StockBroker) => Promise<T>,
  ): Promise<T> {
    return this.#patiently(`asking the coordinator of ${kind} ${id}`, async () => {
      const of = { groupId: id, coordinatorType: COORDINATED[kind] }
      return ask(await this.#cluster.findGroupCoordinator(of))
    })
  }

  /** Asks who leads the lane; another one where the first says that it does not. @throws Fenced, AdapterError */
  async ofLeader<T>(lane: Lane, ask: (broker: StockBroker) => Promise<T>): Promise<T> {
    const doing = `asking who leads ${lane.topic}/${lane.partition}`
    return this.#patiently(doing, async () => ask(await this.#leader(lane)))
  }

  async partitionsOf(topic: string): Promise<number> {
    return this.#patiently(`looking up topic ${topic}`, async () => (await this.#metadata(topic)).length)
  }

  /** The first offset; the end of what is committed; the end of all. */
  async end({ topic, partition }: Lane, which: keyof typeof ENDS): Promise<number> {
    const [timestamp, isolationLevel] = ENDS[which]
    const topics = [{ topic, partitions: [{ partition, timestamp }] }]
    const { responses } = await this.ofLeader({ topic, partition }, (broker) =>
      broker.listOffsets({ replicaId: -1, isolationLevel, topics }),
    )
    return Number(responses[0]?.partitions[0]?.offset)
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect()
  }

  async #metadata(topic: string) {
    await this.#cluster.addMultipleTargetTopics([topic])
    return this.#cluster.findTopicPartitionMetadata(topic)
  }

  async #leader({ topic, partition }: Lane): Promise<StockBroker> {
    const leader =
      (await this.#metadata(topic)).find(({ partitionId }) => partitionId === partition)?.leader ?? -1
    if (leader < 0)
      throw new AdapterError('no-leader', `${topic}/${partition} has no leader, or is not there`, true)
    return this.#cluster.findBroker({ nodeId: leader })
  }

  async #patiently<T>(doing: string, call: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#patienceMs
    for (let stepMs = STEP_FIRST_MS; ; stepMs = Math.min(stepMs * 2, STEP_MAX_MS)) {
      try {
        this.#connected ??= this.#cluster.connect()
        await this.#connected
        return await call()
      } catch (error) {
        const { type, code } = error as { readonly type?: string; readonly code?: unknown }
        const passes = PASSES.has(type) || code === 'no-leader'
        if (!passes || performance.now() > until) {
          this.#connected = undefined
          await this.#cluster.refreshMetadata().catch(() => {})
          throw clientFailure(error, this.#connection, doing)
        }
        if (type !== 'CONCURRENT_TRANSACTIONS') await this.#cluster.refreshMetadata().catch(() => {})
      }
      await sleep(stepMs)
    }
  }
}
