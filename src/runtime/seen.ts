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

/** Sixteen keys that do not change any more. */
export interface SeenChunk {
  readonly number: number
  readonly keys: readonly number[]
  readonly times: readonly EpochMs[]
  readonly oldest: EpochMs
  readonly newest: EpochMs
  /** Where its bytes lie in memory (`slabs.ts`), kept by whom they are kept; -1: nowhere. */
  place: number
}

/** Changed in place by its owner, the task; operators never see it. */
export interface Seen {
  newest: EpochMs
  recentKeys: number[]
  recentTimes: EpochMs[]
  /** In the order of their numbers. */
  chunks: SeenChunk[]
  nextChunk: number
}

export const newSeen = (): Seen => ({
  newest: BEGINNING,
  recentKeys: [],
  recentTimes: [],
  chunks: [],
  nextChunk: 0,
})

export function hasSeen(seen: Seen, key: number): boolean {
  if (seen.recentKeys.includes(key)) return true
  for (let i = seen.chunks.length - 1; i >= 0; i--)
    if ((seen.chunks[i] as SeenChunk).keys.includes(key)) return true
  return false
}

/** Every key that is remembered. */
export function eachKey(seen: Seen, call: (key: number) => void): void {
  for (const { keys } of seen.chunks) for (const key of keys) call(key)
  for (const key of seen.recentKeys) call(key)
}

/** What became of the parts: one chunk to write, some to delete. */
export interface SeenChange {
  readonly written: SeenChunk | undefined
  readonly deleted: readonly SeenChunk[]
}

/** Remembers an event; answers when state parts changed by it. */
export function remember(seen: Seen, key: number, time: EpochMs, rule: SeenRule): SeenChange | undefined {
  seen.recentKeys.push(key)
  seen.recentTimes.push(time)
  if (time > seen.newest) seen.newest = time
  return seen.recentKeys.length < CHUNK_EVENTS ? undefined : closeChunk(seen, rule)
}

function closeChunk(seen: Seen, rule: SeenRule): SeenChange {
  const chunk = chunkOf(seen.nextChunk++, seen.recentKeys, seen.recentTimes)
  seen.recentKeys = []
  seen.recentTimes = []
  const deleted: SeenChunk[] = []
  const kept: SeenChunk[] = []
  const chunks = [...seen.chunks, chunk]
  for (const old of chunks) {
    const stays = old === chunk || !isForgotten(old, chunks, seen.newest, rule)
    if (stays) kept.push(old)
    else deleted.push(old)
  }
  // Times that a source scatters on purpose could keep every chunk alive: what a person's state holds has an end all the same.
  const most = 2 * Math.ceil(rule.events / CHUNK_EVENTS) + 2
  while (kept.length > most) {
    const oldest = kept.reduce((least, one) => (one.newest < least.newest ? one : least))
    kept.splice(kept.indexOf(oldest), 1)
    deleted.push(oldest)
  }
  seen.chunks = kept
  return { written: chunk, deleted }
}

function chunkOf(number: number, keys: readonly number[], times: readonly EpochMs[]): SeenChunk {
  let oldest = times[0] as EpochMs
  let newest = oldest
  for (const time of times) {
    if (time < oldest) oldest = time
    if (time > newest) newest = time
  }
  return { number, keys, times, oldest, newest, place: -1 }
}

function isForgotten(
  old: SeenChunk,
  chunks: readonly SeenChunk[],
  newest: EpochMs,
  { withinMs, events }: SeenRule,
): boolean {
  if (old.newest < newest - withinMs) return true
  // No others hold as many: nothing to count for all but the busiest people.
  return (chunks.length - 1) * CHUNK_EVENTS >= events && after(chunks, old) >= events
}

/** Remembered events that come after everything in the chunk: by time, and at the same time by when they came. */
function after(chunks: readonly SeenChunk[], { newest, number }: SeenChunk): number {
  let count = 0
  for (const other of chunks) {
    if (other.newest < newest) continue
    if (other.oldest > newest) count += other.times.length
    else
      for (const time of other.times) if (time > newest || (time === newest && other.number > number)) count++
  }
  return count
}

/** The keys of both people, the newest first to stay; whichever order people merge in, the same events stay known. */
export function mergeSeen(kept: Seen, absorbed: Seen, rule: SeenRule): Seen {
  const times = new Map<number, EpochMs>()
  for (const seen of [kept, absorbed]) {
    for (const chunk of seen.chunks)
      chunk.keys.forEach((key, i) =>
        times.set(key, Math.max(chunk.times[i] as EpochMs, times.get(key) ?? BEGINNING)),
      )
    seen.recentKeys.forEach((key, i) =>
      times.set(key, Math.max(seen.recentTimes[i] as EpochMs, times.get(key) ?? BEGINNING)),
    )
  }
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
  writer.int(seen.newest)
  writer.uint(seen.nextChunk)
  encodeKeys(writer, seen.recentKeys, seen.recentTimes, seen.newest)
  writer.uint(seen.chunks.length)
  for (const chunk of seen.chunks) {
    writer.uint(chunk.number)
    if (inline) encodeChunk(chunk, writer)
  }
}

/** Reads what {@link encodeSeen} wrote; `chunkOf` supplies the parts that are not inline. */
export function decodeSeen(reader: ByteReader, chunkOf: ((number: number) => SeenChunk) | undefined): Seen {
  const newest = reader.int()
  const nextChunk = reader.uint()
  const { keys, times } = decodeKeys(reader, newest)
  const chunks: SeenChunk[] = []
  for (let left = reader.uint(); left > 0; left--) {
    const number = reader.uint()
    chunks.push(chunkOf === undefined ? decodeChunk(reader, number) : chunkOf(number))
  }
  return { newest, recentKeys: keys, recentTimes: times, chunks, nextChunk }
}

/** The numbers of the chunks, read from the same bytes without the chunks themselves. */
export function chunkNumbers(reader: ByteReader): readonly number[] {
  reader.int()
  reader.uint()
  decodeKeys(reader, 0)
  const numbers: number[] = []
  for (let left = reader.uint(); left > 0; left--) numbers.push(reader.uint())
  return numbers
}

export function encodeChunk(chunk: SeenChunk, writer: ByteWriter): void {
  writer.int(chunk.newest)
  encodeKeys(writer, chunk.keys, chunk.times, chunk.newest)
}

export function decodeChunk(reader: ByteReader, number: number): SeenChunk {
  const { keys, times } = decodeKeys(reader, reader.int())
  return chunkOf(number, keys, times)
}

function encodeKeys(
  writer: ByteWriter,
  keys: readonly number[],
  times: readonly EpochMs[],
  base: EpochMs,
): void {
  writer.uint(keys.length)
  for (let i = 0; i < keys.length; i++) {
    writer.hash(keys[i] as number)
    writer.int(base - (times[i] as EpochMs))
  }
}

function decodeKeys(reader: ByteReader, base: EpochMs): { keys: number[]; times: EpochMs[] } {
  const keys: number[] = []
  const times: EpochMs[] = []
  for (let left = reader.uint(); left > 0; left--) {
    keys.push(reader.hash())
    times.push(base - reader.int())
  }
  return { keys, times }
}
