/** Templates: what is worked out, what stands as it is, and what is told of mistakes. */
import { describe, expect, test } from '@jest/globals'
import type { FieldTypes } from '../../src/model/event-types.ts'
import { templateOf } from '../../src/model/template.ts'

const VARIABLES: FieldTypes = {
  cart: { fields: { value: 'number', currency: 'text' } },
  key: 'text',
}
const VALUES = { cart: { value: 7.5 }, key: 'k1' }

const filled = (text: unknown, hole?: 'null' | 'refuses'): unknown => {
  const { problems, fill } = templateOf(
    { deep: [{ text }] },
    [],
    VARIABLES,
    hole === undefined ? {} : { hole },
  )
  expect(problems).toEqual([])
  const done = fill(VALUES)
  return typeof done === 'symbol' ? done.description : (done as { deep: { text: unknown }[] }).deep[0]?.text
}

test.each<[string, unknown, unknown]>([
  ['one expression keeps its kind', '${cart.value}', 7.5],
  ['a longer text', '${key} for ${cart.value}', 'k1 for 7.5'],
  ['braces of its own', '${{"a": cart.value}}', { a: 7.5 }],
  ['a brace within a text', '${"}" + key}', '}k1'],
  ['as it stands', '\\${key}', '${key}'],
  ['no text', 3, 3],
])('%s', (_name, text, expected) => {
  expect(filled(text)).toEqual(expected)
  expect(filled(text, 'null')).toEqual(expected)
})

test.each([
  ['${cart.currency}', 'cart.currency'],
  ['in ${cart.currency}', 'cart.currency'],
  ['in ${[1.0]}', '[1.0], which is no text'],
])('%s has no value: the whole is refused, or the text is null', (text, missing) => {
  expect(filled(text)).toBe(missing)
  expect(filled(text, 'null')).toBeNull()
})

describe('what is told', () => {
  test('what is read, of all expressions together', () => {
    const { fields } = templateOf({ a: '${cart.value}', b: ['${cart.currency} ${key}'] }, [], VARIABLES)
    expect(fields).toEqual(
      new Map<string, unknown>([
        ['cart', new Set(['value', 'currency'])],
        ['key', 'all'],
      ]),
    )
  })

  test('each mistake with its place', () => {
    const { problems } = templateOf({ a: ['${cart.valu}'], b: 'for ${key' }, ['x'], VARIABLES)
    expect(problems.map(({ path, code, message }) => `${path.join('.')} ${code}: ${message}`)).toEqual([
      'x.a.0 condition-type: there is no field valu (line 1, column 6 of the expression cart.valu)',
      'x.b condition-syntax: a "${" without its "}"',
    ])
  })
})
