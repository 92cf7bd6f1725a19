/** Numbers of names lie in logs: every public name has one, and none ever changes. */
import { expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../src/model/event-types.ts'
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
  const given = { 'page.viewed': 1, 'product.added': 8, 'order.completed': 12, 'weather.measured': 51 }
  for (const [type, number] of Object.entries(given))
    expect([type, typeNumberOf(type)]).toEqual([type, number])
  const fields = { url: 1, product_id: 8, price: 11, cart_id: 14, quantity: 15, temperature_c: 58 }
  for (const [field, number] of Object.entries(fields))
    expect([field, fieldNumberOf(field)]).toEqual([field, number])
})
