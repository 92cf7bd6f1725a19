/** Whoever is in the index has a number of its own, by the bytes of an id and by its text, and nobody else has one. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PersonIndex } from '../../src/runtime/person-index.ts'

/** Ids that share their first characters, and a length or not; short ones and long ones. */
const ids = fc.oneof(
  fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
  fc.nat(400).map((n) => `aaaaaaaa${n}`),
  fc.nat(60).map((n) => `${n}`.padStart(8, '0').padEnd(32, 'e')),
  fc.nat(60).map((n) => `${n}`.padStart(80, 'long')),
)

describe('the index of people', () => {
  test('does what a map does, whatever is asked', () => {
    const act = fc.record({ kind: fc.constantFrom('put', 'put', 'delete'), id: ids })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const index = new PersonIndex()
        const map = new Map<string, number>()
        for (const { kind, id } of acts) {
          const present = map.get(id) ?? -1
          const bytes = Buffer.from(`-${id}-`)
          expect([index.find(bytes, 1, bytes.length - 1), index.findText(id)]).toEqual([present, present])
          if (kind === 'put') {
            const number = index.put(id)
            if (present >= 0) expect(number).toBe(present)
            else expect([...map.values()]).not.toContain(number)
            map.set(id, number)
          } else if (present >= 0) {
            index.delete(present)
            map.delete(id)
          }
          expect(index.size).toBe(map.size)
        }
        for (const [id, number] of map) expect([index.findText(id), index.id(number)]).toEqual([number, id])
      }),
    )
  })

  test('numbers stay dense, and nobody is there behind a clear', () => {
    const index = new PersonIndex()
    const numbers = Array.from({ length: 1000 }, (_, i) => index.put(`person ${i}`))
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    numbers.forEach((number, i) => expect(index.findText(`person ${i}`)).toBe(number))
    index.delete(500)
    index.delete(7)
    expect([index.put('x'), index.put('y'), index.put('z')]).toEqual([7, 500, 1000])
    index.clear()
    expect([index.size, index.findText('x'), index.put('x')]).toEqual([0, -1, 0])
  })

  test('sorts by id', () => {
    const index = new PersonIndex()
    const [b, a] = [index.put('b'), index.put('a')]
    expect([index.before(a, b), index.before(b, a), index.before(a, a)]).toEqual([true, false, false])
  })
})
