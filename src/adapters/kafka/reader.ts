/** A reader of some lanes: hands out what the fetcher brought, in turns of a bounded size, and wakes up when there is something. */
import { InvariantError } from '../../model/errors.ts'
import type { Lane, LogReader, Position, Turn } from '../../runtime/ports/log.ts'
import type { LaneProgress } from '../../runtime/ports/observer.ts'
import { FetchedLane } from './fetched-lane.ts'
import type { Fetcher } from './fetcher.ts'
import type { FetchedBatch } from './wire/record-batch-reader.ts'

export class KafkaReader implements LogReader {
  private readonly fetcher: Fetcher
  private readonly lanes: readonly FetchedLane[]
  private readonly turnBytesMax: number
  /** The lane whose turn it is first. */
  private first = 0
  private wake: () => void = () => {}
  private closed = false
  /** Of the last turn. */
  private handedOut: readonly FetchedBatch[] = []

  constructor(fetcher: Fetcher, positions: readonly Position[], turnBytesMax: number) {
    this.fetcher = fetcher
    this.turnBytesMax = turnBytesMax
    this.lanes = positions.map((position) => new FetchedLane(position, position.offset))
    for (const lane of this.lanes) lane.wake = () => this.wake()
    fetcher.add(this.lanes)
  }

  async next(waitMs: number): Promise<Turn> {
    if (this.closed) throw new InvariantError('a reader that was closed is read')
    this.fetcher.takeBack(this.handedOut)
    this.handedOut = []
    if (!this.lanes.some((lane) => lane.ready || lane.failure !== undefined)) await this.waited(waitMs)
    for (const { failure } of this.lanes) if (failure !== undefined) throw failure
    const batches = this.collect()
    this.handedOut = batches
    for (const batch of batches) if (batch.codec !== 0) await batch.inflate()
    const atEnd: Lane[] = this.lanes
      .filter((lane) => lane.tellEnd())
      .map(({ topic, partition }) => ({ topic, partition }))
    if (batches.length > 0) this.fetcher.pump()
    return { batches, atEnd }
  }

  progress(): readonly LaneProgress[] {
    return this.lanes.map((lane) => lane.progress)
  }

  async close(): Promise<void> {
    this.closed = true
    this.fetcher.remove(this.lanes)
    this.wake()
  }

  /** One batch of each lane in turn, until the turn is full; at least one. */
  private collect(): readonly FetchedBatch[] {
    const batches: FetchedBatch[] = []
    let bytes = 0
    let left = this.lanes.length
    for (let i = this.first; left > 0; i = (i + 1) % this.lanes.length) {
      const lane = this.lanes[i] as FetchedLane
      const size = lane.nextBytes
      if (size === undefined) {
        left--
        continue
      }
      if (batches.length > 0 && bytes + size > this.turnBytesMax) {
        this.first = i
        break
      }
      left = this.lanes.length
      bytes += size
      batches.push(lane.shift() as FetchedBatch)
    }
    return batches
  }

  private async waited(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wake = () => {}
  }
}
