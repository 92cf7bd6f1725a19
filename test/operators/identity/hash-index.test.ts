/** The table of numbers against a list of pairs. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HashIndex } from '../../../src/operators/identity/hash-index.ts'

/** Few hashes, and those at the end of the table, so that what is pushed on comes round to its beginning. */
const hash = fc.constantFrom(0, 1, 2, 1021, 1022, 1023, 1024, -1, 0x7fffffff)
const steps = fc.array(fc.record({ remove: fc.boolean(), hash, pick: fc.nat(50) }), { maxLength: 300 })

function numbersOf(index: HashIndex, of: number): readonly number[] {
  const found: number[] = []
  for (let place = index.first(of); place >= 0; place = index.next(place, of)) found.push(index.number(place))
  return found.toSorted((a, b) => a - b)
}

describe('hash index', () => {
  test('answers what was put in and not taken out, whatever lies beside it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const index = new HashIndex()
        let pairs: readonly { readonly hash: number; readonly number: number }[] = []
        all.forEach((step, number) => {
          const of = pairs.filter((pair) => pair.hash === step.hash)
          const gone = of[step.pick % Math.max(1, of.length)]
          if (!step.remove) {
            index.insert(step.hash, number)
            pairs = [...pairs, { hash: step.hash, number }]
          } else if (gone !== undefined) {
            let place = index.first(step.hash)
            while (index.number(place) !== gone.number) place = index.next(place, step.hash)
            index.remove(place)
            pairs = pairs.filter((pair) => pair !== gone)
          }
          expect(index.size).toBe(pairs.length)
        })
        for (const each of [0, 1, 2, 1021, 1022, 1023, 1024, -1, 0x7fffffff, 77])
          expect(numbersOf(index, each)).toEqual(
            pairs.filter((pair) => pair.hash === each).map(({ number }) => number),
          )
      }),
    )
  })

  test('grows: a hundred thousand are found, each alone', () => {
    const index = new HashIndex()
    const of = (number: number): number => Math.imul(number, 0x9e3779b1)
    for (let number = 0; number < 100_000; number++) index.insert(of(number), number)
    for (let number = 0; number < 100_000; number++)
      expect(index.number(index.first(of(number)))).toBe(number)
    expect(index.first(12_345_678)).toBe(-1)
  })
})
