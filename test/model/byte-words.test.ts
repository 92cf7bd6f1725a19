/** Four bytes at a time say what the bytes say one by one, at any length and place. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hashOfBytes, isAscii, sameBytes, viewOf } from '../../src/model/byte-words.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 40 }).map((list) => Uint8Array.from(list)),
)
const framed = (list: Uint8Array, before: number): [DataView, number, number] => {
  const buffer = Buffer.concat([Buffer.alloc(before, 200), list, Buffer.of(200)])
  return [viewOf(buffer), before, before + list.length]
}
const place = fc.nat(5)

test('ASCII is what has no byte above 127', () => {
  fc.assert(
    fc.property(bytes, place, (list, at) => {
      expect(isAscii(...framed(list, at))).toBe(list.every((byte) => byte < 128))
    }),
  )
})

test('the same bytes are the same, and have the same hash, wherever they lie', () => {
  fc.assert(
    fc.property(bytes, place, place, (list, at, elsewhere) => {
      const [view, start, end] = framed(list, at)
      const [other, from, to] = framed(list, elsewhere)
      expect(sameBytes(view, start, end, other, from)).toBe(true)
      expect(hashOfBytes(view, start, end)).toBe(hashOfBytes(other, from, to))
    }),
  )
})

test('one byte more or less makes another', () => {
  fc.assert(
    fc.property(bytes, fc.nat(39), fc.integer({ min: 1, max: 255 }), (list, where, by) => {
      fc.pre(list.length > 0)
      const changed = Uint8Array.from(list)
      changed[where % list.length]! ^= by
      const [view, start, end] = framed(list, 1)
      const [other, from] = framed(changed, 2)
      expect(sameBytes(view, start, end, other, from)).toBe(false)
    }),
  )
})
