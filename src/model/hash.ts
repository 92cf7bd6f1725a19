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

const OUT = new Int32Array(4)

/**
 * SipHash-2-4 with 128 bits of output (Aumasson, Bernstein). v0 to v3 are `a` to `d`, low and high half: in local variables
 * and one loop over all rounds, since 64-bit steps through an array cost four times as much (measured, Node 20).
 */
function sipHash128(bytes: Uint8Array, key: IdKey): Int32Array {
  let a = key[0] ^ 0x70736575
  let A = key[1] ^ 0x736f6d65
  let b = key[2] ^ 0x6e646f6d ^ 0xee
  let B = key[3] ^ 0x646f7261
  let c = key[0] ^ 0x6e657261
  let C = key[1] ^ 0x6c796765
  let d = key[2] ^ 0x79746573
  let D = key[3] ^ 0x74656462
  const length = bytes.length
  const words = length >>> 3
  // Two rounds a word, the last word with the length in it; then four for each half of the output.
  const compressions = 2 * (words + 1)
  let low = 0
  let high = 0
  let t = 0
  for (let round = 0; round < compressions + 8; round++) {
    if (round < compressions) {
      if ((round & 1) === 0) {
        const at = round << 2
        const left = length - at
        low = left >= 4 ? four(bytes, at) : word(bytes, at, left)
        high = left >= 8 ? four(bytes, at + 4) : word(bytes, at + 4, left - 4) | (length << 24)
        d ^= low
        D ^= high
      }
    } else if (round === compressions) c ^= 0xee
    else if (round === compressions + 4) {
      OUT[0] = a ^ b ^ c ^ d
      OUT[1] = A ^ B ^ C ^ D
      b ^= 0xdd
    }
    t = (a >>> 0) + (b >>> 0)
    A = (A + B + (t > 4294967295 ? 1 : 0)) | 0
    a = t | 0
    t = ((b << 13) | (B >>> 19)) ^ a
    B = ((B << 13) | (b >>> 19)) ^ A
    b = t
    t = a
    a = A
    A = t
    t = (c >>> 0) + (d >>> 0)
    C = (C + D + (t > 4294967295 ? 1 : 0)) | 0
    c = t | 0
    t = ((d << 16) | (D >>> 16)) ^ c
    D = ((D << 16) | (d >>> 16)) ^ C
    d = t
    t = (a >>> 0) + (d >>> 0)
    A = (A + D + (t > 4294967295 ? 1 : 0)) | 0
    a = t | 0
    t = ((d << 21) | (D >>> 11)) ^ a
    D = ((D << 21) | (d >>> 11)) ^ A
    d = t
    t = (c >>> 0) + (b >>> 0)
    C = (C + B + (t > 4294967295 ? 1 : 0)) | 0
    c = t | 0
    t = ((b << 17) | (B >>> 15)) ^ c
    B = ((B << 17) | (b >>> 15)) ^ C
    b = t
    t = c
    c = C
    C = t
    if (round < compressions && (round & 1) === 1) {
      a ^= low
      A ^= high
    }
  }
  OUT[2] = a ^ b ^ c ^ d
  OUT[3] = A ^ B ^ C ^ D
  return OUT
}

function four(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

/** The 0 to 3 bytes that are left. */
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

/** 128 bits of `bytes`, keyed, as 32 hex digits: SipHash-2-4-128 itself. */
export function keyedHash(key: IdKey, bytes: Uint8Array): string {
  return hex(sipHash128(bytes, key))
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
