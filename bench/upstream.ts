/** Who writes the events: one transaction after the other into one topic, over the product's wire code. */
import { BatchMemory } from '../src/adapters/kafka/batch-memory.ts'
import type { Brokers } from '../src/adapters/kafka/brokers.ts'
import { askCoordinator } from '../src/adapters/kafka/coordinator-call.ts'
import { createOutgoing } from '../src/adapters/kafka/outgoing.ts'
import { Producing } from '../src/adapters/kafka/producing.ts'
import { takeOwnership } from '../src/adapters/kafka/take-over.ts'
import type { KafkaAnswer, KafkaRequest } from '../src/adapters/kafka/wire/request.ts'
import { addPartitionsToTxn, endTxn } from '../src/adapters/kafka/wire/transaction-requests.ts'
import { Appends } from '../src/runtime/appends.ts'
import type { Lane, Owner } from '../src/runtime/ports/log.ts'
import type { LoadedRecord } from './load.ts'

const TRANSACTION_MS_MAX = 800_000
const PATIENCE_MS = 60_000
const BATCH_BYTES_MAX = 900 * 1024
const REQUEST_BYTES_MAX = 8 << 20
const REPLICATION_MS = 30_000
/** Records that are encoded and sent at once. */
const CHUNK = 20_000

let opened = 0

export interface OpenTransaction {
  /** Makes everything that was appended visible at once. */
  commit(): Promise<void>
}

export class Upstream implements OpenTransaction {
  private readonly brokers: Brokers
  private readonly lanes: readonly Lane[]
  private readonly task: string
  private readonly owner: Owner
  private readonly producing: Producing
  private isOpen = false

  private constructor(brokers: Brokers, lanes: readonly Lane[], task: string, owner: Owner) {
    this.brokers = brokers
    this.lanes = lanes
    this.task = task
    this.owner = owner
    this.producing = new Producing({
      brokers,
      transactionalId: task,
      owner,
      memory: new BatchMemory(),
      batchBytesMax: BATCH_BYTES_MAX,
      requestBytesMax: REQUEST_BYTES_MAX,
      replicationMs: REPLICATION_MS,
    })
  }

  /** `lanes`: all of one topic. */
  static async open(brokers: Brokers, lanes: readonly Lane[]): Promise<Upstream> {
    const task = `${lanes[0]?.topic ?? ''}-upstream-${++opened}`
    const owner = await takeOwnership(brokers, task, TRANSACTION_MS_MAX, patience())
    return new Upstream(brokers, lanes, task, owner)
  }

  /** Into the transaction that is open, or a new one. */
  async append(records: Iterable<LoadedRecord>): Promise<void> {
    const appends = new Appends()
    const { topic } = this.lanes[0] as Lane
    for (const { partition, time, key, value } of records) {
      appends.record(topic, partition, time, key.toString('latin1'), value)
      if (appends.count === CHUNK) await this.send(appends)
    }
    if (appends.count > 0) await this.send(appends)
  }

  async commit(): Promise<void> {
    if (!this.isOpen) return
    this.isOpen = false
    await this.ask(endTxn(this.task, this.owner, true), ({ code }) => code)
  }

  private async send(appends: Appends): Promise<void> {
    if (!this.isOpen) {
      await this.ask(
        addPartitionsToTxn(this.task, this.owner, this.lanes),
        ({ lanes }) => lanes.find(({ code }) => code !== 0)?.code ?? 0,
      )
      this.isOpen = true
    }
    const outgoing = createOutgoing(appends.take(), [this.lanes.length], { next: 0 })
    await this.producing.send(outgoing, Date.now(), patience())
  }

  private async ask<Answer extends KafkaAnswer>(
    request: KafkaRequest<Answer>,
    code: (answer: Answer) => number,
  ): Promise<void> {
    await askCoordinator(this.brokers, 'transaction', this.task, request, code, patience())
  }
}

const patience = (): { readonly until: number } => ({ until: performance.now() + PATIENCE_MS })
