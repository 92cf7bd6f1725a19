/** What is counted of a value is no less than what is written of it, and not much more. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { roomBehind } from '../../../src/adapters/formats/value-size.ts'
import { ByteWriter } from '../../../src/model/bytes.ts'

const counted = (value: unknown): number => -roomBehind(value, 0)

test('a value is counted as it is written, or a little more', () => {
  const text = fc.string({ unit: 'binary', maxLength: 80 })
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), text, fc.dictionary(text, fc.double()))), (values) => {
      const room = 1e6
      const writer = new ByteWriter()
      writer.value(values)
      const size = room - roomBehind(values, room)
      expect(size).toBeGreaterThanOrEqual(writer.length)
      expect(size).toBeLessThan(10 + 9 * writer.length)
    }),
  )
})

test('nothing is looked at behind the end of the room, nor far below', () => {
  const list: unknown[] = Array.from({ length: 20 }, () => 'x'.repeat(100))
  const far = {
    get name(): never {
      throw new Error('looked at')
    },
  }
  expect(roomBehind([...list, far], 1000)).toBeLessThan(0)
  expect(() => roomBehind([...list, far], 10_000)).toThrow('looked at')
  let deep: unknown = 'x'
  for (let i = 0; i < 1e6; i++) deep = [deep]
  expect(counted(deep)).toBeLessThan(1000)
})
