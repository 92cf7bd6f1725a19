/** Contexts are alike from event to event (channel, campaign, zone): comparing bytes costs a tenth of decoding them. */
import { ByteReader } from '../model/bytes.ts'
import type { Json } from '../model/event.ts'

const CONTEXTS_KEPT = 256
/** Larger ones are seldom the same, and an upstream that sends megabytes would fill the memory with them. */
const BYTES_MAX = 4096

const kept: ({ readonly bytes: Buffer; readonly value: Json } | undefined)[] = Array.from({
  length: CONTEXTS_KEPT,
})

/** The context that `bytes[start, end)` say, which is frozen: others have it too. */
export function readContext(bytes: Buffer, start: number, end: number): Json {
  const size = end - start
  const place =
    (size * 31 + (bytes[end - 2] as number) * 7 + (bytes[(start + end) >> 1] as number)) % CONTEXTS_KEPT
  const same = kept[place]
  if (same !== undefined && same.bytes.compare(bytes, start, end) === 0) return same.value
  const value = Object.freeze(new ByteReader(bytes, start, end).value() as Json)
  if (size <= BYTES_MAX) kept[place] = { bytes: Buffer.from(bytes.subarray(start, end)), value }
  return value
}
