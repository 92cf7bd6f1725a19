/** Which timer of a person is first, and who is worth a record. */
import { describe, expect, test } from '@jest/globals'
import { chunkKey, firstTimer, isEmpty, newPerson, type Person, slotBit } from '../../src/runtime/person.ts'
import { remember } from '../../src/runtime/seen.ts'

/** Somebody of whom there is something of everything. */
function somebody(): Person {
  const person = newPerson('p', 2)
  person.states[1] = 3
  person.timers.push({ slot: 0, name: 'ring', due: 9 })
  remember(person.seen, 1, 1, { withinMs: 1000, events: 200 })
  person.inbox.push({ kind: 'event', watermark: 3, taken: 3, bytes: Buffer.from('event') })
  person.handoffs = new Map([['q', [Buffer.from('handoff')]]])
  return person
}

test('slots have a bit each, those past the thirty-first one together', () => {
  const bits = Array.from({ length: 32 }, (_, slot) => slotBit(slot) >>> 0)
  expect(new Set(bits).size).toBe(32)
  expect([slotBit(32), slotBit(400)]).toEqual([slotBit(31), slotBit(31)])
})

describe('firstTimer', () => {
  test('is the earliest, then that of the first operator, then by name', () => {
    const person = newPerson('p', 2)
    expect(firstTimer(person)).toBeUndefined()
    const order = [
      { slot: 1, name: 'b', due: 4 },
      { slot: 0, name: 'b', due: 5 },
      { slot: 1, name: 'a', due: 5 },
      { slot: 1, name: 'b', due: 5 },
    ]
    person.timers = [order[3]!, order[1]!, order[0]!, order[2]!]
    for (const expected of order) {
      expect(firstTimer(person)).toEqual(expected)
      person.timers = person.timers.filter((timer) => timer !== expected)
    }
  })
})

describe('isEmpty', () => {
  const full = somebody()
  test.each<[string, Partial<Person>]>([
    ['a state', { states: full.states }],
    ['a timer', { timers: full.timers }],
    ['an event remembered', { seen: full.seen }],
    ['an inbox', { inbox: full.inbox }],
    ['a handoff', { handoffs: full.handoffs }],
  ])('%s is worth a record', (_name, part) => {
    expect(isEmpty({ ...newPerson('p', 2), ...part })).toBe(false)
  })
  test('nothing is worth none', () => {
    expect(isEmpty(newPerson('p', 2))).toBe(true)
  })
})

test('the key of a part is no key of a person', () => {
  expect(chunkKey('0a1f', 3)).toBe('0a1f#3')
})
