/** The filter never calls a key new that was added, and seldom calls one had that was not. */
import { expect, test } from '@jest/globals'
import { eventKey } from '../../src/model/hash.ts'
import { SeenFilter } from '../../src/runtime/seen-filter.ts'

const key = (number: number): number => eventKey('web', `event-${number}`)
const held = (filter: SeenFilter, from: number, to: number): number => {
  let count = 0
  for (let i = from; i < to; i++) if (filter.mayHold(key(i))) count++
  return count
}

test('what was added is held, and one in eight others at most when it is full', () => {
  const filter = new SeenFilter()
  let keys = 0
  while (!filter.full) filter.add(key(keys++))
  expect(held(filter, 0, keys)).toBe(keys)
  expect(held(filter, keys, keys + 100_000)).toBeLessThan(12_500)
})

test('built anew it holds nothing, and is made for twice the keys', () => {
  const filter = new SeenFilter()
  filter.add(key(1))
  filter.clear(100_000)
  expect(held(filter, 0, 10)).toBe(0)
  for (let i = 0; i < 200_000; i++) filter.add(key(i))
  expect(filter.full).toBe(false)
  expect(held(filter, 0, 200_000)).toBe(200_000)
})
