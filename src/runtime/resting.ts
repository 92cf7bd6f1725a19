/**
 * The bytes of everybody in memory, as the store has them, by the numbers of the index: what a person at rest is.
 *
 * Measured (a million people with one visit of five events, Node 20): 1.7 GB of heap as objects; 0.32 GB outside of it as bytes, index and
 * timers included. Events of 10,000 others cost 24 us instead of 14 beside the objects, 17 instead of 13 beside the bytes (one run each, on
 * a busy machine).
 */
import { ByteReader } from '../model/bytes.ts'
import type { Person } from './person.ts'
import { chunkNumbersOf, decodePerson } from './person-record.ts'
import { Slabs } from '../model/slabs.ts'
import type { ChunkBytes, SeenChunk } from './seen.ts'
import type { SlotTable } from './slot-table.ts'

const FEWEST = 64
const NOWHERE = -1

export class Resting {
  /** People with bytes. */
  size = 0
  private readonly slots: number
  private readonly slabs = new Slabs()
  /** By number: where the person's bytes lie: how many chunks, the place of each, the record. */
  private places = new Int32Array(FEWEST).fill(NOWHERE)
  /** Where {@link some} goes on. */
  private hand = 0
  private readonly reader = new ByteReader(Buffer.alloc(0))
  private readonly chunkReader = new ByteReader(Buffer.alloc(0))

  constructor(slots: number) {
    this.slots = slots
  }

  clear(): void {
    this.size = 0
    this.slabs.clear()
    this.places = new Int32Array(FEWEST).fill(NOWHERE)
    this.hand = 0
  }

  has(number: number): boolean {
    return number < this.places.length && (this.places[number] as number) >= 0
  }

  /** Stands at the record of somebody who is here, until the next call. */
  record(number: number): ByteReader {
    const place = this.places[number] as number
    const page = this.slabs.pageOf(place)
    const start = this.slabs.startOf(place)
    const head = 4 + 4 * page.readUInt32LE(start)
    return this.reader.reset(page, start + head, start + this.slabs.lengthOf(place))
  }

  /** As an object, which owns the places of its chunks from then on; states stay unread. */
  person(id: string, number: number, table: SlotTable): Person {
    const place = this.places[number] as number
    const page = this.slabs.pageOf(place)
    let at = this.slabs.startOf(place)
    const chunkOf = (): ChunkBytes => this.chunkBytes(page.readInt32LE((at += 4)))
    return decodePerson(id, this.record(number), table, this.slots, { chunkOf, later: true })
  }

  /** The record `buffer[start, end)` instead of what was here of the person, whose chunks have their places. */
  keep({ number, seen }: Person, buffer: Buffer, start: number, end: number): void {
    const { chunks } = seen
    let at = this.room(number, chunks.length, end - start)
    const page = this.slabs.pageOf(this.places[number] as number)
    for (const { place } of chunks) page.writeInt32LE(place, (at += 4))
    buffer.copy(page, at + 4, start, end)
  }

  /** From the bytes of the store. */
  load(number: number, id: string, bytes: Buffer, chunks: ReadonlyMap<number, Buffer>): void {
    const numbers = chunkNumbersOf(bytes)
    let at = this.room(number, numbers.length, bytes.length)
    const page = this.slabs.pageOf(this.places[number] as number)
    for (const chunk of numbers) {
      const part = chunks.get(chunk) ?? missingChunk(id, chunk)
      page.writeInt32LE(this.put(part, 0, part.length), (at += 4))
    }
    bytes.copy(page, at + 4)
  }

  keepChunk(chunk: SeenChunk, buffer: Buffer, start: number, end: number): void {
    this.dropChunk(chunk)
    chunk.place = this.put(buffer, start, end)
  }

  dropChunk(chunk: SeenChunk): void {
    if (chunk.place >= 0) this.slabs.giveBack(chunk.place)
    chunk.place = NOWHERE
  }

  /** The record goes; the chunks were dropped one by one. */
  drop(number: number): void {
    if (!this.has(number)) return
    this.slabs.giveBack(this.places[number] as number)
    this.places[number] = NOWHERE
    this.size--
  }

  /** The record goes with its chunks, of which no object has the places. */
  dropWhole(number: number): void {
    const place = this.places[number] as number
    const page = this.slabs.pageOf(place)
    const start = this.slabs.startOf(place)
    const chunks = page.readUInt32LE(start)
    for (let i = 1; i <= chunks; i++) this.slabs.giveBack(page.readInt32LE(start + 4 * i))
    this.drop(number)
  }

  /** Numbers of so many people who are here, or of all: others each time, until everybody's turn has come. */
  some(count: number): readonly number[] {
    const found: number[] = []
    for (let left = this.places.length; left > 0 && found.length < count; left--) {
      this.hand = this.hand + 1 < this.places.length ? this.hand + 1 : 0
      if (this.has(this.hand)) found.push(this.hand)
    }
    return found
  }

  private chunkBytes(place: number): ChunkBytes {
    const start = this.slabs.startOf(place)
    const end = start + this.slabs.lengthOf(place)
    return { reader: this.chunkReader.reset(this.slabs.pageOf(place), start, end), place }
  }

  /** Room for a person's bytes with the count of the chunks in front, at which it answers. */
  private room(number: number, chunks: number, record: number): number {
    if (number >= this.places.length) this.widen(number)
    const before = this.places[number] as number
    if (before < 0) this.size++
    const place = this.slabs.takeInstead(before, 4 + 4 * chunks + record)
    this.places[number] = place
    const start = this.slabs.startOf(place)
    this.slabs.pageOf(place).writeUInt32LE(chunks, start)
    return start
  }

  private put(buffer: Buffer, start: number, end: number): number {
    const place = this.slabs.take(end - start)
    buffer.copy(this.slabs.pageOf(place), this.slabs.startOf(place), start, end)
    return place
  }

  private widen(number: number): void {
    const { places } = this
    this.places = new Int32Array(Math.max(2 * places.length, number + 1)).fill(NOWHERE)
    this.places.set(places)
  }
}

function missingChunk(id: string, number: number): never {
  throw new Error(`the state of ${id} names part ${number}, which the store does not have`)
}
