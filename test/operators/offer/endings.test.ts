/** Which events end which offers early. */
import { expect, test } from '@jest/globals'
import type { Json } from '../../../src/model/event.ts'
import { event, given } from '../../support/given.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { entry, fired, UPSTREAM } from './table.ts'

const WATCH = { id: 'watch', type: 'price-watch', emits: ['trigger.fired'], fields: {} }

/** Whether an offer on a trigger is over behind the event: then the same trigger gives it once more. */
function ends(source: string, instance: string, type: string, data: Json): boolean {
  const config = { offers: [entry('x', { on: source, expiresOn: [type] })] }
  const emitted = given(offer, config, { operatorId: 'offers', upstream: [...UPSTREAM, WATCH] })
    .when(
      fired(`10:00 ${source} ${instance}`),
      event(`10:01 ${type}`, data),
      fired(`10:02 ${source} ${instance}`),
    )
    .emitted()
    .filter((draft) => draft.type === 'offer.emitted')
  return emitted.length === 2
}

test.each<[string, string, string, Json, boolean]>([
  ['late', 't1', 'trip.stopped', { trip_id: 't1' }, true],
  ['late', 't1', 'trip.stopped', { trip_id: 't2' }, false],
  ['late', 't1', 'visit.started', { visit_id: 'v1' }, true],
  ['late', 't1', 'ride.boarded', { trip_id: 't2' }, false],
  ['late', 't1', 'order.completed', { order_id: 'o' }, true],
  ['late', 't1', 'order.completed', { order_id: 'o', cart_id: 'k1' }, false],
  ['cart', 'k1', 'order.completed', { order_id: 'o', cart_id: 'k1' }, true],
  ['cart', 'k1', 'order.completed', { order_id: 'o', cart_id: 'k2' }, false],
  ['cart', 'k1', 'order.completed', { order_id: 'o' }, true],
  ['cart', 'k1', 'product.added', { product_id: 'p' }, false],
  ['cart', 'default', 'product.added', { product_id: 'p' }, true],
  ['cart', 'k1', 'visit.ended', {}, true],
  ['cart', 'k1', 'trip.arrived', { trip_id: 't1' }, false],
  ['watch', 'p9', 'order.completed', { order_id: 'o', cart_id: 'k1' }, false],
  ['watch', 'p9', 'visit.ended', { visit_id: 'v' }, true],
  ['watch', 'p9', 'order.completed', { order_id: 'o', products: [{ product_id: 'p9' }] }, true],
  ['watch', 'p9', 'order.completed', { order_id: 'o', products: [{ product_id: 'p1' }, null] }, false],
  ['watch', 'p9', 'order.completed', { order_id: 'o' }, true],
  ['watch', 'p9', 'product.added', { product_id: 'p1' }, false],
  ['watch', 'p9', 'product.added', { product_id: 'p9' }, true],
  ['own', 'v1', 'visit.ended', { visit_id: 'v1' }, true],
  ['own', 'v1', 'visit.ended', { visit_id: 'v2' }, false],
  ['own', 'v1', 'visit.ended', {}, true],
  ['own', 'p9', 'product.added', { product_id: 'p9' }, true],
  ['own', 'p9', 'product.added', { product_id: 'p1' }, false],
  ['own', '', 'visit.ended', { visit_id: 'v2' }, true],
])('an offer on %s %s and %s %j: %j', (source, instance, type, data, expected) => {
  expect(ends(source, instance, type, data)).toBe(expected)
})
