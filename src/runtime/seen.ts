/**
 * Which events a person has had: so that a repeat has no effect.
 *
 * 1. A repeat of one of the person's newest `events` events, at most `withinMs` older than the newest, is always found (T9).
 * 2. What changes with every event stays small: the newest keys lie in `recent`, and each time sixteen have come they become a
 *    chunk, a state part of its own that is written once. Rewriting all keys with each event would cost more than everything else.
 * 3. What is forgotten follows from the events alone, never from batches or marks.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'

export const CHUNK_EVENTS = 16

export interface SeenRule {
  readonly withinMs: number
  readonly events: number
}

/** Sixteen keys that do not change any more: where they lie follows from the chunk's place among the others. */
export interface SeenChunk {
  readonly number: number
  readonly oldest: EpochMs
  readonly newest: EpochMs
  /** Where its bytes lie in memory (`slabs.ts`), kept by whom they are kept; -1: nowhere. */
  place: number
}

/**
 * Changed in place by its owner, the task; operators never see it. Two arrays of numbers for all chunks: two for each chunk made most of the
 * objects that lived, and to look a key through touched each of them.
 */
export interface Seen {
  newest: EpochMs
  /** Sixteen for each chunk, in the order of `chunks`; behind them the recent ones. */
  keys: number[]
  times: EpochMs[]
  /** In the order of their numbers. */
  chunks: SeenChunk[]
  nextChunk: number
}

export const newSeen = (): Seen => ({
  newest: BEGINNING,
  keys: [],
  times: [],
  chunks: [],
  nextChunk: 0,
})

export const hasSeen = (seen: Seen, key: number): boolean => seen.keys.includes(key)

/** What became of the parts: one chunk to write, some to delete. */
export interface SeenChange {
  readonly written: SeenChunk | undefined
  readonly deleted: readonly SeenChunk[]
}

/** Remembers an event; answers when state parts changed by it. */
export function remember(seen: Seen, key: number, time: EpochMs, rule: SeenRule): SeenChange | undefined {
  seen.keys.push(key)
  seen.times.push(time)
  if (time > seen.newest) seen.newest = time
  return seen.keys.length - CHUNK_EVENTS * seen.chunks.length < CHUNK_EVENTS
    ? undefined
    : closeChunk(seen, rule)
}

const NONE: readonly SeenChunk[] = []

function closeChunk(seen: Seen, rule: SeenRule): SeenChange {
  const { chunks } = seen
  const chunk = chunkAt(seen.times, chunks.length, seen.nextChunk++, -1)
  chunks.push(chunk)
  // Times that a source scatters on purpose could keep every chunk alive: what a person's state holds has an end all the same.
  const most = 2 * Math.ceil(rule.events / CHUNK_EVENTS) + 2
  const forgotten = chunks.filter((old) => old !== chunk && isForgotten(old, seen, rule))
  if (forgotten.length === 0 && chunks.length <= most) return { written: chunk, deleted: NONE }
  const deleted = [...forgotten]
  for (const old of forgotten) drop(seen, old)
  while (chunks.length > most) {
    const oldest = chunks.reduce((least, one) => (one.newest < least.newest ? one : least))
    drop(seen, oldest)
    deleted.push(oldest)
  }
  return { written: chunk, deleted }
}

/** The chunk whose times are the sixteen at `index`. */
function chunkAt(times: readonly EpochMs[], index: number, number: number, place: number): SeenChunk {
  let oldest = times[CHUNK_EVENTS * index] as EpochMs
  let newest = oldest
  for (let i = CHUNK_EVENTS * index; i < CHUNK_EVENTS * (index + 1); i++) {
    const time = times[i] as EpochMs
    if (time < oldest) oldest = time
    if (time > newest) newest = time
  }
  return { number, oldest, newest, place }
}

function drop({ chunks, keys, times }: Seen, chunk: SeenChunk): void {
  const index = chunks.indexOf(chunk)
  chunks.splice(index, 1)
  keys.splice(CHUNK_EVENTS * index, CHUNK_EVENTS)
  times.splice(CHUNK_EVENTS * index, CHUNK_EVENTS)
}

function isForgotten(old: SeenChunk, seen: Seen, { withinMs, events }: SeenRule): boolean {
  if (old.newest < seen.newest - withinMs) return true
  // No others hold as many: nothing to count for all but the busiest people.
  return (seen.chunks.length - 1) * CHUNK_EVENTS >= events && after(seen, old) >= events
}

