/** A lane as one reader has it: what was fetched and not handed out yet, and what the log said of the lane last. */
import type { Lane } from '../../runtime/ports/log.ts'
import type { LaneProgress } from '../../runtime/ports/observer.ts'
import type { FetchedBatch } from './wire/record-batch-reader.ts'

export class FetchedLane implements Lane {
  readonly topic: string
  readonly partition: number
  /** Where the next fetch begins; negative: wherever the lane does. */
  fetchOffset: number
  stable = -1
  high = -1
  /** Bytes fetched and not handed out. */
  bytes = 0
  failure: Error | undefined
  /** Set by whoever waits for this lane. */
  wake: () => void = () => {}
  closed = false
  /** When the first of the attempts failed that have failed since the last answer; undefined: none has. */
  silentSince: number | undefined
  /** Not to be asked for before; `restMs`: how long it rested last. */
  restUntil = 0
  restMs = 0
  /** Part of a request under way: an answer belongs to the offset that was asked for. */
  fetching = false
  private batches: FetchedBatch[] = []
  /** How many of the batches have records. */
  private full = 0
  private handedOut: number
  /** The log has said, since the turn before, that nothing stands behind what was fetched. */
  private endSeen = false

  constructor({ topic, partition }: Lane, offset: number) {
    this.topic = topic
    this.partition = partition
    this.fetchOffset = offset
    this.handedOut = offset
  }

  /** Nothing was read yet, so wherever the lane begins is right. */
  get untouched(): boolean {
    return this.handedOut < 0 && this.batches.length === 0
  }

  /** An answer of the log: batches from `fetchOffset` on, and the ends as they were then. */
  take(batches: readonly FetchedBatch[], stable: number, high: number): void {
    for (const batch of batches) this.push(batch)
    this.fetchOffset = batches.at(-1)?.nextOffset ?? this.fetchOffset
    this.stable = stable
    this.high = high
    this.silentSince = undefined
    this.restMs = 0
    this.endSeen = this.fetchOffset === high
    if (this.ready) this.wake()
  }

  private push(batch: FetchedBatch): void {
    const last = this.batches.at(-1)
    if (batch.count === 0 && last !== undefined) {
      last.nextOffset = batch.nextOffset
      return
    }
    this.batches.push(batch)
    this.bytes += batch.bytes
    if (batch.count > 0) this.full++
  }

  fail(failure: Error): void {
    this.failure = failure
    this.wake()
  }

  /** There are records to hand out. */
  get ready(): boolean {
    return this.full > 0
  }

  /** The oldest batch. */
  shift(): FetchedBatch | undefined {
    const batch = this.batches.shift()
    if (batch === undefined) return undefined
    this.bytes -= batch.bytes
    if (batch.count > 0) this.full--
    this.handedOut = batch.nextOffset
    return batch
  }

  /** Of the oldest batch; undefined: there is none. */
  get nextBytes(): number | undefined {
    return this.batches[0]?.bytes
  }

  /** Whether the lane stands at its end behind all that was handed out; an end is told once. */
  tellEnd(): boolean {
    if (!this.endSeen || this.batches.length > 0) return false
    this.endSeen = false
    return true
  }

  get progress(): LaneProgress {
    const { topic, partition, stable, high } = this
    return { topic, partition, position: this.handedOut, stable, high }
  }
}
