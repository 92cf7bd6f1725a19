/**
 * The Log port in memory: the same runtime without a server, same results.
 *
 * - Lanes that are read (lines, the internal topic) keep their records until their reader has committed past them.
 * - Compacted lanes are in `compacted-lane.ts`.
 * - Whatever else is committed is an output: it goes to `onCommitted`, in commit order, and is not kept.
 */
import { AdapterError, Fenced, InvariantError } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import { type AppendedRecords, NO_TIMESTAMP, keptRecords } from '../../runtime/appends.ts'
import {
  EARLIEST,
  type Commit,
  type Lane,
  type Log,
  type LogReader,
  type Owner,
  type Position,
  type RecordBatch,
  type RecordCursor,
  type Replay,
  type Turn,
} from '../../runtime/ports/log.ts'
import type { LaneProgress } from '../../runtime/ports/observer.ts'
import { COMPACT_BEYOND, CompactedLane } from './compacted-lane.ts'
import type { FaultHook } from './faults.ts'

/** Records of one lane that came together: positions into one buffer. */
interface Segment {
  readonly first: number
  readonly buffer: Buffer
  /** Timestamp, key start, key end, value start, value end of each record, in a row. */
  readonly columns: number[]
}

/** Where a record of a commit goes: a lane that is read, a compacted one, or out. */
type Target = { readonly lane: EmbeddedLane; readonly segment: Segment } | CompactedLane | 'output'

/** More than any topic has; partition -1 is an output's. */
const PARTITIONS_MAX = 1 << 20
const COLUMNS = 5

interface EmbeddedLane {
  segments: Segment[]
  end: number
}

export interface EmbeddedLogOptions {
  /** Lanes that a task reads. */
  readonly inputs: readonly Lane[]
  /** Compacted lanes. */
  readonly changelogs: readonly Lane[]
  /** A further compacted lane, of which so many records are not compacted at least: overwritten ones can still be read. */
  readonly keeping?: { readonly lane: Lane; readonly records: number }
  /** Records that a reader hands out in one turn at most. */
  readonly turnRecordsMax: number
  /** Every output, by its index in the records. */
  readonly onCommitted: (records: AppendedRecords, index: number) => void
  readonly fault?: FaultHook
  /** Keep what was committed past, as a broker does for a while: one that was taken over may still read it. Default: false. */
  readonly retain?: boolean
  /** Overwritten records that a compacted lane may hold beyond its newest ones. Default: {@link COMPACT_BEYOND}. */
  readonly compactBeyond?: number
}

const laneKey = (topic: string, partition: number): string => `${topic}/${partition}`

export class EmbeddedLog implements Log {
  private readonly options: EmbeddedLogOptions
  private readonly lanes = new Map<string, EmbeddedLane>()
  private readonly compacted = new Map<string, CompactedLane>()
  private readonly owners = new Map<string, Owner>()
  private readonly positions = new Map<string, Position>()
  private producers = 0

  constructor(options: EmbeddedLogOptions) {
    this.options = options
    for (const { topic, partition } of options.inputs)
      this.lanes.set(laneKey(topic, partition), { segments: [], end: 0 })
    const compactBeyond = options.compactBeyond ?? COMPACT_BEYOND
    for (const { topic, partition } of options.changelogs)
      this.compacted.set(laneKey(topic, partition), new CompactedLane(compactBeyond))
    if (options.keeping === undefined) return
    const { lane, records } = options.keeping
    this.compacted.set(laneKey(lane.topic, lane.partition), new CompactedLane(compactBeyond, records))
  }

  /** What an upstream does: appends values, `[start, end)` in a row, to a lane. */
  append(lane: Lane, buffer: Buffer, ranges: readonly number[], timestamp: EpochMs = NO_TIMESTAMP): void {
    const into = this.laneOf(lane)
    const columns: number[] = []
    for (let i = 0; i < ranges.length; i += 2)
      columns.push(timestamp, 0, -1, ranges[i] as number, ranges[i + 1] as number)
    this.push(into, buffer, columns)
  }

  /** One record with a key. */
  appendKeyed(lane: Lane, key: string, value: string): void {
    const keyBytes = Buffer.byteLength(key)
    const buffer = Buffer.from(key + value)
    this.push(this.laneOf(lane), buffer, [NO_TIMESTAMP, 0, keyBytes, keyBytes, buffer.length])
  }

  private push(into: EmbeddedLane, buffer: Buffer, columns: number[]): void {
    into.segments.push({ first: into.end, buffer, columns })
    into.end += columns.length / COLUMNS
  }

  async takeOver(
    task: string,
    inputs: readonly Lane[],
  ): Promise<{ owner: Owner; positions: readonly Position[] }> {
    this.options.fault?.('take-over', task)
    const before = this.owners.get(task)
    const owner =
      before === undefined
        ? { producerId: ++this.producers, epoch: 0 }
        : { producerId: before.producerId, epoch: before.epoch + 1 }
    this.owners.set(task, owner)
    const positions = inputs.flatMap(
      ({ topic, partition }) => this.positions.get(laneKey(topic, partition)) ?? [],
    )
    return { owner, positions }
  }

  read(positions: readonly Position[]): LogReader {
    return new EmbeddedReader(positions, (lane) => this.laneOf(lane), this.options.turnRecordsMax)
  }

  async replay(lane: Lane, from: number): Promise<Replay | undefined> {
    return this.compactedLane(lane).replay(lane, from)
  }

