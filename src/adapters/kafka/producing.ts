/**
 * Sending the records of a transaction: one Produce after the other to each leader, in each one batch of as many lanes as fit.
 *
 * 1. A lane's batches go out in order, the next only when the one before is acknowledged; so the broker can tell a batch sent twice
 *    by its sequence, and sending again after a lost answer is safe.
 * 2. Batches are built when it is their turn: a large transaction is never in memory twice.
 */
import { InvariantError } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Owner } from '../../runtime/ports/log.ts'
import type { BatchMemory } from './batch-memory.ts'
import type { Brokers } from './brokers.ts'
import type { Outgoing, OutgoingLane } from './outgoing.ts'
import { Again, type Patience, refusal, repeating } from './repeating.ts'
import { produceRecords, type ProducedLane } from './wire/produce-request.ts'
import { malformed } from './wire/protocol-reader.ts'
import { type BuiltBatch, buildBatches } from './wire/record-batch-writer.ts'

export interface ProducingOptions {
  readonly brokers: Brokers
  readonly transactionalId: string
  readonly owner: Owner
  readonly memory: BatchMemory
  readonly batchBytesMax: number
  readonly requestBytesMax: number
  /** How long replicas may take to acknowledge. */
  readonly replicationMs: number
}

/** What is left to send of a lane. */
interface Stream {
  readonly lane: OutgoingLane
  readonly name: string
  readonly rest: Iterator<BuiltBatch>
  /** Built and not acknowledged; undefined: all is. */
  batch: BuiltBatch | undefined
  /** How often the batch was sent. */
  sends: number
  /** Behind the last record acknowledged. */
  end: number
}

const laneName = (topic: string, partition: number): string => `${topic}/${partition}`

/** Keeps the sequence of every lane it wrote to, for as long as the owner stands. */
export class Producing {
  private readonly options: ProducingOptions
  private readonly sequences = new Map<string, number>()

  constructor(options: ProducingOptions) {
    this.options = options
  }

  /** Answers the offset behind the last record of each lane, by `topic/partition`. @throws Fenced, AdapterError */
  async send(
    { records, lanes }: Outgoing,
    now: EpochMs,
    patience: Patience,
  ): Promise<ReadonlyMap<string, number>> {
    const { owner, memory, batchBytesMax: bytesMax } = this.options
    const room = (bytes: number): Buffer => memory.take(bytes)
    const streams = lanes.map((lane): Stream => {
      const name = laneName(lane.topic, lane.partition)
      const sequence = this.sequences.get(name) ?? 0
      const rest = buildBatches(records, lane.indices, { owner, sequence, now, bytesMax, room })
      return { lane, name, rest, batch: rest.next().value ?? undefined, sends: 0, end: 0 }
    })
    for (let left = streams; left.length > 0; left = left.filter(({ batch }) => batch !== undefined))
      await repeating(
        patience,
        () => this.round(left.filter(({ batch }) => batch !== undefined)),
        async ({ about }) => {
          if (about === 'leader') await this.options.brokers.refresh()
        },
      )
    return new Map(streams.map(({ name, end }) => [name, end]))
  }

  /** One batch of every lane. What went well stays so when it throws. */
  private async round(streams: readonly Stream[]): Promise<void> {
    const byLeader = new Map<number, Stream[]>()
    for (const stream of streams) {
      const leader = await this.options.brokers.leaderOf(stream.lane)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), stream])
    }
    const outcomes = await Promise.allSettled(
      [...byLeader].map(([leader, ofLeader]) => this.sendTo(leader, ofLeader)),
    )
    throwWorst(outcomes.map((one) => (one.status === 'rejected' ? (one.reason as Error) : undefined)))
  }

  private async sendTo(leader: number, streams: readonly Stream[]): Promise<void> {
    const { brokers, transactionalId, replicationMs, requestBytesMax } = this.options
    for (let from = 0; from < streams.length; ) {
      const some = fitting(streams, from, requestBytesMax)
      const batches = some.map(({ stream, batch }) => ({ ...stream.lane, bytes: batch.bytes }))
      for (const { stream } of some) stream.sends++
      const answer = await brokers.send(leader, produceRecords(transactionalId, batches, replicationMs))
      throwWorst(some.map(({ stream, batch }) => this.acknowledge(stream, batch, answer.lanes)))
      from += some.length
    }
  }

  /** Moves a lane on to its next batch, or answers what went wrong. */
  private acknowledge(stream: Stream, batch: BuiltBatch, lanes: readonly ProducedLane[]): Error | undefined {
    const { lane, name } = stream
    const produced = lanes.find(
      ({ topic, partition }) => topic === lane.topic && partition === lane.partition,
    )
    if (produced === undefined) return malformed(`no word of ${name}`)
    const { code, baseOffset } = produced
    if (code !== 0) return refusal(code, `writing to ${name}`)
    this.sequences.set(name, batch.nextSequence)
    stream.end = baseOffset + batch.count
    // One that was sent again may still lie in the queue of a connection that is dead.
    if (stream.sends === 1) this.options.memory.giveBack(batch.memory)
    stream.batch = stream.rest.next().value ?? undefined
    stream.sends = 0
    return undefined
  }
}

/** What cannot be repeated comes before what can. */
function throwWorst(failures: readonly (Error | undefined)[]): void {
  const found = failures.filter((failure) => failure !== undefined)
  const worst = found.find((failure) => !(failure instanceof Again)) ?? found[0]
  if (worst !== undefined) throw worst
}

interface Sending {
  readonly stream: Stream
  readonly batch: BuiltBatch
}

/** Lanes from there on whose batches fit into one request; at least one. */
function fitting(streams: readonly Stream[], from: number, bytesMax: number): readonly Sending[] {
  const some: Sending[] = []
  let bytes = 0
  for (const stream of streams.slice(from)) {
    const { batch } = stream
    if (batch === undefined) throw new InvariantError(`nothing is left to send to ${stream.name}`)
    bytes += batch.bytes.length
    if (some.length > 0 && bytes > bytesMax) break
    some.push({ stream, batch })
  }
  return some
}
