/** Numbers of names lie in logs: every public name has one, and none ever changes. */
import { expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../src/model/event-types.ts'
import { eventKey } from '../../src/model/hash.ts'
import {
  FIELD_NAMES,
  OWN_NAME,
  TYPE_NAMES,
  fieldNumberOf,
  typeNumberOf,
} from '../../src/runtime/wire-names.ts'

test('every public type and field has a number in a byte, each its own', () => {
  for (const [type, { fields }] of EVENT_TYPES) {
    expect(TYPE_NAMES[typeNumberOf(type)]).toBe(type)
    for (const field of Object.keys(fields)) expect(FIELD_NAMES[fieldNumberOf(field)]).toBe(field)
  }
  for (const names of [TYPE_NAMES, FIELD_NAMES]) {
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeLessThanOrEqual(256)
  }
  expect([typeNumberOf('own.type'), fieldNumberOf('own')]).toEqual([OWN_NAME, OWN_NAME])
})

test('the numbers that were given out stay: the lists grow at their end', () => {
  // All of them, in their order: two that change places are two that are taken for each other.
  const types = TYPE_NAMES.slice(0, 52).join(' ')
  const names = FIELD_NAMES.slice(0, 59).join(' ')
  expect([eventKey('types', types), eventKey('fields', names)]).toEqual([2192923127264538, 4521579752621931])
  const given = { 'page.viewed': 1, 'product.added': 8, 'order.completed': 12, 'weather.measured': 51 }
  for (const [type, number] of Object.entries(given))
    expect([type, typeNumberOf(type)]).toEqual([type, number])
  const fields = { url: 1, product_id: 8, price: 11, cart_id: 14, quantity: 15, temperature_c: 58 }
  for (const [field, number] of Object.entries(fields))
    expect([field, fieldNumberOf(field)]).toEqual([field, number])
})
