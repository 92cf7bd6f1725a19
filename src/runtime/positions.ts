/** Where a task stands in each of its input lanes: what its next commit says it has consumed. */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { EARLIEST, type Lane, type Position } from './ports/log.ts'

export class Positions {
  private readonly lanes: readonly Lane[]
  /** By topic, then partition. */
  private readonly offsets = new Map<string, number[]>()
  /** Whether anything was consumed since {@link settle}. */
  moved = false

  constructor(lanes: readonly Lane[]) {
    this.lanes = lanes
    this.reset()
  }

  /** Nothing was ever read. */
  reset(): void {
    this.offsets.clear()
    for (const { topic, partition } of this.lanes) this.row(topic)[partition] = EARLIEST
    this.moved = false
  }

  /** The next offset of the lane; {@link EARLIEST}: it was never read. */
  of({ topic, partition }: Lane): number {
    return this.offsets.get(topic)?.[partition] ?? EARLIEST
  }

  /** Records before `offset` were consumed. */
  advance({ topic, partition }: Lane, offset: number): void {
    const row = this.row(topic)
    if (row[partition] === offset) return
    row[partition] = offset
    this.moved = true
  }

  /** Up to `offset` there are no records, only marks of transactions: worth telling with the next commit, not one of its own. */
  skip({ topic, partition }: Lane, offset: number): void {
    const row = this.row(topic)
    if (offset > (row[partition] as number)) row[partition] = offset
  }

  /** They are committed. */
  settle(): void {
    this.moved = false
  }

  /** Of all lanes, those that were never read included. */
  all(): readonly Position[] {
    return this.lanes.map((lane) => ({ ...lane, offset: this.of(lane) }))
  }

  /** Of the lanes that were read: what a commit carries. */
  known(): readonly Position[] {
    return this.all().filter(({ offset }) => offset !== EARLIEST)
  }

  /** Lanes that are inputs no more are kept: one that comes back (a source taken out and put back) goes on where it was. */
  encode(writer: ByteWriter): void {
    const known: Position[] = []
    for (const [topic, row] of this.offsets)
      row.forEach((offset, partition) => {
        if (offset !== EARLIEST) known.push({ topic, partition, offset })
      })
    writer.uint(known.length)
    for (const { topic, partition, offset } of known) {
      writer.text(topic)
      writer.uint(partition)
      writer.uint(offset)
    }
  }

  /** Reads what {@link encode} wrote. */
  decode(reader: ByteReader): void {
    this.reset()
    for (let left = reader.uint(); left > 0; left--) {
      const topic = reader.text()
      const partition = reader.uint()
      this.row(topic)[partition] = reader.uint()
    }
  }

  private row(topic: string): number[] {
    let row = this.offsets.get(topic)
    if (row === undefined) this.offsets.set(topic, (row = []))
    return row
  }
}
