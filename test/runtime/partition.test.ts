/** A person lives in one partition for ever: this rule is part of what is stored. */
import { expect, test } from '@jest/globals'
import { deriveId, idKeyOf } from '../../src/model/hash.ts'
import { partitionOf } from '../../src/runtime/partition.ts'

test('the first eight digits say it', () => {
  expect(partitionOf('00000007ffff', 4)).toBe(3)
  expect(partitionOf('ffffffff0000', 7)).toBe(0xffffffff % 7)
  expect(partitionOf('anything at all', 1)).toBe(0)
})

test('people spread evenly', () => {
  const counts = Array.from({ length: 6 }, () => 0)
  for (let i = 0; i < 12_000; i++) {
    const partition = partitionOf(deriveId(idKeyOf('k'), i), 6)
    counts[partition] = (counts[partition] as number) + 1
  }
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
})
