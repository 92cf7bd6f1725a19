/** The table of public types is closed where the contract closes it, and open where it leaves things to a business. */
import { describe, expect, test } from '@jest/globals'
import { dataProblem, EVENT_TYPES, isEventType } from '../../src/model/event-types.ts'

describe('isEventType', () => {
  test.each(['product.added', 'email.opened', 'spa.booked', 'a.b', 'spa.room_2.booked'])(
    'takes %s',
    (type) => {
      expect(isEventType(type)).toBe(true)
    },
  )
  test.each([
    '',
    'product',
    'Product.added',
    '.added',
    'product.',
    'a..b',
    'a b.c',
    '2a.b',
    'a.2b',
    'a.b\n',
    'ä.b',
  ])('refuses %j', (type) => {
    expect(isEventType(type)).toBe(false)
  })
  test('takes every type of the table', () => {
    expect([...EVENT_TYPES.keys()].filter((type) => !isEventType(type))).toEqual([])
  })
})

describe('EVENT_TYPES', () => {
  test('facts of the world, and they alone, are marked as such', () => {
    const world = [...EVENT_TYPES].filter(([, rule]) => rule.world).map(([type]) => type)
    expect(world.sort()).toEqual([
      'place.moved',
      'price.changed',
      'queue.measured',
      'stock.changed',
      'weather.measured',
    ])
  })
  test('every required field has a kind', () => {
    for (const { required, fields } of EVENT_TYPES.values()) {
      expect(Object.keys(fields)).toEqual(expect.arrayContaining([...required]))
    }
  })
})

describe('dataProblem', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['a required field', 'product.added', { product_id: 'p1' }],
    ['null as absent', 'product.added', { product_id: 'p1', price: null }],
    ['fields that the table does not know', 'product.added', { product_id: 'p1', colour: { any: [1] } }],
    ['a type of a business', 'spa.booked', { price: 'free' }],
    [
      'a time as text or number',
      'trip.eta_updated',
      { trip_id: 't', eta_at: 0, scheduled_arrival_at: '1970-01-01T00:00:00Z' },
    ],
    ['the ends of a range', 'location.updated', { lat: -90, lon: 180, accuracy_m: 0 }],
    [
      'a list of lines',
      'order.completed',
      { order_id: 'o', products: [{ product_id: 'p', quantity: 2 }, {}] },
    ],
    [
      'fields named like those of every object',
      'product.added',
      { product_id: 'p1', constructor: 1, toString: 2 },
    ],
  ])('takes %s', (_name, type, data) => {
    expect(dataProblem(type, data)).toBeUndefined()
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['product.added', {}, 'data.product_id is required for product.added'],
    ['product.added', { product_id: null }, 'data.product_id is required for product.added'],
    ['product.added', { product_id: '' }, 'data.product_id is required for product.added'],
    ['product.added', { product_id: 7 }, 'data.product_id must be text'],
    ['product.added', { product_id: 'p', price: '9' }, 'data.price must be a number'],
    ['product.added', { product_id: 'p', price: Number.NaN }, 'data.price must be a number'],
    ['product.added', { product_id: 'p', quantity: -1 }, 'data.quantity must be from 0'],
    ['mood.measured', { mood: 1.01 }, 'data.mood must be from -1 to 1'],
    ['consent.changed', { purpose: 'ads', granted: 'yes' }, 'data.granted must be true or false'],
    [
      'trip.eta_updated',
      { trip_id: 't', eta_at: 'soon' },
      'data.eta_at must be RFC 3339 or epoch milliseconds',
    ],
    ['order.completed', { order_id: 'o', products: {} }, 'data.products must be a list'],
    ['order.completed', { order_id: 'o', products: [{}, 'p'] }, 'data.products[1] must be an object'],
    [
      'order.completed',
      { order_id: 'o', products: [{ price: [] }] },
      'data.products[0].price must be a number',
    ],
    ['person.described', { traits: [] }, 'data.traits must be an object'],
  ])('of %s %j names the field', (type, data, problem) => {
    expect(dataProblem(type, data)).toContain(problem)
  })
})
