/**
 * The transactions of one owner of a task. A commit sends what was complete in memory before: what belongs to it, its records and
 * positions together, its end; so a transaction is open for milliseconds.
 *
 * 1. Up to the end every request may be sent again: it does once what it does. From the moment the end is sent, an answer that is lost
 *    leaves the outcome unknown, and nothing is tried again.
 * 2. Whatever fails, this owner is spent: a further commit is refused until the task is taken over anew.
 * 3. One request at a time, but for records and positions, which go to different brokers or do not wait for each other.
 */
import { AdapterError, Fenced } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import type { AppendedRecords } from '../../runtime/appends.ts'
import type { Lane, Owner, Position } from '../../runtime/ports/log.ts'
import type { BatchMemory } from './batch-memory.ts'
import type { Brokers } from './brokers.ts'
import { askCoordinator } from './coordinator-call.ts'
import { brokerFailure, REBALANCE_CODES } from './broker-codes.ts'
import type { GroupView } from './group-view.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'
import { Producing } from './producing.ts'
import { type Patience, repeating } from './repeating.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  type CodeAnswer,
  endTxn,
  type LaneCodesAnswer,
  txnOffsetCommit,
} from './wire/transaction-requests.ts'
import type { KafkaAnswer, KafkaRequest } from './wire/request.ts'

export interface TransactionOptions {
  readonly brokers: Brokers
  readonly group: string
  readonly view: GroupView
  readonly now: () => EpochMs
  readonly transactionTimeoutMs: number
  /** Shared by the drivers of a log. */
  readonly memory: BatchMemory
  readonly batchBytesMax: number
  readonly requestBytesMax: number
  /** Called when a transaction holds everything and is to be ended. */
  readonly beforeEnd?: (() => Promise<void>) | undefined
}

/** Of the broker's patience with a transaction, so that ours ends first. */
const PATIENCE_SHARE = 0.8
/** How long a generation that is over may take to become known here, before the positions are sent once more. */
const GENERATION_MS = 3000

export class TransactionDriver {
  readonly task: string
  readonly owner: Owner
  private readonly options: TransactionOptions
  private readonly producing: Producing
  private readonly round = { next: 0 }
  private spent = false
  private startedAt = 0

  constructor(task: string, owner: Owner, options: TransactionOptions) {
    this.task = task
    this.owner = owner
    this.options = options
    const { brokers, memory, batchBytesMax, requestBytesMax, transactionTimeoutMs } = options
    this.producing = new Producing({
      brokers,
      transactionalId: task,
      owner,
      memory,
      batchBytesMax,
      requestBytesMax,
      replicationMs: Math.floor(transactionTimeoutMs * PATIENCE_SHARE),
    })
  }

  /** Answers the offset behind what was written to `changelog`, 0 for nothing. @throws Fenced, AdapterError */
  async commit(records: AppendedRecords, positions: readonly Position[], changelog: Lane): Promise<number> {
    if (this.spent) throw spentOwner(this.task)
    if (records.count === 0 && positions.length === 0) return 0
    this.spent = true
    const outgoing = await this.addressed(records)
    this.startedAt = performance.now()
    const patience = { until: this.startedAt + this.options.transactionTimeoutMs * PATIENCE_SHARE }
    let ends: ReadonlyMap<string, number>
    try {
      ends = await this.fill(outgoing, positions, patience)
    } catch (error) {
      // Left open on purpose: the take-over that follows ends it under the next epoch, which refuses what is still under way. An end by
      // this owner would let a record that arrives late begin a transaction anew, and the next commit would make it count.
      throw this.judged(error)
    }
    await this.options.beforeEnd?.()
    await this.end(patience)
    this.spent = false
    return ends.get(`${changelog.topic}/${changelog.partition}`) ?? 0
  }

  /** Looks up how many partitions the topics have, before anything is begun. */
  private async addressed(records: AppendedRecords): Promise<Outgoing> {
    const { brokers } = this.options
    const patience = { until: performance.now() + this.options.transactionTimeoutMs * PATIENCE_SHARE }
    const partitions = await repeating(
      patience,
      () => Promise.all(records.topics.map((topic) => brokers.partitionsOf(topic))),
      async () => {},
    )
    return createOutgoing(records, partitions, this.round)
  }

