/** What merges promise: in any order equal, nothing started, no cap, refusal or holdout lifted. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import { holdoutOf } from '../../../src/operators/offer/holdout.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import type { OfferState } from '../../../src/operators/offer/state.ts'
import { event, given, iso, roundTrip, wiringOf } from '../../support/given.ts'
import { entry, expectTold, fired, givenOffers, known, retracted, UPSTREAM } from './table.ts'

const CONFIG = {
  offers: [
    entry('x', { expiresOn: ['trip.arrived', 'order.completed'] }),
    entry('y', { on: 'late', channels: ['email'], expires: '2h' }),
  ],
  caps: [{ max: 3, per: '2h' }],
  quietHours: { from: '12:00', to: '14:00' },
  holdout: { percent: 30, salt: 's' },
}

const clock = fc
  .integer({ min: 0, max: 8 * 60 })
  .map(
    (minute) =>
      `${String(Math.floor(minute / 60) + 8).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  )
const happening: fc.Arbitrary<StreamEvent> = fc
  .tuple(clock, fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b'))
  .map(([at, kind, name]) => {
    switch (kind) {
      case 0:
      case 1:
        return fired(`${at} cart ${name}`, { value: 3 })
      case 2:
        return fired(`${at} late ${name}`)
      case 3:
        return retracted(`${at} late ${name}`)
      case 4:
        return event(`${at} consent.changed`, {
          purpose: 'marketing',
          granted: name === 'a',
          channel: 'email',
        })
      case 5:
        return event(`${at} person.described`, {
          traits: { tribe: name, timezone: name === 'a' ? 'Asia/Kolkata' : 'UTC' },
        })
      case 6:
        return event(
          `${at} page.viewed`,
          {},
          { context: { timezone: name === 'a' ? 'Asia/Kolkata' : 'Europe/Copenhagen', locale: name } },
        )
      case 7:
        return known(at, 'email')
      case 8:
        return event(`${at} message.unsubscribed`, { channel: name === 'a' ? 'email' : 'push' })
      default:
        return event(`${at} order.completed`, { order_id: name, cart_id: name })
    }
  })
const life = fc
  .array(happening, { maxLength: 12 })
  .map((events) => [...events].sort((a, b) => a.time - b.time))

const ready = offer.prepare(offer.config.parse(CONFIG), wiringOf('offers', { upstream: UPSTREAM }))
const moment = { at: 0, watermark: 0, person: 'kept', known: NOTHING_KNOWN }
const merged = (a: OfferState, b: OfferState): OfferState =>
  roundTrip(offer.state, offer.merge(a, b, moment, ready).state ?? offer.state.initial())
const stateOf = (events: readonly StreamEvent[], person: string): OfferState => {
  const { holdout, ...rest } = givenOffers(CONFIG, { person })
    .when(...events)
    .now()
  return { ...rest, holdout: holdoutOf(holdout, ready.holdout, ready.key, person) }
}

test('people merge in any order to an equal state', () => {
  fc.assert(
    fc.property(life, life, life, (a, b, c) => {
      const [x, y, z] = [stateOf(a, 'p1'), stateOf(b, 'p2'), stateOf(c, 'p3')]
      expect(merged(y, x)).toEqual(merged(x, y))
      expect(merged(merged(x, y), z)).toEqual(merged(x, merged(y, z)))
    }),
    { numRuns: 60 },
  )
})

test('a merge emits nothing and sets the one timer', () => {
  fc.assert(
    fc.property(life, life, (a, b) => {
      const [x, y] = [stateOf(a, 'p1'), stateOf(b, 'p2')]
      const step = offer.merge(x, y, moment, ready)
      expect(step.emit).toBeUndefined()
      const ends = [...x.held, ...y.held].map(({ until }) => until)
      expect(step.timers).toEqual(ends.length === 0 ? [] : [{ name: 'held', due: Math.min(...ends) }])
    }),
    { numRuns: 50 },
  )
})

test('held for one who is then merged: made again with the caps of both, under the same id', () => {
  const config = {
    offers: [entry('x')],
    caps: [{ max: 1, per: '24h' }],
    quietHours: { from: '22:00', to: '08:00' },
  }
  const b = givenOffers(config, { person: 'b' }).when(fired('22:30 cart k2'))
  const a = givenOffers(config, { person: 'a' })
    .when(fired('21:00 cart k1'))
    .merges(b, '23:30')
    .thenTimer('held', '1d08:00')
    .timePasses('1d08:00')
  expectTold(
    a.emitted(),
    `
    21:00 emitted x@kiosk
    1d08:00 none: x=capped`,
  )
  expect(a.emitted().at(-1)?.data['decision_id']).toBe(b.emitted()[0]?.data['decision_id'])
})

test('a revocation says whose emission it takes back', () => {
  const config = { offers: [entry('x')] }
  const b = givenOffers(config, { person: 'b' }).when(fired('11:00 cart k2'))
  const wiring = wiringOf('offers', { upstream: UPSTREAM })
  const plain = offer.prepare(offer.config.parse(config), wiring)
  const step = offer.onEvent(
    offer.merge(offer.state.initial(), b.now(), moment, plain).state ?? offer.state.initial(),
    retracted('11:10 cart k2'),
    { ...moment, person: 'a' },
    plain,
  )
  expect(step?.emit).toEqual([
    {
      type: 'offer.revoked',
      channel: 'kiosk',
      data: { offer_id: b.emitted()[0]?.data['offer_id'], reason: 'retracted' },
      person: 'b',
    },
  ])
})

test('held out in one, held out in both', () => {
  const config = { offers: [entry('x')], holdout: { percent: 50, salt: 's' } }
  const isOut = (person: string): boolean =>
    givenOffers(config, { person }).when(event('10:00 page.viewed')).now().holdout?.out === true
  const people = Array.from({ length: 40 }, (_, i) => `p${i}`)
  const [out, free] = [people.find(isOut) ?? '', people.find((person) => !isOut(person)) ?? '']
  for (const [kept, absorbed, outcome] of [
    [out, free, 'holdout'],
    [free, out, 'holdout'],
  ] as const) {
    const other = givenOffers(config, { person: absorbed }).when(event('10:00 page.viewed'))
    const chain = givenOffers(config, { person: kept }).merges(other, '10:10').when(fired('11:00 cart k'))
    expect(chain.emitted().map(({ data }) => data['outcome'])).toEqual([outcome])
  }
  // The one who is kept has done nothing here before: the kept id is drawn too.
  const chain = givenOffers(config, { person: out })
    .merges(givenOffers(config, { person: free }).when(event('10:00 page.viewed')), '10:10')
    .when(fired('11:00 cart k'))
  expect(chain.emitted().map(({ data }) => data['outcome'])).toEqual(['holdout'])
})

test('the answers do not hang on the order of arrival within the lateness', () => {
  const config = {
    offers: [entry('x', { when: 'profile.traits.tribe == "a"', expiresOn: ['order.completed'] })],
    quietHours: { from: '12:00', to: '14:00' },
  }
  const says = [
    event('10:00 person.described', { traits: { tribe: 'b', timezone: 'UTC' } }),
    event('10:01 person.described', { traits: { tribe: 'a' } }),
    event('10:03 person.described', { traits: { tribe: 'b', timezone: 'Asia/Kolkata' } }),
    event('10:03:30 order.completed', { order_id: 'o', cart_id: 'k' }),
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(says, { minLength: says.length }), (order) => {
      const chain = given(offer, config, { operatorId: 'offers', upstream: UPSTREAM }).when(
        ...order,
        fired('10:02 cart k'),
        fired('10:04 cart k'),
      )
      expectTold(
        chain.emitted(),
        `
        10:02 emitted x@kiosk
        10:04 none: x=condition-false`,
      )
      expect(chain.emitted()[0]?.data).toMatchObject({
        recipient: { timezone: 'UTC' },
        expires_at: iso('1d10:02'),
      })
    }),
  )
})
