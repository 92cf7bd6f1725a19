import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { int64At, varintSize, writeInt64, writeVarint } from '../../../../src/adapters/kafka/wire/varint.ts'

/** The same by the book, in whole 64-bit arithmetic. */
function byTheBook(value: number): Buffer {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128)
  return Buffer.from([...bytes, Number(zigzag)])
}

const whole = fc.oneof(
  fc.integer(),
  fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }),
  fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 30, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 41),
)

describe('integers of the wire', () => {
  test('varints are those of the book, of the size foretold', () => {
    fc.assert(
      fc.property(whole, (value) => {
        const buffer = Buffer.alloc(12)
        const end = writeVarint(buffer, 1, value)
        expect(buffer.subarray(1, end)).toEqual(byTheBook(value))
        expect(varintSize(value)).toBe(end - 1)
      }),
    )
  })

  test('eight bytes wide they are those of the book, and come back', () => {
    fc.assert(
      fc.property(whole, (value) => {
        const buffer = Buffer.alloc(9)
        writeInt64(buffer, 1, value)
        expect(buffer.readBigInt64BE(1)).toBe(BigInt(value))
        expect(int64At(buffer, 1)).toBe(value)
      }),
    )
  })
})
