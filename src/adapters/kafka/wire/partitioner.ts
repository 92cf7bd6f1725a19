/** The partition of a record by its key, as Kafka's own producers choose it, so that others who know the key find it there. */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Murmur2 of `buffer[start, end)`, as a signed 32-bit integer. */
export function murmur2(buffer: Buffer, start: number, end: number): number {
  let hash = SEED ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    let k = Math.imul(buffer.readInt32LE(at), M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = end - at
  if (rest === 3) hash ^= (buffer[at + 2] as number) << 16
  if (rest >= 2) hash ^= (buffer[at + 1] as number) << 8
  if (rest >= 1) hash = Math.imul(hash ^ (buffer[at] as number), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

export const partitionOfKey = (buffer: Buffer, start: number, end: number, partitions: number): number =>
  (murmur2(buffer, start, end) & 0x7fffffff) % partitions
