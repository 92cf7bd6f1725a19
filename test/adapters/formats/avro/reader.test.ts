import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AvroFault, AvroReader } from '../../../../src/adapters/formats/avro/reader.ts'
import { longBytes } from './avro-bytes.ts'

function reader(...bytes: readonly number[]): AvroReader {
  const made = new AvroReader()
  made.reset(Buffer.from([...bytes, 1, 1, 1]), 0, bytes.length)
  return made
}

describe('longs', () => {
  test('are those of another writer, within 2^53', () => {
    const edges = [
      0,
      -1,
      1,
      63,
      -64,
      64,
      2 ** 31,
      -(2 ** 31),
      2 ** 48,
      2 ** 48 - 1,
      -(2 ** 48),
      2 ** 49,
      -(2 ** 49),
      2 ** 52,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
    ]
    for (const value of edges) expect(reader(...longBytes(BigInt(value))).long()).toBe(value)
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => reader(...longBytes(BigInt(value))).long() === value),
    )
  })

  test.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])('%s is refused', (value) => {
    expect(() => reader(...longBytes(value)).long()).toThrow(AvroFault)
  })

  test('a number without end is refused', () => {
    expect(() => reader(...Array.from({ length: 12 }, () => 0xff)).long()).toThrow(/more than 10 bytes/)
    expect(() => reader(0x80).long()).toThrow(/end too early/)
  })
})

describe('what does not fit is refused', () => {
  test.each<[string, (from: AvroReader) => unknown, readonly number[], RegExp]>([
    ['a string longer than the bytes', (from) => from.string(), [20, 65], /end too early/],
    ['a string of 2^52 bytes', (from) => from.string(), longBytes(2n ** 52n), /end too early/],
    ['a negative length', (from) => from.string(), [1], /negative/],
    ['bytes longer than there are', (from) => from.bytes(), [8, 1], /end too early/],
    ['half a double', (from) => from.double(), [0, 0, 0], /end too early/],
    ['half a float', (from) => from.float(), [0, 0], /end too early/],
    ['a boolean of 2', (from) => from.boolean(), [2], /boolean is 2/],
    ['bad UTF-8', (from) => from.string(), [4, 0xc3, 0x28], /UTF-8/],
    ['a block of 2^52 items', (from) => from.block(), longBytes(2n ** 52n), /more items than/],
    ['a block of -(2^52) items', (from) => from.block(), [...longBytes(-(2n ** 52n)), 0], /more items than/],
    ['a block whose size is negative', (from) => from.block(), [1, 1], /negative/],
    [
      'nesting',
      (from) => {
        for (;;) from.enter()
      },
      [],
      /nested deeper/,
    ],
  ])('%s', (_, read, bytes, message) => {
    const from = reader(...bytes)
    expect(() => read(from)).toThrow(AvroFault)
    from.reset(Buffer.from(bytes), 0, bytes.length)
    expect(() => read(from)).toThrow(message)
  })

  test('all blocks together have no more items than there are bytes', () => {
    const from = reader(4, 4, 4, 4)
    expect([from.block(), from.block()]).toEqual([2, 2])
    expect(() => from.block()).toThrow(/more items/)
  })
})
