import { describe, expect, test } from '@jest/globals'
import { jsonObject } from '../../../src/adapters/formats/json-text.ts'

const read = (bytes: Buffer | string): unknown => {
  const buffer = Buffer.from(bytes)
  return jsonObject(buffer, 0, buffer.length, 'it')
}

describe('what is no JSON object', () => {
  test.each<[string, Buffer | string, string, RegExp]>([
    ['a word', 'hello', 'not-json', /is not JSON/],
    ['an open brace', '{"id":"broken"', 'not-json', /is not JSON/],
    ['nothing', '', 'not-json', /is empty/],
    ['a number', '42', 'invalid-event', /no object/],
    ['a list', '[]', 'invalid-event', /no object/],
    ['null', 'null', 'invalid-event', /no object/],
    ['a text', '"text"', 'invalid-event', /no object/],
    ['two values', '{}{}', 'not-json', /is not JSON/],
    ['a number that JSON has not', '{"a":NaN}', 'not-json', /is not JSON/],
    [
      'bad UTF-8 in a value',
      Buffer.from([...Buffer.from('{"a":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
      'not-json',
      /UTF-8/,
    ],
    [
      'an overlong form',
      Buffer.from([...Buffer.from('{"a":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
      'not-json',
      /UTF-8/,
    ],
    [
      'a surrogate as bytes',
      Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
      'not-json',
      /UTF-8/,
    ],
    ['half a surrogate pair, escaped', '{"a":["\\ud83d"]}', 'invalid-event', /surrogate/],
    ['half a surrogate pair in a key', '{"\\udc00":1}', 'invalid-event', /surrogate/],
  ])('%s', (_, bytes, reason, detail) => {
    expect(read(bytes)).toMatchObject({ reason, detail: expect.stringMatching(detail) })
  })
})

describe('what is one', () => {
  test.each<[string, string, unknown]>([
    ['of a duplicate key the last', '{"a":1,"a":2}', { a: 2 }],
    ['the replacement character itself', '{"a":"\ufffd"}', { a: '\ufffd' }],
    ['a pair, escaped', '{"a":"\\ud83d\\ude00"}', { a: '😀' }],
    ['any UTF-8', '{"å":"日本"}', { å: '日本' }],
  ])('%s', (_, text, value) => {
    expect(read(text)).toEqual(value)
  })

  test('a hundred thousand lists in each other do not exhaust the stack', () => {
    expect(read(`{"a":${'['.repeat(100_000)}"\\ud800"${']'.repeat(100_000)}}`)).toMatchObject({
      reason: 'invalid-event',
    })
  })
})
