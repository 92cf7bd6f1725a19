/** A text found by its bytes is the text of those bytes, whatever was looked up before. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isText, knownText } from '../../src/model/known-texts.ts'

const at = (text: string): readonly [Buffer, number, number] => {
  const bytes = Buffer.from(`..${text}..`)
  return [bytes, 2, bytes.length - 2]
}

test('of a few bytes of ASCII it is their text', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 24 })
  fc.assert(
    fc.property(fc.array(ascii, { maxLength: 50 }), (texts) => {
      for (const text of [...texts, ...texts]) expect(knownText(...at(text))).toBe(text)
    }),
  )
})

test.each(['\u00e9', 'a text that is longer than that'])('%j is to be made by who asks', (text) => {
  expect(knownText(...at(text))).toBe(undefined)
})

test('a text is its bytes and no others', () => {
  expect(isText('web', ...at('web'))).toBe(true)
  for (const other of ['wes', 'we', 'webs', '']) expect(isText(other, ...at('web'))).toBe(false)
})
