import { expect, test } from '@jest/globals'
import { describe as told } from '../../../src/operators/journey/describe.ts'
import type { Instance } from '../../../src/operators/journey/state.ts'

const HOUR = 3_600_000
const way: Instance = {
  key: 'cart-1',
  enteredAt: HOUR,
  entered: {},
  step: 'remind',
  since: 2 * HOUR,
  due: 4 * HOUR,
  endsAt: 3 * HOUR,
  doneCount: 1,
  done: ['wait'],
  offers: [],
}
const saidOf = (instance: Instance, at: number) => told({ waiting: [], instances: [instance], zones: [] }, at)

test('says where somebody is on the way, and until when at the latest', () => {
  expect(saidOf(way, 2 * HOUR)).toEqual([
    'began for "cart-1" at 1970-01-01T01:00:00.000Z; at the step "remind" since 1970-01-01T02:00:00.000Z, at the latest until 1970-01-01T03:00:00.000Z',
  ])
})

test('says of a time past no more than the state still tells', () => {
  expect(saidOf(way, HOUR)).toEqual(['began for "cart-1" at 1970-01-01T01:00:00.000Z and has moved on since'])
  expect(saidOf(way, HOUR - 1)).toEqual([])
})

test('says that a journey has ended that nobody begins twice', () => {
  const over: Instance = { ...way, key: '', step: undefined, due: undefined, endsAt: undefined }
  expect(saidOf(over, 2 * HOUR)).toEqual([
    'began at 1970-01-01T01:00:00.000Z, ended at 1970-01-01T02:00:00.000Z, and does not begin again',
  ])
})
