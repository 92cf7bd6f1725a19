import { expect, test } from '@jest/globals'
import { describe as told } from '../../../src/operators/segments/describe.ts'

const state = {
  members: ['loyal', 'old'],
  waiting: [],
  changes: [
    { at: 1000, segment: 'loyal', entered: true },
    { at: 2000, segment: 'new', entered: false },
  ],
  seenAt: 2000,
  judgedAt: 2000,
}

test('says the groups of now, and since when', () => {
  expect(told(state, 2000)).toEqual([
    'in the group "loyal" since 1970-01-01T00:00:01.000Z',
    'in the group "old"',
  ])
})

test('says the groups of a time past', () => {
  expect(told(state, 1999)).toEqual([
    'in the group "loyal" since 1970-01-01T00:00:01.000Z',
    'in the group "new"',
    'in the group "old"',
  ])
  expect(told(state, 999)).toEqual(['in the group "new"', 'in the group "old"'])
})