  async commit({ task, owner, appends, positions, changelog }: Commit): Promise<number> {
    this.options.fault?.('commit-before', task)
    const present = this.owners.get(task)
    if (present?.producerId !== owner.producerId || present.epoch !== owner.epoch)
      throw new Fenced(`${task} was taken over`)
    const lane = this.compactedLane(changelog)
    const before = lane.next()
    const taken = appends.take()
    this.store(keptRecords(taken))
    appends.giveBack(taken)
    const after = lane.next()
    for (const position of positions) {
      this.positions.set(laneKey(position.topic, position.partition), position)
      if (this.options.retain !== true) this.trim(position)
    }
    this.options.fault?.('commit-after', task)
    return after === before ? 0 : after
  }

  async close(): Promise<void> {
    this.lanes.clear()
    this.compacted.clear()
  }

  private compactedLane({ topic, partition }: Lane): CompactedLane {
    const lane = this.compacted.get(laneKey(topic, partition))
    if (lane === undefined)
      throw new AdapterError('unknown-topic', `no compacted lane ${topic}/${partition}`, false)
    return lane
  }

  private laneOf({ topic, partition }: Lane): EmbeddedLane {
    const lane = this.lanes.get(laneKey(topic, partition))
    if (lane === undefined) throw new InvariantError(`nobody reads ${topic}/${partition}`)
    return lane
  }

  private store(records: AppendedRecords): void {
    const targets = new Map<number, Target>()
    const { topics, topic, partition, timestamp, keyStart, keyEnd, valueStart, valueEnd } = records
    for (let i = 0; i < records.count; i++) {
      // One look-up by number per record: a key put together for each would cost more than keeping the record.
      const place = (topic[i] as number) * PARTITIONS_MAX + (partition[i] as number)
      let target = targets.get(place)
      if (target === undefined) {
        target = this.targetOf(topics[topic[i] as number] as string, partition[i] as number, records.buffer)
        targets.set(place, target)
      }
      if (target === 'output') this.options.onCommitted(records, i)
      else if (target instanceof CompactedLane) target.append(records, i)
      else {
        target.segment.columns.push(
          timestamp[i] as number,
          keyStart[i] as number,
          keyEnd[i] as number,
          valueStart[i] as number,
          valueEnd[i] as number,
        )
        target.lane.end++
      }
    }
  }

  private targetOf(topic: string, partition: number, buffer: Buffer): Target {
    const key = laneKey(topic, partition)
    const lane = this.lanes.get(key)
    if (lane === undefined) return this.compacted.get(key) ?? 'output'
    const segment: Segment = { first: lane.end, buffer, columns: [] }
    lane.segments.push(segment)
    return { lane, segment }
  }

  private trim(position: Position): void {
    const lane = this.lanes.get(laneKey(position.topic, position.partition))
    while (lane !== undefined && lane.segments.length > 0) {
      const first = lane.segments[0] as Segment
      if (first.first + first.columns.length / COLUMNS > position.offset) return
      lane.segments.shift()
    }
  }
}

class EmbeddedReader implements LogReader {
  private positions: Position[]
  private readonly laneOf: (lane: Lane) => EmbeddedLane
  private readonly recordsMax: number

  constructor(positions: readonly Position[], laneOf: (lane: Lane) => EmbeddedLane, recordsMax: number) {
    this.positions = positions.map(({ topic, partition, offset }) => {
      const lane = laneOf({ topic, partition })
      const first = lane.segments[0]?.first ?? lane.end
      return { topic, partition, offset: offset === EARLIEST ? first : offset }
    })
    this.laneOf = laneOf
    this.recordsMax = recordsMax
  }

  /** Never waits: what is in memory is all there is. */
  async next(): Promise<Turn> {
    const batches: RecordBatch[] = []
    let left = this.recordsMax
    this.positions = this.positions.map((position) => {
      const lane = this.laneOf(position)
      let { offset } = position
      if ((lane.segments[0]?.first ?? lane.end) > offset)
        throw new InvariantError(`${position.topic}/${position.partition} keeps offset ${offset} no more`)
      for (const segment of lane.segments) {
        const count = segment.columns.length / COLUMNS
        const skip = offset - segment.first
        if (skip < 0 || skip >= count || left === 0) continue
        const take = Math.min(count - skip, left)
        offset += take
        left -= take
        const { topic, partition } = position
        batches.push({
          topic,
          partition,
          nextOffset: offset,
          walk: () => new EmbeddedCursor(segment, skip, take),
        })
      }
      return { ...position, offset }
    })
    const atEnd = this.positions
      .filter((position) => position.offset >= this.laneOf(position).end)
      .map(({ topic, partition }) => ({ topic, partition }))
    return { batches, atEnd }
  }

  progress(): readonly LaneProgress[] {
    return this.positions.map(({ topic, partition, offset }) => {
      const { end } = this.laneOf({ topic, partition })
      return { topic, partition, position: offset, stable: end, high: end }
    })
  }

  async close(): Promise<void> {
    this.positions = []
  }
}

class EmbeddedCursor implements RecordCursor {
  readonly buffer: Buffer
  offset: number
  timestamp: EpochMs | undefined = undefined
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  private readonly columns: number[]
  private at: number
  private readonly end: number

  constructor(segment: Segment, skip: number, take: number) {
    this.buffer = segment.buffer
    this.columns = segment.columns
    this.offset = segment.first + skip - 1
    this.at = skip * COLUMNS
    this.end = (skip + take) * COLUMNS
  }

  next(): boolean {
    const { columns, at } = this
    if (at >= this.end) return false
    this.offset++
    const timestamp = columns[at] as number
    this.timestamp = timestamp === NO_TIMESTAMP ? undefined : timestamp
    this.keyStart = columns[at + 1] as number
    this.keyEnd = columns[at + 2] as number
    this.valueStart = columns[at + 3] as number
    this.valueEnd = columns[at + 4] as number
    this.at = at + COLUMNS
    return true
  }

  /** Recorded lines have no headers. */
  header(): undefined {
    return undefined
  }
}
