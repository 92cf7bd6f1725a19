/**
 * Hashes: ids are derived with them, never drawn.
 *
 * - `deriveId`: SipHash-2-4 with 128 bits of output, keyed, so that a person id tells nothing about an e-mail address to
 *   anyone without the key. In 32-bit halves, since floor 0 has neither BigInt speed nor `node:crypto`.
 * - `eventKey`: 53 bits, unkeyed and fast, for the dedupe of one person's newest events.
 */

/** A 128-bit key as four 32-bit words, little end first. */
export type IdKey = readonly [number, number, number, number]

const encoder = new TextEncoder()

/** A key from any text: the text hashed with a fixed key, so that every character counts. */
export function idKeyOf(text: string): IdKey {
  const words = sipHash128(encoder.encode(text), [0x73686f70, 0x6b656570, 0x65722069, 0x64206b79])
  return [words[0] as number, words[1] as number, words[2] as number, words[3] as number]
}

/** v0..v3 of SipHash as low and high halves. One scratch array: hashing is synchronous and never nested. */
const V = new Int32Array(8)

/** V[a] += V[b], 64 bits wide; indexes name the low half. */
function add(a: number, b: number): void {
  const low = ((V[a] as number) >>> 0) + ((V[b] as number) >>> 0)
  V[a] = low
  V[a + 1] = (V[a + 1] as number) + (V[b + 1] as number) + (low > 0xffffffff ? 1 : 0)
}

/** V[a] = rotl(V[a], bits) ^ V[b], for bits below 32. */
function rotateXor(a: number, bits: number, b: number): void {
  const low = V[a] as number
  const high = V[a + 1] as number
  V[a] = ((low << bits) | (high >>> (32 - bits))) ^ (V[b] as number)
  V[a + 1] = ((high << bits) | (low >>> (32 - bits))) ^ (V[b + 1] as number)
}

/** V[a] = rotl(V[a], 32). */
function swap(a: number): void {
  const low = V[a] as number
  V[a] = V[a + 1] as number
  V[a + 1] = low
}

function rounds(count: number): void {
  for (let i = 0; i < count; i++) {
    add(0, 2)
    rotateXor(2, 13, 0)
    swap(0)
    add(4, 6)
    rotateXor(6, 16, 4)
    add(0, 6)
    rotateXor(6, 21, 0)
    add(4, 2)
    rotateXor(2, 17, 4)
    swap(4)
  }
}

const OUT = new Int32Array(4)

function sipHash128(bytes: Uint8Array, key: IdKey): Int32Array {
  V[0] = key[0] ^ 0x70736575
  V[1] = key[1] ^ 0x736f6d65
  V[2] = key[2] ^ 0x6e646f6d ^ 0xee
  V[3] = key[3] ^ 0x646f7261
  V[4] = key[0] ^ 0x6e657261
  V[5] = key[1] ^ 0x6c796765
  V[6] = key[2] ^ 0x79746573
  V[7] = key[3] ^ 0x74656462
  const length = bytes.length
  const end = length - (length % 8)
  for (let i = 0; i < end; i += 8) compress(word(bytes, i, 4), word(bytes, i + 4, 4))
  const left = length - end
  compress(word(bytes, end, Math.min(4, left)), word(bytes, end + 4, Math.max(0, left - 4)) | (length << 24))
  V[4] = (V[4] as number) ^ 0xee
  rounds(4)
  OUT[0] = (V[0] as number) ^ (V[2] as number) ^ (V[4] as number) ^ (V[6] as number)
  OUT[1] = (V[1] as number) ^ (V[3] as number) ^ (V[5] as number) ^ (V[7] as number)
  V[2] = (V[2] as number) ^ 0xdd
  rounds(4)
  OUT[2] = (V[0] as number) ^ (V[2] as number) ^ (V[4] as number) ^ (V[6] as number)
  OUT[3] = (V[1] as number) ^ (V[3] as number) ^ (V[5] as number) ^ (V[7] as number)
  return OUT
}

function compress(low: number, high: number): void {
  V[6] = (V[6] as number) ^ low
  V[7] = (V[7] as number) ^ high
  rounds(2)
  V[0] = (V[0] as number) ^ low
  V[1] = (V[1] as number) ^ high
}

function word(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) value |= (bytes[at + i] as number) << (8 * i)
  return value
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(words: Int32Array): string {
  let text = ''
  for (let i = 0; i < 4; i++) {
    const w = words[i] as number
    text += HEX[w & 255]! + HEX[(w >>> 8) & 255]! + HEX[(w >>> 16) & 255]! + HEX[w >>> 24]!
  }
  return text
}

/** Reused for short inputs: an id is derived from well under 512 bytes nearly always. */
const scratch = new Uint8Array(1536)

/** 128 bits of `parts`, keyed, as 32 hex digits. Parts are told apart: `('ab', 'c')` and `('a', 'bc')` differ. */
export function deriveId(key: IdKey, ...parts: readonly (string | number)[]): string {
  let text = ''
  for (const part of parts) {
    const piece = String(part)
    text += `${piece.length}:${piece}`
  }
  if (text.length * 3 > scratch.length) return hex(sipHash128(encoder.encode(text), key))
  const { written } = encoder.encodeInto(text, scratch)
  return hex(sipHash128(scratch.subarray(0, written), key))
}

/** An integer in [0, 2^32) of `parts`: a coin toss that falls the same way on every run. */
export function hash32(key: IdKey, ...parts: readonly (string | number)[]): number {
  return Number.parseInt(deriveId(key, ...parts).slice(0, 8), 16)
}

/**
 * The dedupe key of an event: 53 bits of `source` and `id`. Two 32-bit multiplicative lanes over UTF-16 units with a final mix.
 * Among a person's 200 remembered events a false repeat has a chance of 2e-14.
 */
export function eventKey(source: string, id: string): number {
  let a = 0xdeadbeef ^ source.length
  let b = 0x41c6ce57
  for (let i = 0; i < source.length; i++) {
    const c = source.charCodeAt(i)
    a = Math.imul(a ^ c, 2654435761)
    b = Math.imul(b ^ c, 1597334677)
  }
  for (let i = 0; i < id.length; i++) {
    const c = id.charCodeAt(i)
    a = Math.imul(a ^ c, 2654435761)
    b = Math.imul(b ^ c, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4294967296 * (2097151 & b) + (a >>> 0)
}
