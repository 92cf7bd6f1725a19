/**
 * Bytes by number, in large chunks: what would be millions of small buffers costs its bytes, eight more and the rounding up to eight, and
 * nothing for the garbage collector to walk. Whoever replaces bytes leaves a gap; a chunk that is more gap than bytes is emptied into
 * the newest one, so that at most about half of all memory is gaps.
 */
import { invariant } from '../../model/errors.ts'

const CHUNK_BYTES = 1 << 20
/** In front of the bytes: whose they are, and how many. */
const HEAD_BYTES = 8
/** Everything begins at a multiple of it, so that a number of 32 bits says where, up to 32 GiB. */
const GRAIN = 8
const GRAINS_PER_CHUNK = CHUNK_BYTES / GRAIN

interface Chunk {
  readonly buffer: Buffer
  used: number
  live: number
}

export class Slab {
  /** Of the bytes that {@link seek} went to. */
  buffer: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  private readonly chunks: (Chunk | undefined)[] = []
  /** Places in `chunks` that are free. */
  private readonly free: number[] = []
  /** Where the bytes of each number are, in grains, and one more; 0: there are none. */
  private places = new Uint32Array(1024)
  private newest = -1

  /** Of all chunks, gaps included. */
  get memoryBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + (chunk?.buffer.length ?? 0), 0)
  }

  has(number: number): boolean {
    return number < this.places.length && this.places[number] !== 0
  }

  /** Points `buffer`, `start` and `end` at the bytes of a number that has some; they stay there until the next `set`. */
  seek(number: number): void {
    const grain = (this.places[number] as number) - 1
    invariant(grain >= 0, 'bytes that are there')
    const { buffer } = this.chunks[Math.floor(grain / GRAINS_PER_CHUNK)] as Chunk
    const at = (grain % GRAINS_PER_CHUNK) * GRAIN
    this.buffer = buffer
    this.start = at + HEAD_BYTES
    this.end = this.start + buffer.readUInt32LE(at + 4)
  }

  /** Copies `source[start, end)` in place of what the number had. */
  set(number: number, source: Buffer, start: number, end: number): void {
    const before = number < this.places.length ? (this.places[number] as number) : 0
    this.put(number, source, start, end)
    if (before !== 0) this.drop(before - 1)
  }

  private put(number: number, source: Buffer, start: number, end: number): void {
    const size = sizeOf(end - start)
    let chunk = this.chunks[this.newest]
    if (chunk === undefined || chunk.used + size > chunk.buffer.length) chunk = this.begin(size)
    const at = chunk.used
    chunk.used += size
    chunk.live += size
    chunk.buffer.writeUInt32LE(number, at)
    chunk.buffer.writeUInt32LE(end - start, at + 4)
    source.copy(chunk.buffer, at + HEAD_BYTES, start, end)
    if (number >= this.places.length) {
      const larger = new Uint32Array(Math.max(number + 1, 2 * this.places.length))
      larger.set(this.places)
      this.places = larger
    }
    this.places[number] = this.newest * GRAINS_PER_CHUNK + at / GRAIN + 1
  }

  /** Something larger than a chunk gets one of its own size: nothing else begins in it. */
  private begin(size: number): Chunk {
    const chunk = { buffer: Buffer.allocUnsafeSlow(Math.max(size, CHUNK_BYTES)), used: 0, live: 0 }
    this.newest = this.free.pop() ?? this.chunks.length
    this.chunks[this.newest] = chunk
    return chunk
  }

  private drop(grain: number): void {
    const index = Math.floor(grain / GRAINS_PER_CHUNK)
    const chunk = this.chunks[index] as Chunk
    const at = (grain % GRAINS_PER_CHUNK) * GRAIN
    chunk.live -= sizeOf(chunk.buffer.readUInt32LE(at + 4))
    if (index !== this.newest && chunk.live * 2 < chunk.used) this.empty(index, chunk)
  }

  /** Moves what is alive in a chunk, and lets the chunk go. */
  private empty(index: number, { buffer, used }: Chunk): void {
    const first = index * GRAINS_PER_CHUNK + 1
    for (let at = 0; at < used; ) {
      const number = buffer.readUInt32LE(at)
      const end = at + HEAD_BYTES + buffer.readUInt32LE(at + 4)
      if (this.places[number] === first + at / GRAIN) this.put(number, buffer, at + HEAD_BYTES, end)
      at += sizeOf(end - at - HEAD_BYTES)
    }
    this.chunks[index] = undefined
    this.free.push(index)
  }
}

const sizeOf = (bytes: number): number => (HEAD_BYTES + bytes + GRAIN - 1) & -GRAIN
