/**
 * What a transaction will append: the records of one commit, as bytes in one buffer with columns of positions beside it.
 *
 * 1. No object per record: a record is an index into the columns.
 * 2. An adapter takes the whole (`take`) and leaves the builder empty, so nothing is copied on the embedded log.
 */
import { ByteWriter } from '../model/bytes.ts'
import type { EpochMs } from '../model/time.ts'

/** The records of one commit, handed over to a log. */
export interface AppendedRecords {
  readonly buffer: Buffer
  readonly count: number
  readonly topics: readonly string[]
  readonly topic: readonly number[]
  readonly partition: readonly number[]
  /** Undefined: the adapter's own time of the commit, by which a topic's retention counts. */
  readonly timestamp: readonly (EpochMs | undefined)[]
  readonly keyStart: readonly number[]
  /** -1: no key. */
  readonly keyEnd: readonly number[]
  readonly valueStart: readonly number[]
  /** -1: a tombstone. */
  readonly valueEnd: readonly number[]
  /** The record's own id, for the header `id`; undefined on internal topics. */
  readonly id: readonly (string | undefined)[]
}

export class Appends {
  /** Write the value of the record begun last through this. */
  readonly writer = new ByteWriter(1 << 16)
  private topics: string[] = []
  private topicIndex = new Map<string, number>()
  private topic: number[] = []
  private partition: number[] = []
  private timestamp: (EpochMs | undefined)[] = []
  private keyStart: number[] = []
  private keyEnd: number[] = []
  private valueStart: number[] = []
  private valueEnd: number[] = []
  private id: (string | undefined)[] = []

  get count(): number {
    return this.topic.length
  }

  get bytes(): number {
    return this.writer.length
  }

  /** Begins a record; its value is what is written until {@link end}. */
  begin(
    topic: string,
    partition: number,
    timestamp: EpochMs | undefined,
    key: string | null,
    id?: string,
  ): void {
    let index = this.topicIndex.get(topic)
    if (index === undefined) {
      index = this.topics.push(topic) - 1
      this.topicIndex.set(topic, index)
    }
    const writer = this.writer
    this.topic.push(index)
    this.partition.push(partition)
    this.timestamp.push(timestamp)
    this.id.push(id)
    this.keyStart.push(writer.length)
    if (key === null) this.keyEnd.push(-1)
    else {
      writer.characters(key)
      this.keyEnd.push(writer.length)
    }
    this.valueStart.push(writer.length)
  }

  end(): void {
    this.valueEnd.push(this.writer.length)
  }

  /** A record whose value is these bytes; null: a tombstone. */
  record(
    topic: string,
    partition: number,
    timestamp: EpochMs | undefined,
    key: string | null,
    value: Uint8Array | null,
    id?: string,
  ): void {
    this.begin(topic, partition, timestamp, key, id)
    if (value === null) this.valueEnd.push(-1)
    else {
      this.writer.raw(value)
      this.end()
    }
  }

  /** Hands the records over and begins anew with a buffer of its own. */
  take(): AppendedRecords {
    const { writer, topics, topic, partition, timestamp, keyStart, keyEnd, valueStart, valueEnd, id } = this
    const buffer = Buffer.from(writer.view())
    this.clear()
    return {
      buffer,
      count: topic.length,
      topics,
      topic,
      partition,
      timestamp,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
      id,
    }
  }

  /** Forgets everything: the transaction will not be. */
  clear(): void {
    this.writer.reset()
    this.topics = []
    this.topicIndex = new Map()
    this.topic = []
    this.partition = []
    this.timestamp = []
    this.keyStart = []
    this.keyEnd = []
    this.valueStart = []
    this.valueEnd = []
    this.id = []
  }
}
