import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  boundTraits,
  HISTORY_VALUES_MAX,
  mergeTexts,
  mergeTraits,
  TRAITS_MAX,
  traitsAt,
  valueAt,
  withText,
} from '../../../src/operators/offer/history.ts'

describe('values as of a time', () => {
  const history = [
    { at: 10, value: 'a' },
    { at: 20, value: 'b' },
  ]
  test.each([
    [9, undefined],
    [10, 'a'],
    [19, 'a'],
    [20, 'b'],
    [99, 'b'],
  ])('at %p: %p', (at, expected) => {
    expect(valueAt(history, at)).toBe(expected)
  })

  test('of a value said again the first and the last time are kept; an older one finds its place', () => {
    const again = withText(history, 'b', 30)
    expect(again.slice(1)).toEqual([
      { at: 20, value: 'b' },
      { at: 30, value: 'b' },
    ])
    expect(withText(again, 'b', 40).slice(1)).toEqual([
      { at: 20, value: 'b' },
      { at: 40, value: 'b' },
    ])
    expect(withText(history, 'b', 20)).toBe(history)
    expect(withText(history, 'c', 15)).toEqual([
      { at: 10, value: 'a' },
      { at: 15, value: 'c' },
      { at: 20, value: 'b' },
    ])
    expect(withText(history, 'b', 5)[0]).toEqual({ at: 5, value: 'b' })
  })

  test('a text that turns up late for a time before the newest was said again changes nothing now', () => {
    const said = [10, 12, 30].reduce((all, at) => withText(all, 'a', at), [] as ReturnType<typeof withText>)
    const late = withText(said, 'b', 20)
    expect([10, 19, 20, 29, 30, 99].map((at) => valueAt(late, at))).toEqual(['a', 'a', 'b', 'b', 'a', 'a'])
    expect(valueAt(mergeTexts(said, [{ at: 20, value: 'b' }]), 99)).toBe('a')
  })

  test('one text said again and again out of order does not drive out the others', () => {
    const times = Array.from({ length: 40 }, (_, i) => 1000 + ((i * 7) % 40))
    const said = times.reduce((all, at) => withText(all, 'a', at), withText([], 'b', 5))
    expect([valueAt(said, 10), valueAt(said, 999), valueAt(said, 1039)]).toEqual(['b', 'b', 'a'])
  })

  test('the oldest fall out', () => {
    const many = Array.from({ length: 40 }, (_, at) => ({ at, value: String(at) }))
    expect(mergeTexts(many, [])).toEqual(many.slice(-HISTORY_VALUES_MAX))
  })
})

describe('traits', () => {
  test('each has what was last said of it', () => {
    const history = mergeTraits([{ at: 20, value: { a: 2, c: 3 } }], [{ at: 10, value: { a: 1, b: 1 } }])
    expect([9, 10, 20].map((at) => traitsAt(history, at))).toEqual([{}, { a: 1, b: 1 }, { a: 2, b: 1, c: 3 }])
  })

  test('past the limit the oldest become one', () => {
    const many = Array.from({ length: 30 }, (_, at) => ({ at, value: { [`t${at}`]: at, same: at } }))
    const history = mergeTraits(many, [])
    expect(history).toHaveLength(HISTORY_VALUES_MAX)
    expect(Object.keys(traitsAt(history, 99))).toHaveLength(31)
    expect(traitsAt(history, 99)).toMatchObject({ same: 29 })
  })

  test('are bounded in number and in length', () => {
    const traits = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`t${i}`, i === 0 ? 'x'.repeat(9000) : i]),
    )
    expect(Object.keys(boundTraits(traits))).toHaveLength(TRAITS_MAX)
    expect(boundTraits(JSON.parse('{"__proto__": {"x": 1}, "a": null}') as Record<string, unknown>)).toEqual({
      a: null,
    })
  })
})

test('histories merge in any order to the same', () => {
  const one = fc
    .array(fc.record({ at: fc.integer({ min: 0, max: 5 }), value: fc.constantFrom('a', 'b') }), {
      maxLength: 8,
    })
    .map((list) => mergeTexts(list, []))
  fc.assert(
    fc.property(one, one, one, (a, b, c) => {
      expect(mergeTexts(b, a)).toEqual(mergeTexts(a, b))
      expect(mergeTexts(mergeTexts(a, b), c)).toEqual(mergeTexts(a, mergeTexts(b, c)))
    }),
  )
})
