import { expect, test } from '@jest/globals'
import { idKeyOf } from '../../../src/model/hash.ts'
import { holdoutOf } from '../../../src/operators/offer/holdout.ts'

const key = idKeyOf('test')
const holdout = (percent: number, salt = 's') => ({
  share: Math.round(percent * 100),
  salt,
  print: `${percent}:${salt}`,
})
const share = (percent: number, salt = 's'): number =>
  Array.from({ length: 5000 }, (_, i) => holdoutOf(undefined, holdout(percent, salt), key, `p${i}`)).filter(
    (verdict) => verdict?.out,
  ).length / 50

test.each([
  [0.5, 0.2, 0.9],
  [5, 4, 6],
  [50, 47, 53],
  [100, 100, 100],
])('%p %% of people are held out', (percent, least, most) => {
  expect(share(percent)).toBeGreaterThanOrEqual(least)
  expect(share(percent)).toBeLessThanOrEqual(most)
})

test('a verdict stays as it is, and another salt draws other people', () => {
  const known = { print: '5:s', out: true }
  expect(holdoutOf(known, holdout(5), key, 'p')).toBe(known)
  expect(holdoutOf(known, undefined, key, 'p')).toBe(known)
  const drawnBy = (salt: string) =>
    Array.from({ length: 200 }, (_, i) => holdoutOf(undefined, holdout(50, salt), key, `p${i}`)?.out)
  expect(drawnBy('a')).not.toEqual(drawnBy('b'))
  expect(drawnBy('a')).toEqual(drawnBy('a'))
})
