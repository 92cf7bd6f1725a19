/** A person comes back from its bytes; what a newer program wrote is refused, what is gone from the topology is left out. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { InvariantError } from '../../src/model/errors.ts'
import {
  chunkKey,
  chunkNumbersOf,
  decodePerson,
  encodePerson,
  firstTimer,
  isEmpty,
  newPerson,
  type Person,
} from '../../src/runtime/person.ts'
import { remember } from '../../src/runtime/seen.ts'
import { slotTable } from '../../src/runtime/slot-table.ts'
import { journal, slot, tally } from './journal.ts'

const SLOTS = [slot(0, 'j', journal), slot(1, 't', tally)]
const TABLE = slotTable(SLOTS, [])
const MERGE = { kept: 'p', absorbed: 'q', watermark: 4, at: 5, cause: { source: 'web', id: 'e' } }

/** Somebody of whom there is something of everything. */
function somebody(): Person {
  const person = newPerson('p', 2)
  person.states[0] = { lines: ['a', 'ü'], timers: [['ring', 9]] }
  person.states[1] = 3
  person.shared = true
  person.timers.push({ slot: 0, name: 'ring', due: 9 }, { slot: 1, name: 'other', due: -7 })
  for (let i = 0; i < 35; i++) remember(person.seen, i, i, { withinMs: 1000, events: 200 })
  person.inbox.push(
    { kind: 'event', watermark: 3, bytes: Buffer.from('event') },
    { kind: 'wait', watermark: 4, merge: MERGE },
    { kind: 'leave', watermark: 6, merge: { ...MERGE, absorbed: 'p', kept: 'r' } },
  )
  person.handoffs.set('q', Buffer.from('handoff'))
  return person
}
function bytesOf(person: Person, inline: boolean): Buffer {
  const writer = new ByteWriter()
  encodePerson(person, SLOTS, TABLE, writer, inline)
  return writer.copy()
}
const read = (bytes: Buffer, person: Person, table = TABLE, slots = 2) =>
  decodePerson(
    'p',
    new ByteReader(bytes),
    table,
    slots,
    (number) => person.seen.chunks.find((one) => one.number === number)!,
  )

describe('the bytes of a person', () => {
  test('come back whole, the parts beside them', () => {
    const person = somebody()
    const bytes = bytesOf(person, false)
    expect(read(bytes, person)).toEqual(person)
    expect(chunkNumbersOf(bytes)).toEqual([0, 1])
  })

  test('for a handoff hold all remembered events, and no inbox', () => {
    const person = somebody()
    const back = decodePerson('p', new ByteReader(bytesOf(person, true)), TABLE, 2, undefined)
    expect(back).toEqual({ ...person, inbox: [], handoffs: new Map() })
  })

  test('of nobody in particular come back', () => {
    expect(read(bytesOf(newPerson('p', 2), false), newPerson('p', 2))).toEqual(newPerson('p', 2))
  })

  test('cut off at any byte are refused', () => {
    const person = somebody()
    const bytes = bytesOf(person, false)
    for (let end = 0; end < bytes.length; end++) {
      expect(() =>
        decodePerson('p', new ByteReader(bytes, 0, end), TABLE, 2, (n) => person.seen.chunks[n]!),
      ).toThrow(InvariantError)
    }
  })

  test('of a newer program are refused, by name', () => {
    const bytes = bytesOf(somebody(), false)
    bytes[0] = 3
    expect(() => read(bytes, somebody())).toThrow(
      'the state of a person has version 3; this program reads 2: run the newer program',
    )
  })

  test('leave out the state and the timers of an operator that is gone', () => {
    const person = somebody()
    const without = slotTable([slot(0, 't', tally)], TABLE.entries)
    const back = read(bytesOf(person, false), person, without, 1)
    expect(back.states).toEqual([3])
    expect(back.timers).toEqual([{ slot: 0, name: 'other', due: -7 }])
  })
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
