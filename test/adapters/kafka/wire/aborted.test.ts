import { describe, expect, test } from '@jest/globals'
import { AbortedTransactions } from '../../../../src/adapters/kafka/wire/aborted.ts'

describe('aborted transactions', () => {
  test('that interleave, the first to begin ending last', () => {
    // 0: A, 1: B, 2: end of B, 3: A, 4: end of A, 5: both again. The broker lists them by their ends.
    const aborted = new AbortedTransactions([
      { producerId: 2, firstOffset: 1 },
      { producerId: 1, firstOffset: 0 },
    ])
    const seen = [aborted.covers(1, 0), aborted.covers(2, 1)]
    aborted.ended(2, 2)
    seen.push(aborted.covers(1, 3), aborted.covers(2, 3))
    aborted.ended(1, 4)
    seen.push(aborted.covers(1, 5), aborted.covers(2, 5))
    expect(seen).toEqual([true, true, true, false, false, false])
  })

  test('that began before the first batch', () => {
    const aborted = new AbortedTransactions([{ producerId: 1, firstOffset: 3 }])
    expect([aborted.covers(1, 10), aborted.covers(2, 11)]).toEqual([true, false])
  })

  test('cover nothing before they begin', () => {
    const aborted = new AbortedTransactions([{ producerId: 1, firstOffset: 7 }])
    expect([aborted.covers(1, 6), aborted.covers(1, 7)]).toEqual([false, true])
  })

  test('two of one producer, with a committed one between them', () => {
    const aborted = new AbortedTransactions([
      { producerId: 1, firstOffset: 0 },
      { producerId: 1, firstOffset: 10 },
    ])
    expect(aborted.covers(1, 0)).toBe(true)
    aborted.ended(1, 1)
    expect(aborted.covers(1, 5)).toBe(false)
    expect(aborted.covers(1, 10)).toBe(true)
  })

  test('whose marker is the first that is seen of them', () => {
    const aborted = new AbortedTransactions([{ producerId: 1, firstOffset: 0 }])
    aborted.ended(1, 5)
    expect(aborted.covers(1, 6)).toBe(false)
  })
})
