/** Two spellings of one name are equal; what names nobody is told apart from what names somebody. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { blockForm, identifierKey, isBlockedValue, normaliseValue } from '../../src/model/identifiers.ts'

describe('normaliseValue', () => {
  test.each([
    ['email', ' Ann@Example.ORG ', 'ann@example.org'],
    ['phone', ' +49 (0)30 / 123-45 ', '+4903012345'],
    ['phone', '030 123', '030123'],
    ['phone', '0049.30', '004930'],
    ['phone', 'none', ''],
    ['phone', '+', ''],
    ['user_id', ' Ann ', 'Ann'],
    ['device_id', 'ABC', 'ABC'],
  ])('%s %j is %j', (type, value, expected) => {
    expect(normaliseValue(type, value)).toBe(expected)
  })

  test('once is enough', () => {
    fc.assert(
      fc.property(fc.constantFrom('email', 'phone', 'user_id'), fc.string(), (type, value) => {
        const once = normaliseValue(type, value)
        expect(normaliseValue(type, once)).toBe(once)
      }),
    )
  })
})

describe('isBlockedValue', () => {
  const nobody = new Set<string>()

  test.each([
    '',
    '  ',
    'null',
    'NULL',
    ' None ',
    '"null"',
    "'undefined'",
    '"" ',
    'NaN',
    'anonymous',
    'Guest',
    'unknown',
    '0',
    '-1',
    'true',
    'false',
    '[object Object]',
    '0000',
    '+00 000',
    '00000000-0000-0000-0000-000000000000',
    '0.0',
    '"0"',
  ])('%j names nobody', (value) => {
    expect(isBlockedValue(value, nobody)).toBe(true)
  })

  test.each([
    'ann',
    '1',
    '-2',
    '100',
    '0a',
    'nobody',
    'null@example.org',
    'guest1',
    '"null',
    'a0000000000000000',
  ])('%j names somebody', (value) => {
    expect(isBlockedValue(value, nobody)).toBe(false)
  })

  test('takes words of a topology, whatever their length', () => {
    const more = new Set([blockForm(' "Do-Not-Track-This-Person" ')])
    expect(isBlockedValue('do-not-track-this-person', more)).toBe(true)
    expect(isBlockedValue('do-not-track-this-persons', more)).toBe(false)
  })
})

test('the key of an identifier tells type and value apart', () => {
  expect(identifierKey({ type: 'a', value: 'b\nc' })).not.toBe(identifierKey({ type: 'b', value: 'c' }))
})