/** Remembered events that come after everything in the chunk: by time, and at the same time by when they came. */
function after({ chunks, times }: Seen, { newest, number }: SeenChunk): number {
  let count = 0
  for (let index = 0; index < chunks.length; index++) {
    const other = chunks[index] as SeenChunk
    if (other.newest < newest) continue
    if (other.oldest > newest) {
      count += CHUNK_EVENTS
      continue
    }
    for (let i = CHUNK_EVENTS * index; i < CHUNK_EVENTS * (index + 1); i++) {
      const time = times[i] as EpochMs
      if (time > newest || (time === newest && other.number > number)) count++
    }
  }
  return count
}

/** The keys of both people, the newest first to stay; whichever order people merge in, the same events stay known. */
export function mergeSeen(kept: Seen, absorbed: Seen, rule: SeenRule): Seen {
  const times = new Map<number, EpochMs>()
  for (const seen of [kept, absorbed])
    seen.keys.forEach((key, i) =>
      times.set(key, Math.max(seen.times[i] as EpochMs, times.get(key) ?? BEGINNING)),
    )
  const all = [...times].sort((a, b) => a[1] - b[1] || a[0] - b[0])
  const merged: Seen = {
    ...newSeen(),
    newest: Math.max(kept.newest, absorbed.newest),
    nextChunk: Math.max(kept.nextChunk, absorbed.nextChunk),
  }
  for (const [key, time] of all) remember(merged, key, time, rule)
  return merged
}

/** The part that changes with every event; `inline` writes the chunks too, for a handoff. */
export function encodeSeen(seen: Seen, writer: ByteWriter, inline: boolean): void {
  const { chunks } = seen
  writer.int(seen.newest)
  writer.uint(seen.nextChunk)
  encodeKeys(seen, CHUNK_EVENTS * chunks.length, seen.keys.length, seen.newest, writer)
  writer.uint(chunks.length)
  for (const chunk of chunks) {
    writer.uint(chunk.number)
    if (inline) encodeChunk(seen, chunk, writer)
  }
}

/** Where the bytes of a chunk begin, and where in memory they are kept: see {@link SeenChunk.place}. */
export interface ChunkBytes {
  readonly reader: ByteReader
  readonly place: number
}

/** Reads what {@link encodeSeen} wrote; `chunkOf` supplies the parts that are not inline. */
export function decodeSeen(reader: ByteReader, chunkOf: ((number: number) => ChunkBytes) | undefined): Seen {
  const newest = reader.int()
  const nextChunk = reader.uint()
  const seen: Seen = { newest, keys: [], times: [], chunks: [], nextChunk }
  const recent: Pick<Seen, 'keys' | 'times'> = { keys: [], times: [] }
  decodeKeys(reader, newest, recent)
  for (let left = reader.uint(); left > 0; left--) {
    const number = reader.uint()
    const { reader: bytes, place } = chunkOf?.(number) ?? { reader, place: -1 }
    decodeKeys(bytes, bytes.int(), seen)
    seen.chunks.push(chunkAt(seen.times, seen.chunks.length, number, place))
  }
  for (const key of recent.keys) seen.keys.push(key)
  for (const time of recent.times) seen.times.push(time)
  return seen
}

/** The numbers of the chunks, read from the same bytes without the chunks themselves. */
export function chunkNumbers(reader: ByteReader): readonly number[] {
  reader.int()
  reader.uint()
  decodeKeys(reader, 0, { keys: [], times: [] })
  const numbers: number[] = []
  for (let left = reader.uint(); left > 0; left--) numbers.push(reader.uint())
  return numbers
}

/** The part of a chunk of this person. */
export function encodeChunk(seen: Seen, chunk: SeenChunk, writer: ByteWriter): void {
  const first = CHUNK_EVENTS * seen.chunks.indexOf(chunk)
  writer.int(chunk.newest)
  encodeKeys(seen, first, first + CHUNK_EVENTS, chunk.newest, writer)
}

function encodeKeys(
  { keys, times }: Seen,
  first: number,
  end: number,
  base: EpochMs,
  writer: ByteWriter,
): void {
  writer.uint(end - first)
  for (let i = first; i < end; i++) {
    writer.hash(keys[i] as number)
    writer.int(base - (times[i] as EpochMs))
  }
}

function decodeKeys(reader: ByteReader, base: EpochMs, { keys, times }: Pick<Seen, 'keys' | 'times'>): void {
  for (let left = reader.uint(); left > 0; left--) {
    keys.push(reader.hash())
    times.push(base - reader.int())
  }
}
