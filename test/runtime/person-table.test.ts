/** Whoever is in the table is found by the bytes of an id and by its text, and nobody else. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newPerson, type Person } from '../../src/runtime/person.ts'
import { PersonTable } from '../../src/runtime/person-table.ts'

/** Ids that share their first characters, and a length or not. */
const ids = fc.oneof(
  fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
  fc.nat(400).map((n) => `aaaaaaaa${n}`),
  fc.nat(400).map((n) => `${n}`.padStart(8, '0')),
)

test('does what a map does, whatever is asked', () => {
  const act = fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), id: ids })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
      const table = new PersonTable()
      const map = new Map<string, Person>()
      for (const { kind, id } of acts) {
        const present = map.get(id)
        const bytes = Buffer.from(`-${id}-`)
        expect(table.find(bytes, 1, bytes.length - 1)).toBe(present)
        expect(table.get(id)).toBe(present)
        if (kind === 'delete') {
          if (present !== undefined) table.delete(present)
          map.delete(id)
        } else if (present === undefined) {
          const person = newPerson(id, 0)
          table.add(person)
          map.set(id, person)
        }
        expect(table.size).toBe(map.size)
      }
      const all = new Set<Person>()
      table.forEach((person) => all.add(person))
      expect(all).toEqual(new Set(map.values()))
      table.forEach((person) => table.delete(person))
      expect(table.size).toBe(0)
    }),
  )
})
