/** Names are found by exactly their bytes, and however many come, there is a bound. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { viewOf } from '../../src/model/byte-words.ts'
import { createKnownNames, namesOf } from '../../src/runtime/known-names.ts'

test('what is kept is found by the same bytes, wherever they lie, and by no others', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((list) => Buffer.from(list))
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 30 }), bytes, (all, stranger) => {
      const known = createKnownNames()
      const kept = new Map<string, unknown>()
      for (const one of all) {
        const key = one.toString('hex')
        const found = known.find(viewOf(one), 0, one.length)
        expect(found).toBe(kept.get(key))
        if (found === undefined) kept.set(key, known.keep(one, viewOf(one), 0, one.length, []))
      }
      for (const one of [...all, stranger]) {
        const framed = Buffer.concat([Buffer.of(7), one, Buffer.of(7)])
        expect(known.find(viewOf(framed), 1, framed.length - 1)).toBe(kept.get(one.toString('hex')))
      }
    }),
  )
})

test('of many more than there is room for the newest are found', () => {
  const known = createKnownNames()
  const bytesOf = (i: number): Buffer => Buffer.from(`name ${i}`)
  const find = (bytes: Buffer) => known.find(viewOf(bytes), 0, bytes.length)
  const all = Array.from({ length: 100_000 }, (_, i) => bytesOf(i))
  let newest = 0
  for (const bytes of all) {
    const kept = known.keep(bytes, viewOf(bytes), 0, bytes.length, [])
    if (find(bytes) === kept) newest++
  }
  expect(newest).toBe(all.length)
  const found = all.filter((bytes) => find(bytes) !== undefined).length
  expect(found).toBeGreaterThan(20_000)
  expect(found).toBeLessThanOrEqual(65_536)
})

test('a list too long to keep is as good, and not found', () => {
  const known = createKnownNames()
  const bytes = Buffer.alloc(500)
  expect(known.keep(bytes, viewOf(bytes), 0, 500, [])).toEqual(namesOf([]))
  expect(known.find(viewOf(bytes), 0, 500)).toBe(undefined)
})
