/**
 * The Log port over Kafka. Its connections come in two sets, since a broker answers the requests of one connection one after the
 * other: a fetch that waits for records must not hold up a commit.
 */
import type { ISocketFactory } from 'kafkajs'
import { AdapterError, Fenced } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Commit, Lane, Log, LogReader, Owner, Position, Replay } from '../../runtime/ports/log.ts'
import { BatchMemory } from './batch-memory.ts'
import { Brokers } from './brokers.ts'
import { createCluster } from './cluster.ts'
import type { KafkaConnection } from './connection.ts'
import { Fetcher, type SkipLost } from './fetcher.ts'
import type { GroupView } from './group-view.ts'
import { KafkaReader } from './reader.ts'
import { repeating } from './repeating.ts'
import { createReplay } from './replaying.ts'
import { assertAttachPoints } from './self-check.ts'
import { committedPositions, takeOwnership } from './take-over.ts'
import { TransactionDriver } from './transaction-driver.ts'

export interface KafkaLogOptions {
  readonly connection: KafkaConnection
  /** How a connection is made. Default: TCP, with TLS where the connection wants it. */
  readonly openSocket?: ISocketFactory
  /** Whose positions are committed and read. */
  readonly group: string
  readonly view: GroupView
  /** For records that say no time. */
  readonly now: () => EpochMs
  /** After which the broker ends a transaction that nobody goes on with. Default: 15,000. */
  readonly transactionTimeoutMs?: number
  /** How long a take-over, a look-up or a step of a replay may be tried. Default: 30,000. */
  readonly patienceMs?: number
  /** How long a broker waits for records before it says that there are none. Default: 100. */
  readonly fetchWaitMs?: number
  /** Of one lane in one answer. Default: 1 MiB. */
  readonly fetchLaneBytesMax?: number
  /** Of one answer. Default: 8 MiB. */
  readonly fetchAnswerBytesMax?: number
  /** Of one lane, fetched and not handed out. Default: 4 MiB. */
  readonly bufferBytesMax?: number
  /** Of one turn of a reader. Default: 2 MiB. */
  readonly turnBytesMax?: number
  /** How long a lane may go without an answer before its reader fails. Default: 30,000. */
  readonly silenceMsMax?: number
  /** Of what retention took before it was read. Default: never, the reader fails. */
  readonly skipLost?: SkipLost | undefined
  /** Of one record batch: what a topic takes (`max.message.bytes`, 1 MiB by default). Default: 900 KiB. */
  readonly batchBytesMax?: number
  /** Of the batches of one Produce request. Default: 8 MiB. */
  readonly requestBytesMax?: number
  /** Called when a transaction holds everything and is to be ended: for tests, which hold it open there. */
  readonly beforeEnd?: (() => Promise<void>) | undefined
}

const KIB = 1024
const MIB = 1024 * KIB
const DEFAULTS = {
  transactionTimeoutMs: 15_000,
  patienceMs: 30_000,
  fetchWaitMs: 100,
  fetchLaneBytesMax: MIB,
  fetchAnswerBytesMax: 8 * MIB,
  bufferBytesMax: 4 * MIB,
  turnBytesMax: 2 * MIB,
  silenceMsMax: 30_000,
  batchBytesMax: 900 * KIB,
  requestBytesMax: 8 * MIB,
} as const

export class KafkaLog implements Log {
  private readonly options: KafkaLogOptions & Readonly<Record<keyof typeof DEFAULTS, number>>
  /** For take-overs, commits and replays. */
  private readonly brokers: Brokers
  private readonly fetcher: Fetcher
  private readonly memory = new BatchMemory()
  private readonly drivers = new Map<string, TransactionDriver>()

  /** @throws AdapterError when the installed kafkajs is not the one this adapter is made for. */
  constructor(options: KafkaLogOptions) {
    assertAttachPoints()
    this.options = { ...DEFAULTS, ...options }
    const { connection, openSocket, skipLost } = options
    this.brokers = new Brokers(createCluster(connection, openSocket), connection)
    const { fetchWaitMs, fetchLaneBytesMax, fetchAnswerBytesMax, bufferBytesMax, silenceMsMax } = this.options
    this.fetcher = new Fetcher({
      brokers: new Brokers(createCluster(connection, openSocket), connection),
      bounds: {
        waitMs: fetchWaitMs,
        laneBytesMax: fetchLaneBytesMax,
        answerBytesMax: fetchAnswerBytesMax,
      },
      memory: this.memory,
      bufferBytesMax,
      silenceMsMax,
      skipLost,
    })
  }

  async takeOver(
    task: string,
    inputs: readonly Lane[],
  ): Promise<{ owner: Owner; positions: readonly Position[] }> {
    const { brokers, memory, options } = this
    const { group, transactionTimeoutMs } = options
    this.drivers.delete(task)
    await this.known(inputs.map(({ topic }) => topic))
    const owner = await takeOwnership(brokers, task, transactionTimeoutMs, this.patience())
    const positions = await committedPositions(brokers, group, inputs, this.patience())
    this.drivers.set(task, new TransactionDriver(task, owner, { ...options, brokers, memory }))
    return { owner, positions }
  }

  read(positions: readonly Position[]): LogReader {
    return new KafkaReader(this.fetcher, positions, this.options.turnBytesMax)
  }

  replay(lane: Lane, from: number): Promise<Replay | undefined> {
    const { patienceMs, fetchAnswerBytesMax: answerBytesMax } = this.options
    return createReplay({ brokers: this.brokers, patienceMs, answerBytesMax }, lane, from)
  }

  async commit({ task, owner, appends, positions, changelog }: Commit): Promise<number> {
    const records = appends.take()
    const driver = this.drivers.get(task)
    if (driver === undefined)
      throw new AdapterError('owner-spent', `${task} is not taken over: take it over first`, true)
    if (driver.owner.producerId !== owner.producerId || driver.owner.epoch !== owner.epoch)
      throw new Fenced(`${task} was taken over by another part of this process`)
    const offset = await driver.commit(records, positions, changelog)
    // Only now: a request of a commit that failed may still be under way.
    appends.giveBack(records)
    return offset
  }

  async close(): Promise<void> {
    await Promise.all([this.fetcher.close(), this.brokers.close()])
  }

  /** Asks for the metadata of these topics first, so that nothing has to ask for that of all topics of the cluster. */
  private async known(topics: readonly string[]): Promise<void> {
    await repeating(
      this.patience(),
      async () => {
        for (const topic of new Set(topics)) await this.brokers.partitionsOf(topic)
      },
      async () => {},
    )
  }

  private patience(): { readonly until: number } {
    return { until: performance.now() + this.options.patienceMs }
  }
}
