import { describe, expect, test } from '@jest/globals'
import { BatchMemory } from '../../../src/adapters/kafka/batch-memory.ts'

describe('memory for batches', () => {
  test('that was given back serves what is not larger, and one at a time', () => {
    const memory = new BatchMemory()
    const first = memory.take(100_000)
    expect(first.length).toBeGreaterThanOrEqual(100_000)
    expect(memory.take(100_000)).not.toBe(first)
    memory.giveBack(first)
    expect(memory.take(first.length + 1)).not.toBe(first)
    expect(memory.take(first.length)).toBe(first)
    expect(memory.take(first.length)).not.toBe(first)
  })

  test('is kept up to a bound, and not where Node has its own', () => {
    const memory = new BatchMemory()
    const taken = Array.from({ length: 40 }, () => memory.take(1 << 20))
    for (const buffer of taken) memory.giveBack(buffer)
    const again = new Set(Array.from({ length: 40 }, () => memory.take(1 << 20)))
    expect(taken.filter((buffer) => again.has(buffer))).toHaveLength(16)
    const small = memory.take(100)
    memory.giveBack(small)
    expect(memory.take(100)).not.toBe(small)
  })
})