  private async fill(
    outgoing: Outgoing,
    positions: readonly Position[],
    patience: Patience,
  ): Promise<ReadonlyMap<string, number>> {
    const { task, owner } = this
    const { group, now } = this.options
    if (outgoing.lanes.length > 0)
      await this.ask(addPartitionsToTxn(task, owner, outgoing.lanes), firstCode, patience)
    if (positions.length > 0) await this.ask(addOffsetsToTxn(task, owner, group), codeOf, patience)
    const [sent, committed] = await Promise.allSettled([
      this.producing.send(outgoing, now(), patience),
      this.commitPositions(positions, patience),
    ])
    const failures = [sent, committed].flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Error] : [],
    )
    if (sent.status === 'fulfilled' && failures.length === 0) return sent.value
    throw failures.find((failure) => failure instanceof Fenced) ?? (failures[0] as Error)
  }

  private async ask<Answer extends KafkaAnswer>(
    request: KafkaRequest<Answer>,
    code: (answer: Answer) => number,
    patience: Patience,
  ): Promise<void> {
    await askCoordinator(this.options.brokers, 'transaction', this.task, request, code, patience)
  }

  /** Where the group moves on while the transaction is open, the positions count as long as their lanes are still this member's. */
  private async commitPositions(positions: readonly Position[], patience: Patience): Promise<void> {
    if (positions.length === 0) return
    const { brokers, group, view } = this.options
    for (;;) {
      if (!positions.every((lane) => view.holds(lane)))
        throw new Fenced(`${this.task}: the group has given its lanes to another member`)
      const member = view.current()
      const request = txnOffsetCommit(this.task, this.owner, group, member, positions)
      const accepted = (answer: LaneCodesAnswer): number => {
        const code = firstCode(answer)
        return REBALANCE_CODES.has(code) ? 0 : code
      }
      const answer = await askCoordinator(brokers, 'group', group, request, accepted, patience)
      const code = firstCode(answer)
      if (code === 0) return
      const leftMs = patience.until - performance.now()
      if (leftMs <= 0 || member === undefined) throw brokerFailure(code, `committing positions of ${group}`)
      await view.next(member.generation, Math.min(leftMs, GENERATION_MS))
    }
  }

  /** What is answered is certain, so a coordinator that says "not now" or "not me" is asked again; silence is not. */
  private async end(patience: Patience): Promise<void> {
    try {
      await this.ask(endTxn(this.task, this.owner, true), codeOf, { ...patience, answeredOnly: true })
    } catch (error) {
      const failure = this.judged(error)
      throw failure instanceof AdapterError && failure.retryable
        ? unknownOutcome(this.task, failure)
        : failure
    }
  }

  /** An owner whose transaction the broker ended for its age looks like one that was taken over. */
  private judged(error: unknown): unknown {
    const openMs = performance.now() - this.startedAt
    if (!(error instanceof Fenced) || openMs < this.options.transactionTimeoutMs) return error
    const message = `${this.task}: its transaction was open for ${Math.round(openMs)} ms and the broker has ended it; it is opened again`
    return new AdapterError('transaction-expired', message, true)
  }
}

const codeOf = ({ code }: CodeAnswer): number => code

/** Of a lane whose neighbour failed: the neighbour says why. */
const NOT_ATTEMPTED = 55

const firstCode = ({ lanes }: LaneCodesAnswer): number => {
  const codes = lanes.map(({ code }) => code).filter((code) => code !== 0)
  return codes.find((code) => code !== NOT_ATTEMPTED) ?? codes[0] ?? 0
}

const spentOwner = (task: string): AdapterError =>
  new AdapterError('owner-spent', `${task}: a commit failed, or is under way: take the task over anew`, true)

const unknownOutcome = (task: string, cause: Error): AdapterError =>
  new AdapterError(
    'unknown-outcome',
    `${task}: the end of a transaction was sent and not answered (${cause.message}); the log knows whether it counts, so the task is opened again`,
    true,
  )
