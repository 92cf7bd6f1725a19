/** What `npm run measure` reckons from what it saw. */
import { describe, expect, test } from '@jest/globals'
import { longestSilence, quantile, spread } from './pauses.ts'

describe('the longest silence', () => {
  test('may have begun before the moment from which it is looked for', () => {
    expect(longestSilence([0, 100, 900, 1000], 500)).toEqual({ from: 100, ms: 800 })
  })
  test('that was over before does not count', () => {
    expect(longestSilence([0, 800, 900, 1100], 850)).toEqual({ from: 900, ms: 200 })
  })
  test('of nothing is none', () => {
    expect(longestSilence([10], 5)).toEqual({ from: 5, ms: 0 })
  })
})

test('quantiles are values that were seen', () => {
  const values = [5, 1, 4, 2, 3]
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5])
  expect(quantile([], 0.5)).toBeUndefined()
})

test('runs are told by their median and their range, in seconds', () => {
  expect(spread([2500, 1000, 1234])).toBe('1.23 (1.00 to 2.50)')
  expect(spread([])).toBe('')
})
