/** profile: what holds of any events, against a model that reads all of them anew. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import { profile } from '../../../src/operators/profile/operator.ts'
import { event, given, iso, time, wiringOf } from '../../support/given.ts'
import { arrivals, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 30 * MINUTE_MS
const READY = profile.prepare(profile.config.parse({}), wiringOf('profile'))

const doing = fc.oneof(
  fc.record({
    type: fc.constantFrom('product.viewed', 'content.read'),
    data: fc.record({ category: fc.constantFrom('toys', 'books') }),
  }),
  fc.record({
    type: fc.constantFrom('product.added', 'product.removed'),
    data: fc.record({
      product_id: fc.constantFrom('p1', 'p2'),
      price: fc.integer({ min: 1, max: 9 }),
      quantity: fc.integer({ min: 1, max: 3 }),
      cart_id: fc.constantFrom('k1', 'k2'),
    }),
  }),
  fc.record({
    type: fc.constant('order.completed'),
    data: fc.oneof(
      fc.record({ total: fc.integer({ min: 1, max: 50 }), cart_id: fc.constantFrom('k1', 'k2') }),
      fc.record({ total: fc.integer({ min: 1, max: 50 }) }),
    ),
  }),
  fc.record({
    type: fc.constant('consent.changed'),
    data: fc.record({ purpose: fc.constant('marketing'), granted: fc.boolean() }),
  }),
  fc.record({
    type: fc.constantFrom('offer.opened', 'offer.accepted'),
    data: fc.record({ offer_id: fc.constantFrom('a', 'b') }),
  }),
)
/** Minutes of two days, most of them close together. */
const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 40 }), doing), {
      minLength: 1,
      maxLength,
    })
    .map((list) =>
      list
        .map(([day, minute, { type, data }]) =>
          event(`${iso(START + day * DAY_MS + minute * MINUTE_MS)} ${type}`, data as Json),
        )
        .sort((a, b) => a.time - b.time),
    )

/** The plainest fields, from all events up to a time, each read for itself. */
function model(all: readonly StreamEvent[], at: number): Json {
  const then = all.filter((one) => one.time <= at)
  const of = (type: string) => then.filter((one) => one.type === type)
  const orders = of('order.completed')
  const consent = of('consent.changed').toSorted(
    (a, b) => b.time - a.time || Number(a.data['granted']) - Number(b.data['granted']),
  )[0]
  const ids = (types: readonly string[]) =>
    new Set(then.filter(({ type }) => types.includes(type)).map(({ data }) => data['offer_id'])).size
  return {
    orders: orders.length,
    spend: orders.reduce((sum, { data }) => sum + Number(data['total']), 0),
    ...(then.length === 0 ? {} : { last_seen: iso(Math.max(...then.map((one) => one.time))) }),
    consent: consent === undefined ? {} : { marketing: consent.data['granted'] },
    offers_seen: ids(['offer.opened', 'offer.accepted']),
    offers_accepted: ids(['offer.accepted']),
    open_cart_value: cartsOf(then),
  }
}

function cartsOf(then: readonly StreamEvent[]): number {
  const rank = (type: string): number => ['order.completed', 'product.added', 'product.removed'].indexOf(type)
  let value = 0
  for (const cart of ['k1', 'k2']) {
    for (const product of ['p1', 'p2']) {
      const changes = then
        .filter(({ type, data }) =>
          type === 'order.completed'
            ? (data['cart_id'] ?? cart) === cart
            : rank(type) > 0 && data['cart_id'] === cart && data['product_id'] === product,
        )
        .toSorted(
          (a, b) =>
            a.time - b.time ||
            rank(a.type) - rank(b.type) ||
            Number(a.data['quantity']) - Number(b.data['quantity']) ||
            Number(a.data['price']) - Number(b.data['price']),
        )
      let quantity = 0
      let price = 0
      for (const { type, data } of changes) {
        const many = Number(data['quantity'])
        if (type === 'order.completed') quantity = price = 0
        else {
          quantity = Math.max(0, quantity + (type === 'product.added' ? many : -many))
          price = Number(data['price'])
        }
      }
      value += quantity * price
    }
  }
  return value
}

const ends = fc.constantFrom(...[1, 30, 49, 96].map((hours) => START + hours * HOUR_MS))
/** Times to ask about: as far back as anybody decides. */
const moments = (watermark: number) =>
  [0, 20 * MINUTE_MS, 40 * MINUTE_MS, 30 * HOUR_MS, 2 * DAY_MS + HOUR_MS, 3 * DAY_MS]
    .map((after) => START + after)
    .filter((at) => at >= watermark - 26 * HOUR_MS)

const filled = (events: readonly StreamEvent[], end: number) => {
  const chain = given(profile)
  for (const one of arrivals(events, LATENESS)) chain.when(one.event).at(one.watermark)
  return chain.timePasses(end)
}
const newest = (events: readonly StreamEvent[]): number => Math.max(...events.map((one) => one.time))

test('any arrival within the lateness: what the sorted events say, to the last bit', () => {
  const cases = streams(30).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1), ends))
  fc.assert(
    fc.property(cases, ([all, arrived, end]) => {
      const [sorted, mixed] = [filled(all, end).now(), filled(arrived, end).now()]
      for (const at of moments(Math.max(newest(all), end))) {
        const told = profile.tell?.(mixed, at, READY)
        expect(told).toEqual(profile.tell?.(sorted, at, READY))
        expect(told).toMatchObject(model(all, at))
      }
    }),
    { numRuns: 200 },
  )
})

test('two people who become one are known as if they always had been', () => {
  fc.assert(
    fc.property(streams(15), streams(15), ends, (a, b, end) => {
      const chain = filled(a, end).merges(filled(b, end), end)
      const all = [...a, ...b]
      for (const at of moments(Math.max(newest(all), end)))
        expect(profile.tell?.(chain.now(), at, READY)).toMatchObject(model(all, at))
    }),
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 4 })),
      ([a, b, c, days]) => expectMergeInAnyOrder(profile, {}, [a, b, c], START + days * DAY_MS),
    ),
  )
})
