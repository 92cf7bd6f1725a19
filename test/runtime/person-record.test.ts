/** A person comes back from its bytes; what a newer program wrote is refused, what is gone from the topology is left out. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { InvariantError } from '../../src/model/errors.ts'
import { newPerson, type Person, UNREAD } from '../../src/runtime/person.ts'
import {
  chunkNumbersOf,
  decodePerson,
  decodeState,
  encodePerson,
  recordWaits,
} from '../../src/runtime/person-record.ts'
import { encodeChunk, remember } from '../../src/runtime/seen.ts'
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
    { kind: 'event', watermark: 3, taken: 3, bytes: Buffer.from('event') },
    { kind: 'wait', watermark: 4, taken: 4, merge: MERGE },
    { kind: 'leave', watermark: 6, taken: 6, merge: { ...MERGE, absorbed: 'p', kept: 'r' } },
    { kind: 'erase', watermark: 7, taken: 7, erase: { watermark: 7, at: 5, cause: MERGE.cause } },
  )
  person.handoffs = new Map([['q', [Buffer.from('handoff'), Buffer.from('another')]]])
  return person
}
function bytesOf(person: Person, inline: boolean): Buffer {
  const writer = new ByteWriter()
  encodePerson(person, SLOTS, TABLE, writer, inline, undefined)
  return writer.copy()
}
const chunksOf =
  ({ seen }: Person) =>
  (number: number) => {
    const writer = new ByteWriter()
    encodeChunk(seen, seen.chunks[number]!, writer)
    return { reader: new ByteReader(writer.copy()), place: -1 }
  }
const read = (bytes: Buffer, person: Person, table = TABLE, slots = 2) =>
  decodePerson('p', new ByteReader(bytes), table, slots, {
    chunkOf: chunksOf(person),
  })

describe('the bytes of a person', () => {
  test('come back whole, the parts beside them', () => {
    const person = somebody()
    const bytes = bytesOf(person, false)
    expect(read(bytes, person)).toEqual(person)
    expect(chunkNumbersOf(bytes)).toEqual([0, 1])
  })

  test('for a handoff hold all remembered events, and no inbox', () => {
    const person = somebody()
    const back = decodePerson('p', new ByteReader(bytesOf(person, true)), TABLE, 2, { chunkOf: undefined })
    expect(back).toEqual({ ...person, inbox: [], handoffs: undefined })
  })

  test('of nobody in particular come back', () => {
    expect(read(bytesOf(newPerson('p', 2), false), newPerson('p', 2))).toEqual(newPerson('p', 2))
  })

  test('cut off at any byte are refused', () => {
    const person = somebody()
    const bytes = bytesOf(person, false)
    for (let end = 0; end < bytes.length; end++) {
      expect(() =>
        decodePerson('p', new ByteReader(bytes, 0, end), TABLE, 2, {
          chunkOf: chunksOf(person),
        }),
      ).toThrow(InvariantError)
    }
  })

  test('of a newer program are refused, by name', () => {
    const bytes = bytesOf(somebody(), false)
    bytes[0] = 6
    expect(() => read(bytes, somebody())).toThrow(
      'the state of a person has version 6; this program reads 3 to 5: run the newer program',
    )
  })

  test('leave out the state and the timers of an operator that is gone', () => {
    const person = somebody()
    const without = slotTable([slot(0, 't', tally)], TABLE.entries)
    const back = read(bytesOf(person, false), person, without, 1)
    expect(back.states).toEqual([3])
    expect(back.timers).toEqual([{ slot: 0, name: 'other', due: -7 }])
  })

  test('of a version before the first release are refused', () => {
    const bytes = bytesOf(somebody(), false)
    bytes[0] = 2
    expect(() => read(bytes, somebody())).toThrow(
      'version 2; this program reads 3 to 5: it is from before the first release',
    )
  })

  test('of version 4 do not say which facts were known to what waits: all', () => {
    const waiting = (taken: number): Person => ({
      ...newPerson('p', 2),
      inbox: [{ kind: 'event', watermark: 3, taken, bytes: Buffer.from('event') }],
    })
    const [bytes, other] = [bytesOf(waiting(0), false), bytesOf(waiting(1), false)]
    const place = bytes.findIndex((byte, i) => byte !== other[i])
    const older = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)])
    older[0] = 4
    expect(read(older, waiting(0))).toEqual(waiting(Number.MAX_SAFE_INTEGER))
  })

  test('tell from the first of them whether something waits', () => {
    expect(recordWaits(bytesOf(somebody(), false), 0)).toBe(true)
    expect(recordWaits(bytesOf(somebody(), true), 0)).toBe(false)
    expect(recordWaits(bytesOf({ ...somebody(), inbox: [], handoffs: undefined }, false), 0)).toBe(false)
  })
})

describe('a state that nobody read', () => {
  const before = bytesOf(somebody(), false)
  const at = (bytes: Buffer): ByteReader => new ByteReader(Buffer.concat([Buffer.alloc(5), bytes]), 5)
  const later = (bytes: Buffer): Person =>
    decodePerson('p', at(bytes), TABLE, 2, { chunkOf: chunksOf(somebody()), later: true })

  test('is found in the bytes when it is needed', () => {
    expect(later(before).states).toEqual([UNREAD, UNREAD])
    for (const each of SLOTS)
      expect(decodeState(at(before), TABLE, each)).toEqual(somebody().states[each.index])
  })

  test.each([
    ['nothing', []],
    ['one state', [0]],
    ['the other', [1]],
    ['both', [0, 1]],
  ])('is copied where %s was read, and gives the same bytes', (_name, read) => {
    for (const inline of [false, true]) {
      const person = later(before)
      for (const i of read) person.states[i] = decodeState(at(before), TABLE, SLOTS[i]!)
      const writer = new ByteWriter()
      encodePerson(person, SLOTS, TABLE, writer, inline, at(before))
      expect(writer.copy()).toEqual(bytesOf(somebody(), inline))
    }
  })

  test('is left out when it was forgotten, and encoded when it was changed', () => {
    const person = later(before)
    person.states[0] = undefined
    person.states[1] = 17
    person.changedSlots = 3
    const writer = new ByteWriter()
    encodePerson(person, SLOTS, TABLE, writer, false, at(before))
    expect(read(writer.copy(), somebody()).states).toEqual([undefined, 17])
  })

  test('comes from wherever it lies: under the number of an older program, behind others', () => {
    const turned = [slot(0, 't', tally), slot(1, 'j', journal)]
    const table = slotTable(turned, TABLE.entries)
    const person = decodePerson('p', at(before), table, 2, {
      chunkOf: chunksOf(somebody()),
      later: true,
    })
    const writer = new ByteWriter()
    encodePerson(person, turned, table, writer, false, at(before))
    expect(read(writer.copy(), somebody(), table).states).toEqual([
      3,
      { lines: ['a', 'ü'], timers: [['ring', 9]] },
    ])
  })

  test('is missed when its bytes are gone', () => {
    expect(() => encodePerson(later(before), SLOTS, TABLE, new ByteWriter(), false, undefined)).toThrow(
      'is in no bytes',
    )
  })
})
