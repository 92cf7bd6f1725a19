/**
 * The Log port in memory: the same runtime without a server, same results.
 *
 * - Lanes that are read (lines, the internal topic) keep their records until their reader has committed past them.
 * - Compacted lanes keep what was appended and now and then let go of what was overwritten, as a broker does: a look-up per record
 *   would cost more than the record.
 * - Whatever else is committed is an output: it goes to `onCommitted`, in commit order, and is not kept.
 */
import { AdapterError, Fenced, InvariantError } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import type { AppendedRecords } from '../../runtime/appends.ts'
import type {
  Commit,
  Lane,
  Log,
  LogReader,
  Owner,
  Position,
  RecordBatch,
  RecordCursor,
  Turn,
} from '../../runtime/ports/log.ts'
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
const NO_TIMESTAMP = Number.NEGATIVE_INFINITY

interface EmbeddedLane {
  segments: Segment[]
  end: number
}

export interface EmbeddedLogOptions {
  /** Lanes that a task reads. */
  readonly inputs: readonly Lane[]
  /** Compacted lanes. */
  readonly changelogs: readonly Lane[]
  /** Records that a reader hands out in one turn at most. */
  readonly turnRecordsMax: number
  /** Every output, by its index in the records. */
  readonly onCommitted: (records: AppendedRecords, index: number) => void
  readonly fault?: FaultHook
  /** Keep what was committed past, as a broker does for a while: one that was taken over may still read it. Default: false. */
  readonly retain?: boolean
}

const laneKey = (topic: string, partition: number): string => `${topic}/${partition}`

export class EmbeddedLog implements Log {
  private readonly options: EmbeddedLogOptions
  private readonly lanes = new Map<string, EmbeddedLane>()
  private readonly compacted = new Map<string, CompactedLane>()
  private readonly owners = new Map<string, Owner>()
  private readonly positions = new Map<string, readonly Position[]>()
  private producers = 0

  constructor(options: EmbeddedLogOptions) {
    this.options = options
    for (const { topic, partition } of options.inputs)
      this.lanes.set(laneKey(topic, partition), { segments: [], end: 0 })
    for (const { topic, partition } of options.changelogs)
      this.compacted.set(laneKey(topic, partition), new CompactedLane())
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

  async takeOver(task: string): Promise<{ owner: Owner; positions: readonly Position[] }> {
    this.options.fault?.('take-over', task)
    const owner = { producerId: ++this.producers, epoch: (this.owners.get(task)?.epoch ?? -1) + 1 }
    this.owners.set(task, owner)
    return { owner, positions: this.positions.get(task) ?? [] }
  }

  read(positions: readonly Position[]): LogReader {
    return new EmbeddedReader(positions, (lane) => this.laneOf(lane), this.options.turnRecordsMax)
  }

  async replay(
    { topic, partition }: Lane,
    each: (key: string, value: Buffer | undefined) => void,
  ): Promise<void> {
    const entries = this.compacted.get(laneKey(topic, partition))
    if (entries === undefined)
      throw new AdapterError('unknown-topic', `no compacted lane ${topic}/${partition}`, false)
    for (const [key, value] of entries.newest()) each(key, value)
  }

  async commit({ task, owner, appends, positions }: Commit): Promise<void> {
    this.options.fault?.('commit-before', task)
    const present = this.owners.get(task)
    if (present?.producerId !== owner.producerId || present.epoch !== owner.epoch)
      throw new Fenced(`${task} was taken over`)
    this.store(appends.take())
    this.positions.set(task, positions)
    if (this.options.retain !== true) for (const position of positions) this.trim(position)
    this.options.fault?.('commit-after', task)
  }

  async close(): Promise<void> {
    this.lanes.clear()
    this.compacted.clear()
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
          timestamp[i] ?? NO_TIMESTAMP,
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

/** Overwritten records that a compacted lane may hold, beside as many as it holds newest ones. */
const COMPACT_BEYOND = 20_000

class CompactedLane {
  private kept = new Map<string, Buffer>()
  private tail: { records: AppendedRecords; indexes: number[] }[] = []
  private tailCount = 0

  append(records: AppendedRecords, index: number): void {
    const last = this.tail.at(-1)
    if (last?.records === records) last.indexes.push(index)
    else this.tail.push({ records, indexes: [index] })
    if (++this.tailCount > COMPACT_BEYOND + this.kept.size) this.compact()
  }

  /** The newest value of each key. */
  newest(): ReadonlyMap<string, Buffer> {
    this.compact()
    return this.kept
  }

  private compact(): void {
    for (const { records, indexes } of this.tail) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = records
      for (const i of indexes) {
        const key = buffer.toString('utf8', keyStart[i], keyEnd[i])
        const end = valueEnd[i] as number
        // A copy: a view would keep the whole commit's buffer alive for one small state.
        if (end < 0) this.kept.delete(key)
        else this.kept.set(key, Buffer.from(buffer.subarray(valueStart[i], end)))
      }
    }
    this.tail = []
    this.tailCount = 0
  }
}

class EmbeddedReader implements LogReader {
  private positions: Position[]
  private readonly laneOf: (lane: Lane) => EmbeddedLane
  private readonly recordsMax: number

  constructor(positions: readonly Position[], laneOf: (lane: Lane) => EmbeddedLane, recordsMax: number) {
    this.positions = [...positions]
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
      if (lane.segments.length > 0 && (lane.segments[0] as Segment).first > offset)
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
          atEnd: offset === lane.end,
          walk: () => new EmbeddedCursor(segment, skip, take),
        })
      }
      return { ...position, offset }
    })
    return batches.length > 0 ? { kind: 'records', batches } : { kind: 'nothing', atEnd: this.positions }
  }

  seek(to: Position): void {
    this.positions = this.positions.map((one) =>
      one.topic === to.topic && one.partition === to.partition ? to : one,
    )
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
