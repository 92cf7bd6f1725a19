/** Counts add up, and come back from their bytes: no crash loses count. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../../src/model/bytes.ts'
import {
  addCounts,
  type Counts,
  decodeCounts,
  encodeCounts,
  newCounts,
} from '../../../src/runtime/ports/observer.ts'

/** Every field another number, every map with something in it. */
function full(factor: number): Counts {
  const counts = newCounts()
  for (const [i, key] of (Object.keys(counts) as (keyof Counts)[]).entries()) {
    const value = counts[key]
    if (typeof value === 'number') (counts[key] as number) = (i + 1) * factor
    else value.set('both', factor).set(`only-${factor}`, 1)
  }
  return counts
}
function copied(counts: Counts): Counts {
  const writer = new ByteWriter()
  encodeCounts(counts, writer)
  return decodeCounts(new ByteReader(writer.copy()))
}

describe('counts', () => {
  test('add up field by field, maps by reason, and leave what was added alone', () => {
    const total = full(1)
    const more = full(10)
    addCounts(total, more)
    expect([total.events, total.late]).toEqual([full(11).events, full(11).late])
    for (const map of [total.deadLetters, total.suppressed])
      expect([...map]).toEqual([
        ['both', 11],
        ['only-1', 1],
        ['only-10', 1],
      ])
    expect(more).toEqual(full(10))
  })

  test('come back from their bytes', () => {
    expect(copied(full(3))).toEqual(full(3))
    expect(copied(newCounts())).toEqual(newCounts())
    expect(copied({ ...newCounts(), people: -4 }).people).toBe(-4)
  })

  test('that an older program wrote lack what it did not count', () => {
    const writer = new ByteWriter()
    writer.value({ events: 7, gone: 3 })
    expect(decodeCounts(new ByteReader(writer.copy()))).toEqual({ ...newCounts(), events: 7 })
  })
})
