/** Who watches what: a list of pairs, by any order of asking. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { slotTable } from '../../src/runtime/slot-table.ts'
import { Watches } from '../../src/runtime/watches.ts'
import { journal, slot, tally } from './journal.ts'

const TABLE = slotTable([slot(0, 'j', journal), slot(1, 't', tally)], [])
const PEOPLE = 90
const THINGS = ['product:a', 'product:b', 'place:c', '']

test('does what a set of pairs does, whatever is asked, and comes back from its bytes', () => {
  const act = fc.record({
    person: fc.nat(PEOPLE - 1),
    slot: fc.nat(1),
    entity: fc.constantFrom(...THINGS),
    on: fc.constantFrom(true, true, false),
    drops: fc.nat(12).map((n) => n === 0),
  })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
      const watches = new Watches()
      const pairs = new Set<string>()
      const key = (person: number, of: number, entity: string): string => `${person}/${of}/${entity}`
      for (const { person, slot: of, entity, on, drops } of acts) {
        if (drops) {
          watches.drop(person, of)
          for (const thing of THINGS) if (thing !== '') pairs.delete(key(person, of, thing))
        } else {
          watches.set(person, of, entity, on)
          if (on) pairs.add(key(person, of, entity))
          else pairs.delete(key(person, of, entity))
        }
      }
      const back = new Watches()
      for (let person = 0; person < PEOPLE; person++) {
        const own = watches.of(person).map((watch) => key(person, watch.slot, watch.entity))
        expect(own.sort()).toEqual([...pairs].filter((pair) => pair.startsWith(`${person}/`)).sort())
        expect(watches.has(person)).toBe(own.length > 0)
        const writer = new ByteWriter()
        watches.encode(person, TABLE, writer)
        back.decode(person, TABLE, new ByteReader(writer.copy()))
      }
      for (const entity of THINGS) {
        const watching = [...pairs].filter(
          (pair) => pair.slice(pair.indexOf('/', pair.indexOf('/') + 1) + 1) === entity,
        )
        const numbers = watching.map((pair) => Number.parseInt(pair, 10)).sort((a, b) => a - b)
        expect(watches.isWatched(entity)).toBe(numbers.length > 0)
        for (const one of [watches, back])
          expect([...one.watchersOf(entity)].sort((a, b) => a - b)).toEqual(numbers)
      }
    }),
    { numRuns: 100 },
  )
})
