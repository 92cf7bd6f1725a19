/**
 * Hashes: ids are derived with them, never drawn.
 *
 * - `deriveId`: SipHash-2-4 with 128 bits of output, keyed, so that a person id tells nothing about an e-mail address to
 *   anyone without the key. In 32-bit halves, since floor 0 has neither BigInt speed nor `node:crypto`.
 * - `eventKey`: 53 bits, unkeyed and fast, for the dedupe of one person's newest events.
 */

import { asciiText, utf8Write } from './bytes.ts'

/** A 128-bit key as four 32-bit words, little end first. */
export type IdKey = readonly [number, number, number, number]

const encoder = new TextEncoder()

/** An id is derived from well under 512 bytes nearly always. */
const SCRATCH_BYTES = 1536
const scratch = Buffer.alloc(SCRATCH_BYTES)
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, SCRATCH_BYTES)
/** The length of a part in digits and its colon, a number, and the padding at the end. */
const FRAME_BYTES = 40
const COLON = 58
const UTF8_BYTES_MAX = 3
/** Up to here a loop over the characters costs less than the call into native code: 13 to 40 ns (measured, Node 20 and 24). */
const SHORT_TEXT = 16

/** A key from any text: the text hashed with a fixed key, so that every character counts. */
export function idKeyOf(text: string): IdKey {
  const words = hashBytes([0x73686f70, 0x6b656570, 0x65722069, 0x64206b79], encoder.encode(text))
  return [words[0] as number, words[1] as number, words[2] as number, words[3] as number]
}

const OUT = new Int32Array(4)

/**
 * SipHash-2-4 with 128 bits of output (Aumasson, Bernstein) of the first `length` bytes of `view`, which has room for at least
 * eight more. v0 to v3 are `a` to `d`, low and high half, in local variables: 64-bit steps through an array cost four times as
 * much. The carry of a sum comes from the bits of its parts and of itself: 0.19 us for 94 bytes, against 0.43 with an unsigned
 * comparison and 0.50 with a sum beyond 32 bits (measured, Node 20 and 24).
 */
function sipHash128(view: DataView, length: number, key: IdKey): Int32Array {
  let a = key[0] ^ 0x70736575
  let A = key[1] ^ 0x736f6d65
  let b = key[2] ^ 0x6e646f6d ^ 0xee
  let B = key[3] ^ 0x646f7261
  let c = key[0] ^ 0x6e657261
  let C = key[1] ^ 0x6c796765
  let d = key[2] ^ 0x79746573
  let D = key[3] ^ 0x74656462
  const last = length >>> 3
  // The last word ends with the length; behind it come two rounds of zeros twice, for each half of the output.
  for (let at = length; at < (last << 3) + 7; at++) view.setUint8(at, 0)
  view.setUint8((last << 3) + 7, length & 255)
  for (let step = 0; step < last + 5; step++) {
    let low = 0
    let high = 0
    if (step <= last) {
      low = view.getInt32(step << 3, true)
      high = view.getInt32((step << 3) + 4, true)
      d ^= low
      D ^= high
    } else if (step === last + 1) c ^= 0xee
    else if (step === last + 3) {
      OUT[0] = a ^ b ^ c ^ d
      OUT[1] = A ^ B ^ C ^ D
      b ^= 0xdd
    }
    for (let round = 0; round < 2; round++) {
      let t = (a + b) | 0
      A = (A + B + (((a & b) | ((a | b) & ~t)) >>> 31)) | 0
      a = t
      t = ((b << 13) | (B >>> 19)) ^ a
      B = ((B << 13) | (b >>> 19)) ^ A
      b = t
      t = a
      a = A
      A = t
      t = (c + d) | 0
      C = (C + D + (((c & d) | ((c | d) & ~t)) >>> 31)) | 0
      c = t
      t = ((d << 16) | (D >>> 16)) ^ c
      D = ((D << 16) | (d >>> 16)) ^ C
      d = t
      t = (a + d) | 0
      A = (A + D + (((a & d) | ((a | d) & ~t)) >>> 31)) | 0
      a = t
      t = ((d << 21) | (D >>> 11)) ^ a
      D = ((D << 21) | (d >>> 11)) ^ A
      d = t
      t = (c + b) | 0
      C = (C + B + (((c & b) | ((c | b) & ~t)) >>> 31)) | 0
      c = t
      t = ((b << 17) | (B >>> 15)) ^ c
      B = ((B << 17) | (b >>> 15)) ^ C
      b = t
      t = c
      c = C
      C = t
    }
    a ^= low
    A ^= high
  }
  OUT[2] = a ^ b ^ c ^ d
  OUT[3] = A ^ B ^ C ^ D
  return OUT
}

