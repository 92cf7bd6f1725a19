/** Ids that a release has given out must come out of every later one: the hashes are pinned to what others published. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { deriveId, eventKey, hash32, idKeyOf, keyedHash, type IdKey } from '../../src/model/hash.ts'

/** 00 01 02 ... 0f, as little-endian words. */
const REFERENCE_KEY: IdKey = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]
const upTo = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

/** SipHash-2-4-128 in one page of BigInt, after the paper; no line is shared with the product. */
function reference(words: IdKey, bytes: Uint8Array): string {
  const wide = (value: bigint): bigint => BigInt.asUintN(64, value)
  const rotate = (value: bigint, bits: bigint): bigint => wide((value << bits) | (value >> (64n - bits)))
  const half = (low: number, high: number): bigint => BigInt(low >>> 0) | (BigInt(high >>> 0) << 32n)
  const [k0, k1] = [half(words[0], words[1]), half(words[2], words[3])]
  let v0 = k0 ^ 0x736f6d6570736575n
  let v1 = k1 ^ 0x646f72616e646f6dn ^ 0xeen
  let v2 = k0 ^ 0x6c7967656e657261n
  let v3 = k1 ^ 0x7465646279746573n
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = wide(v0 + v1)
      v1 = rotate(v1, 13n) ^ v0
      v0 = rotate(v0, 32n)
      v2 = wide(v2 + v3)
      v3 = rotate(v3, 16n) ^ v2
      v0 = wide(v0 + v3)
      v3 = rotate(v3, 21n) ^ v0
      v2 = wide(v2 + v1)
      v1 = rotate(v1, 17n) ^ v2
      v2 = rotate(v2, 32n)
    }
  }
  const padded = Buffer.alloc((Math.floor(bytes.length / 8) + 1) * 8)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length & 255
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at)
    v3 ^= word
    rounds(2)
    v0 ^= word
  }
  const out = Buffer.alloc(16)
  v2 ^= 0xeen
  rounds(4)
  out.writeBigUInt64LE(v0 ^ v1 ^ v2 ^ v3, 0)
  v1 ^= 0xddn
  rounds(4)
  out.writeBigUInt64LE(v0 ^ v1 ^ v2 ^ v3, 8)
  return out.toString('hex')
}

describe('keyedHash', () => {
  // Computed with OpenSSL 3.0 (`openssl mac -macopt hexkey:00..0f -macopt size:16 SipHash`); they are the first, some, and the
  // last of `vectors_sip128` in the authors' reference implementation.
  test.each([
    [0, 'a3817f04ba25a8e66df67214c7550293'],
    [1, 'da87c1d86b99af44347659119b22fc45'],
    [2, '8177228da4a45dc7fca38bdef60affe4'],
    [7, 'a1f1ebbed8dbc153c0b84aa61ff08239'],
    [8, '3b62a9ba6258f5610f83e264f31497b4'],
    [9, '264499060ad9baabc47f8b02bb6d71ed'],
    [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
    [16, '6ee2a4ca67b054bbfd3315bf85230577'],
    [63, '5150d1772f50834a503e069a973fbd7c'],
  ])('gives the published value for %i bytes', (length, expected) => {
    expect(keyedHash(REFERENCE_KEY, upTo(length))).toBe(expected)
  })

  test('is SipHash-2-4-128 for any key and any bytes', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff })
    const anyKey = fc.tuple(word, word, word, word)
    fc.assert(
      fc.property(anyKey, fc.uint8Array({ maxLength: 300 }), (key, bytes) => {
        expect(keyedHash(key, bytes)).toBe(reference(key, bytes))
      }),
    )
  })
})

describe('deriveId', () => {
  const key = idKeyOf('secret')

  test('hashes its parts, each behind its length', () => {
    const text = new TextEncoder().encode('5:offer1:7')
    expect(deriveId(key, 'offer', 7)).toBe(keyedHash(key, text))
  })

  test('tells parts apart, and counts from one another', () => {
    const ids = [
      deriveId(key, 'ab', 'c'),
      deriveId(key, 'a', 'bc'),
      deriveId(key, 'abc'),
      deriveId(key, 'abc', ''),
      deriveId(key, 'abc', 0),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('tells any two lists of parts apart', () => {
    const parts = fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(deriveId(key, ...a) === deriveId(key, ...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  test('gives the same for a text that outgrows the scratch buffer as byte by byte', () => {
    for (const length of [500, 511, 512, 513, 5000]) {
      const text = 'é'.repeat(length)
      expect(deriveId(key, text)).toBe(keyedHash(key, new TextEncoder().encode(`${length}:${text}`)))
    }
  })

  test('is the hash of the UTF-8 of its parts put together, whatever they are', () => {
    const number = fc.oneof(
      fc.nat(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(0, -0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 10 ** 15, 2 ** 53 - 1, 2 ** 53, 1e21),
    )
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.string({ minLength: 90 }),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(text, number), { maxLength: 9 }), (parts) => {
        const together = parts.map((part) => `${String(part).length}:${part}`).join('')
        expect(deriveId(key, ...parts)).toBe(keyedHash(key, new TextEncoder().encode(together)))
      }),
    )
  })

  test('hangs on every character of the key', () => {
    expect(deriveId(idKeyOf('secret'), 'a')).not.toBe(deriveId(idKeyOf('secres'), 'a'))
    expect(deriveId(idKeyOf(''), 'a')).not.toBe(deriveId(idKeyOf(' '), 'a'))
  })
})

describe('hash32', () => {
  test('is the first eight digits of the id', () => {
    const key = idKeyOf('secret')
    for (let i = 0; i < 100; i++)
      expect(hash32(key, 'a', i)).toBe(Number.parseInt(deriveId(key, 'a', i).slice(0, 8), 16))
  })

  test('tosses fairly enough for a holdout', () => {
    const key = idKeyOf('secret')
    let below = 0
    for (let i = 0; i < 10_000; i++) if (hash32(key, i) < 0.1 * 2 ** 32) below++
    expect(below).toBeGreaterThan(900)
    expect(below).toBeLessThan(1100)
  })
})

describe('eventKey', () => {
  test('is a safe integer, never negative', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (source, id) => {
        const key = eventKey(source, id)
        expect(Number.isSafeInteger(key) && key >= 0).toBe(true)
      }),
    )
  })

  test('tells source and id apart', () => {
    expect(eventKey('ab', 'c')).not.toBe(eventKey('a', 'bc'))
    expect(eventKey('web', '1')).not.toBe(eventKey('app', '1'))
  })

  test('does not repeat over a hundred thousand ids in a row', () => {
    const keys = new Set(Array.from({ length: 100_000 }, (_, i) => eventKey('web', `e${i}`)))
    expect(keys.size).toBe(100_000)
  })
})
