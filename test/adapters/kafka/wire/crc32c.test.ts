import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { crc32c, nativeCrc32c, slicingCrc32c } from '../../../../src/adapters/kafka/wire/crc32c.ts'

/** RFC 3720, B.4, and the check value of the catalogue. */
const VECTORS: readonly (readonly [string, Buffer, number])[] = [
  ['nothing', Buffer.alloc(0), 0],
  ['the nine digits', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 rising', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['32 falling', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
]

describe('CRC-32C', () => {
  test.each(VECTORS)('of %s', (_, bytes, expected) => {
    expect([crc32c(bytes), slicingCrc32c(bytes)]).toEqual([expected, expected])
  })

  test('is native here, and the one in JavaScript agrees with it, in slices too', () => {
    const native = nativeCrc32c()
    expect(native).toBeDefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (array, from) => {
        const bytes = Buffer.from(array).subarray(from)
        expect(slicingCrc32c(bytes)).toBe(native?.(bytes))
      }),
    )
  })
})
