import { describe, expect, test } from '@jest/globals'
import { BatchMemory } from '../../../src/adapters/kafka/batch-memory.ts'

const MIB = 1 << 20

describe('memory for batches', () => {
  test('that was given back serves what is about as large, and one at a time', () => {
    const memory = new BatchMemory()
    const first = memory.take(100_000)
    expect(first.length).toBeGreaterThanOrEqual(100_000)
    expect(memory.take(100_000).buffer).not.toBe(first.buffer)
    memory.giveBack(first)
    expect(memory.take(first.length + 1).buffer).not.toBe(first.buffer)
    // A little batch would keep all of it.
    expect(memory.take(first.length / 2).buffer).not.toBe(first.buffer)
    const again = memory.take(first.length)
    expect(again.buffer).toBe(first.buffer)
    expect(again.length).toBe(first.length)
    expect(memory.take(first.length).buffer).not.toBe(first.buffer)
  })

  test('comes back whole by any part of it, once', () => {
    const memory = new BatchMemory()
    const lent = memory.take(MIB)
    memory.giveBack(lent.subarray(5, 9))
    memory.giveBack(lent.subarray(100, 100))
    const [one, other] = [memory.take(MIB), memory.take(MIB)]
    expect(one.buffer).toBe(lent.buffer)
    expect(one.length).toBe(lent.length)
    expect(other.buffer).not.toBe(lent.buffer)
  })

  test('is kept up to a bound, and only where it was lent', () => {
    const memory = new BatchMemory()
    const taken = Array.from({ length: 40 }, () => memory.take(MIB))
    for (const buffer of taken) memory.giveBack(buffer)
    const again = new Set(Array.from({ length: 40 }, () => memory.take(MIB).buffer))
    expect(taken.filter(({ buffer }) => again.has(buffer))).toHaveLength(32)
    for (const foreign of [Buffer.allocUnsafeSlow(MIB), memory.take(100)]) {
      memory.giveBack(foreign)
      expect(memory.take(foreign.length).buffer === foreign.buffer && foreign.length === MIB).toBe(false)
    }
  })
})
