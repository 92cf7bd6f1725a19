/** A task that is behind shares a commit among many events; one that keeps up does not let them wait. */
import { expect, test } from '@jest/globals'
import { growthMs } from '../../src/runtime/commit-growth.ts'

const lane = (position: number, stable: number) => ({
  topic: 't',
  partition: 0,
  position,
  stable,
  high: stable,
})

test.each([
  ['behind in one lane: the whole interval', [lane(5, 5), lane(4, 9)], 100],
  ['keeps up: as long as the last commit took', [lane(5, 5), lane(9, 9)], 12],
  ['nothing is known of a lane yet: as if it kept up', [lane(0, -1)], 12],
])('%s', (_name, lanes, expected) => {
  expect(growthMs(100, 12, lanes)).toBe(expected)
})

test('slow commits do not grow above the interval', () => {
  expect(growthMs(100, 700, [lane(5, 5)])).toBe(100)
})
