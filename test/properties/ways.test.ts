/** Partitions, batches and crashes change nothing that comes out, whatever goes in. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { planOf, replayed, setOf } from '../support/replayed.ts'
import {
  bytesOf,
  documentOf,
  effort,
  identifiersOf,
  PATIENCE_MS,
  shopping,
  strolling,
  timeOf,
} from './made-up.ts'

const PLAN = planOf(
  documentOf(
    [
      {
        id: 'late',
        type: 'late-arrival',
        from: 'who',
        config: { lateBy: '5m', confirm: 2, clearBy: '2m', step: '5m' },
      },
      {
        id: 'places',
        type: 'geofence',
        from: 'who',
        config: { places: [{ id: 'mill', lat: 0, lon: 0, radius_m: 100 }] },
      },
      {
        id: 'stays',
        type: 'pattern',
        from: ['places', 'who'],
        config: {
          steps: [{ type: 'zone.entered' }, { type: 'product.added' }],
          within: '15m',
          unless: { type: 'zone.left', within: '3m' },
          once: '10m',
        },
      },
      {
        id: 'leaving',
        type: 'pattern',
        from: 'who',
        config: {
          steps: [{ type: 'product.added' }, { type: 'product.removed' }],
          within: '10m',
          key: 'event.product_id',
          decide: 'at-once',
        },
      },
      { id: 'known', type: 'profile', from: 'who' },
      { id: 'met', type: 'encounters', from: ['who', 'stay'] },
      {
        id: 'warm',
        type: 'warmth',
        from: ['who', 'places'],
        config: { weights: { 'page.viewed': 12, 'product.added': 20, 'zone.entered': 15 }, halfLife: '20m' },
      },
      {
        id: 'groups',
        type: 'segments',
        from: ['who', 'met'],
        config: {
          segments: [
            { id: 'buyers', when: 'profile.orders >= 1 && profile.quality > 0.2' },
            { id: 'carts', when: 'profile.open_cart_value > 30 && profile.warmth > 20' },
          ],
          recheck: '1h',
        },
      },
      {
        id: 'say',
        type: 'offer',
        from: ['cart', 'late'],
        config: {
          consent: { purpose: 'marketing', default: 'granted' },
          caps: [
            { max: 1, per: '20m', channel: 'email' },
            { max: 3, per: '1h' },
          ],
          quietHours: { from: '09:40', to: '09:55' },
          holdout: { percent: 15, salt: 'made-up' },
          offers: [
            {
              id: 'back',
              on: 'cart',
              channels: ['email', 'push'],
              priority: 40,
              expires: '1h',
              expiresOn: ['order.completed'],
              template: 'back',
            },
            {
              id: 'gift',
              on: 'cart',
              when: 'trigger.value > 30 && profile.open_cart_value > 10',
              channels: ['screen'],
              priority: 60,
              expires: '10m',
              template: 'gift',
            },
            {
              id: 'hurry',
              on: 'late',
              channels: ['push', 'screen'],
              expires: '20m',
              expiresOn: ['trip.arrived'],
              template: 'hurry',
            },
          ],
        },
      },
    ],
    { said: { from: ['say', 'late', 'places', 'stays', 'leaving', 'met', 'warm', 'groups'], topic: 'said' } },
    { lateness: '20s', grace: '4m', idle: '3m' },
  ),
)

const trip = fc.record({
  type: fc.constantFrom('trip.started', 'trip.eta_updated', 'trip.arrived', 'trip.stopped'),
  data: fc.record({
    trip_id: fc.constantFrom('t1', 't2', 't3'),
    scheduled_arrival_at: fc.constant(timeOf(2000)),
    eta_at: fc.integer({ min: 1800, max: 4000 }).map(timeOf),
  }),
})
const word = fc.oneof(
  fc.record({
    type: fc.constant('consent.changed'),
    data: fc.record({ purpose: fc.constant('marketing'), granted: fc.boolean() }),
  }),
  fc.record({ type: fc.constant('message.unsubscribed'), data: fc.constantFrom({}, { channel: 'email' }) }),
)
const name = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((i) => `c:${i}`),
  fc.integer({ min: 0, max: 2 }).map((i) => `u:${i}`),
  fc.integer({ min: 0, max: 2 }).map((i) => `e:${i}@made-up.example`),
  fc.integer({ min: 0, max: 2 }).map((i) => `t:${i}`),
)
const event = fc.record({
  at: fc.integer({ min: 0, max: 3600 }),
  late: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) }, fc.integer({ min: 0, max: 600 })),
  who: fc.uniqueArray(name, { minLength: 0, maxLength: 3 }),
  id: fc.integer({ min: 0, max: 80 }),
  what: fc.oneof(
    { weight: 5, arbitrary: shopping },
    { weight: 4, arbitrary: trip },
    { weight: 3, arbitrary: strolling },
    word,
  ),
})
const recording = fc.array(event, { minLength: 5, maxLength: 70 }).map((made) =>
  made
    .toSorted((a, b) => a.at + a.late - b.at - b.late)
    .map(({ at, late, who, id, what }) =>
      JSON.stringify({
        id: `e${id}`,
        ...what,
        time: timeOf(at),
        received: timeOf(at + late),
        identifiers: identifiersOf(who),
      }),
    ),
)
const way = fc.record(
  {
    partitions: fc.integer({ min: 1, max: 5 }),
    batch: fc.integer({ min: 1, max: 30 }),
    crashEvery: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: [] },
)

test(
  'any way of working it off: the same set, the same summary',
  async () => {
    await fc.assert(
      fc.asyncProperty(recording, way, way, async (lines, one, other) => {
        const end = { afterMs: 7_200_000 }
        const straight = await replayed(PLAN, bytesOf(lines), end)
        for (const run of [one, other]) {
          const { outputs, summary } = await replayed(PLAN, bytesOf(lines), end, run)
          expect(setOf(outputs)).toEqual(setOf(straight.outputs))
          expect(summary).toEqual(straight.summary)
        }
      }),
      effort(120),
    )
  },
  PATIENCE_MS,
)
