/**
 * HalfSipHash-1-3 (Aumasson and Bernstein): 32 bits for the places of a hash table. Its keys are what visitors choose, cookies and the
 * like: who does not know the hash's own key cannot make them fall into one place.
 */

/** 32 bits, of `buffer[start, end)`. */
export function halfSip(buffer: Uint8Array, start: number, end: number, key0: number, key1: number): number {
  let v0 = key0
  let v1 = key1
  let v2 = key0 ^ 0x6c796765
  let v3 = key1 ^ 0x74656462
  const size = end - start
  const whole = start + (size & ~3)
  let last = size << 24
  // Behind the last word three more rounds, of nothing.
  for (let at = start; at <= whole + 3 * 4; at += 4) {
    let word = 0
    if (at < whole)
      word =
        (buffer[at] as number) |
        ((buffer[at + 1] as number) << 8) |
        ((buffer[at + 2] as number) << 16) |
        ((buffer[at + 3] as number) << 24)
    else if (at === whole) {
      if (at + 2 < end) last |= (buffer[at + 2] as number) << 16
      if (at + 1 < end) last |= (buffer[at + 1] as number) << 8
      if (at < end) last |= buffer[at] as number
      word = last
    }
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
    if (at === whole) v2 ^= 0xff
  }
  return v1 ^ v3
}
