import { expect, test } from '@jest/globals'
import { Announcements } from '../../../src/adapters/kafka/announcements.ts'
import type { Assignment } from '../../../src/runtime/ports/log.ts'

const given = (generation: number, ...partitions: readonly number[]): Assignment => ({
  generation,
  lanes: partitions.map((partition) => ({ topic: 'in', partition })),
})

function told(announcements: Announcements): readonly Assignment[] {
  const all: Assignment[] = []
  for (let next = announcements.take(); next !== undefined; next = announcements.take()) all.push(next)
  return all
}

test('each assignment is told once, and only the newest', () => {
  const announcements = new Announcements()
  announcements.put(given(1, 0))
  announcements.put(given(2, 0, 1))
  expect(told(announcements)).toEqual([given(2, 0, 1)])
  expect(told(announcements)).toEqual([])
})

test('a loss is told before what comes after it, however much that is', () => {
  const announcements = new Announcements()
  announcements.put(given(1, 0))
  expect(told(announcements)).toEqual([given(1, 0)])
  announcements.put(given(2, 0))
  announcements.lose(2)
  announcements.put(given(4, 0))
  announcements.put(given(5, 0))
  expect(told(announcements)).toEqual([given(2), given(5, 0)])
})

test('the loss of what was never told is not told', () => {
  const announcements = new Announcements()
  announcements.put(given(1, 0))
  announcements.lose(1)
  expect(told(announcements)).toEqual([])
  announcements.put(given(2))
  announcements.lose(2)
  expect(told(announcements)).toEqual([])
})