/** Of bytes of any number. */
function hashBytes(key: IdKey, bytes: Uint8Array): Int32Array {
  const room = new Uint8Array(bytes.length + 8)
  room.set(bytes)
  return sipHash128(new DataView(room.buffer), bytes.length, key)
}

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const digitsView = Buffer.alloc(32)

/** Through bytes: sixteen texts put together cost twice as much by the time they are one (measured, Node 20 and 24). */
function hex(words: Int32Array): string {
  for (let i = 0; i < 4; i++) {
    const word = words[i] as number
    for (let byte = 0; byte < 4; byte++) {
      const at = 8 * i + 2 * byte
      digitsView[at] = DIGITS[(word >>> (8 * byte + 4)) & 15] as number
      digitsView[at + 1] = DIGITS[(word >>> (8 * byte)) & 15] as number
    }
  }
  return asciiText(digitsView, 0, 32)
}

/** 128 bits of `bytes`, keyed, as 32 hex digits: SipHash-2-4-128 itself. */
export function keyedHash(key: IdKey, bytes: Uint8Array): string {
  return hex(hashBytes(key, bytes))
}

/** 128 bits of `parts`, keyed, as 32 hex digits. Parts are told apart: `('ab', 'c')` and `('a', 'bc')` differ. */
export function deriveId(key: IdKey, ...parts: readonly (string | number)[]): string {
  return hex(hashParts(key, parts))
}

/** An integer in [0, 2^32) of `parts`: a coin toss that falls the same way on every run. It is the number that the first eight digits of their {@link deriveId} say. */
export function hash32(key: IdKey, ...parts: readonly (string | number)[]): number {
  const word = hashParts(key, parts)[0] as number
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

/** Hashes the UTF-8 of each part with its length in front: `2:ab1:c`. The length is that of the text, not of its bytes. */
function hashParts(key: IdKey, parts: readonly (string | number)[]): Int32Array {
  let at = 0
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string | number
    if (typeof part === 'number' && Number.isSafeInteger(part) && part >= 0) {
      if (at + FRAME_BYTES > SCRATCH_BYTES) return hashLong(key, parts)
      const digits = digitsOf(part)
      at = putDigits(part, digits, putSize(digits, at))
      continue
    }
    const text = String(part)
    const size = text.length
    if (at + UTF8_BYTES_MAX * size + FRAME_BYTES > SCRATCH_BYTES) return hashLong(key, parts)
    at = putText(text, size, putSize(size, at))
  }
  return sipHash128(scratchView, at, key)
}

/** The length of a part and its colon: nearly always two digits. */
function putSize(size: number, start: number): number {
  let at = start
  if (size > 99) at = putDigits(size, digitsOf(size), at)
  else {
    const tens = (size / 10) | 0
    if (tens > 0) scratch[at++] = 48 + tens
    scratch[at++] = 48 + size - 10 * tens
  }
  scratch[at++] = COLON
  return at
}

function hashLong(key: IdKey, parts: readonly (string | number)[]): Int32Array {
  let text = ''
  for (const part of parts) {
    const piece = String(part)
    text += `${piece.length}:${piece}`
  }
  return hashBytes(key, encoder.encode(text))
}

/** The decimal digits of an integer from 0 to 2^53, `count` of them. */
function putDigits(value: number, count: number, start: number): number {
  let rest = value
  let at = start + count
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 10)) scratch[--at] = 48 + (rest % 10)
  for (; at > start; rest = (rest / 10) | 0) scratch[--at] = 48 + (rest % 10)
  return start + count
}

function digitsOf(value: number): number {
  let count = 1
  for (let least = 10; value >= least; least *= 10) count++
  return count
}

function putText(text: string, size: number, start: number): number {
  if (size <= SHORT_TEXT) {
    let i = 0
    for (; i < size; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) break
      scratch[start + i] = code
    }
    if (i === size) return start + size
  }
  return start + utf8Write(scratch, text, start)
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
