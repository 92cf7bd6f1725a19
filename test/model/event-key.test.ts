/** The dedupe key of bytes is that of their texts: whichever way an event comes, it is the same event. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { eventKeyOfAscii } from '../../src/model/event-key.ts'
import { eventKey } from '../../src/model/hash.ts'

const keyOf = (source: string, id: string): number => {
  const bytes = Buffer.from(`${source}|${id}`)
  const sourceEnd = Buffer.byteLength(source)
  return eventKeyOfAscii(bytes, 0, sourceEnd, sourceEnd + 1, bytes.length)
}

test('of ASCII it is the key of the texts', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 40 })
  fc.assert(
    fc.property(ascii, ascii, (source, id) => {
      expect(keyOf(source, id)).toBe(eventKey(source, id))
    }),
  )
})

test.each([
  ['w\u00e9b', 'e1'],
  ['web', '\u{1f6d2}'],
])('of other bytes there is none: %j %j', (source, id) => {
  expect(keyOf(source, id)).toBe(-1)
})
