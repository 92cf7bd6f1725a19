/** profile: what conditions may read of a person, as of a time (contracts, section 5 and K1 to K6). */
import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import {
  NOTES_PER_PERSON_MAX,
  PROFILE_CART_CHANGES_MAX,
  PROFILE_NAMES_MAX,
  PROFILE_OFFERS_MAX,
} from '../../../src/model/limits.ts'
import { formatTime, HOUR_MS } from '../../../src/model/time.ts'
import { profile } from '../../../src/operators/profile/operator.ts'
import type { ProfileState } from '../../../src/operators/profile/state.ts'
import { event, given, iso, time, wiringOf } from '../../support/given.ts'

const READY = profile.prepare(profile.config.parse({}), wiringOf('profile'))
const toldBy = (chain: { now(): ProfileState }, at: string): Json =>
  profile.tell?.(chain.now(), time(at), READY) ?? {}
const known = (at: string, ...events: readonly StreamEvent[]): Json =>
  toldBy(given(profile).when(...events), at)

const viewed = (at: string, category: string) => event(`${at} product.viewed`, { product_id: 'p', category })
const added = (at: string, price: number, rest: Json = {}) =>
  event(`${at} product.added`, { product_id: 'p1', price, ...rest })
const ordered = (at: string, total: number, rest: Json = {}) =>
  event(`${at} order.completed`, { order_id: at, total, ...rest })
const on = (channel: string, one: StreamEvent): StreamEvent => ({ ...one, channel })

test('of somebody nobody has heard of, only what is nothing', () => {
  expect(profile.tell?.(profile.state.initial(), time('10:00'), READY)).toEqual({
    orders: 0,
    spend: 0,
    visits: 0,
    traits: {},
    interests: {},
    channels: {},
    mood: {},
    open_cart_value: 0,
    offers_seen: 0,
    offers_accepted: 0,
    consent: {},
  })
})

describe('each field', () => {
  test('first and last seen, by any doing, whatever came first; not by what a phone says by itself', () => {
    const events = [
      event('10:05 page.viewed'),
      event('10:00 page.viewed'),
      event('10:20 location.updated', { lat: 0, lon: 0 }),
      event('10:21 trip.eta_updated', { trip_id: 't', eta_at: iso('11:00') }),
      event('10:22 identity:attached'),
      event('10:23 trigger.fired', {}, { cause: { timer: 't', due: 0 } }),
    ]
    expect(known('2d10:04', ...events)).toMatchObject({
      first_seen: iso('10:00'),
      last_seen: iso('10:05'),
      days_since_seen: 1,
    })
  })

  test('orders and tickets; what was given back is no spending, and leaves the average', () => {
    const events = [
      ordered('10:00', 0.1),
      ordered('10:01', 0.2),
      event('10:02 ticket.purchased', { order_id: 't', total: 59.7 }),
      event('10:03 order.refunded', { order_id: 't', total: 20 }),
    ]
    expect(known('3d10:00', ...events)).toMatchObject({
      orders: 3,
      spend: 40,
      average_order: 20,
      last_order_at: iso('10:02'),
      days_since_order: 2,
    })
  })

  test('the party of the newest ticket; visits by gate and by shop door', () => {
    const ticket = (at: string, children: number) =>
      event(`${at} ticket.purchased`, { order_id: at, party: { adults: 2, children } })
    const events = [
      ticket('10:10', 1),
      ticket('10:00', 3),
      event('10:11 visit.started'),
      event('10:12 store.visited'),
      event('10:13 visit.ended'),
    ]
    expect(known('11:00', ...events)).toMatchObject({ party: { adults: 2, children: 1 }, visits: 2 })
  })

  test('traits: the newest of each; of one moment the greater', () => {
    const described = (at: string, traits: Json) => event(`${at} person.described`, { traits })
    const events = [
      described('10:05', { tribe: 'makers', age: 41 }),
      described('10:00', { tribe: 'readers', pet: 'dog' }),
      described('10:05', { tribe: 'bakers' }),
      described('10:06', { 'no value': null, long: 'x'.repeat(201) }),
    ]
    expect(known('11:00', ...events)['traits']).toEqual({ tribe: 'makers', age: 41, pet: 'dog' })
  })

  test('interests: by category, else by topic, each category of an order once; half after the half-life', () => {
    const lines = [{ category: 'toys' }, { category: 'toys' }, { category: 'books' }]
    const events = [
      viewed('10:00', 'toys'),
      event('10:00 content.read', { topic: 'trains' }),
      added('10:00', 1, { category: 'toys' }),
      ordered('10:00', 1, { products: lines }),
    ]
    expect(known('10:00', ...events)['interests']).toEqual({ books: 3, toys: 6, trains: 1 })
    expect(known('30d10:00', ...events)['interests']).toEqual({ books: 1.5, toys: 3, trains: 0.5 })
    const half = profile.prepare(profile.config.parse({ interestsHalfLife: '1d' }), wiringOf('profile'))
    const state = given(profile, { interestsHalfLife: '1d' }).when(viewed('10:00', 'toys')).now()
    expect(profile.tell?.(state, time('2d10:00'), half)).toMatchObject({ interests: { toys: 0.25 } })
  })

  test('channels by events; the preferred one has most, of equals the first by name', () => {
    const page = (at: string) => event(`${at} page.viewed`)
    const events = [on('web', page('10:00')), on('app', page('10:01')), page('10:02')]
    expect(known('11:00', ...events)).toMatchObject({
      channels: { app: 1, web: 1 },
      preferred_channel: 'app',
    })
    expect(known('11:00', ...events, on('web', page('10:03')))['preferred_channel']).toBe('web')
  })

  test('moods: on arrival, on leaving, and the latest of all', () => {
    const mood = (at: string, value: number, moment?: string) =>
      event(`${at} mood.measured`, { mood: value, ...(moment === undefined ? {} : { moment }) })
    const events = [
      mood('10:00', 0.5, 'arrival'),
      mood('12:00', -0.2, 'break'),
      mood('13:00', -0.9),
      mood('13:00', -0.3),
      mood('09:00', 1, 'departure'),
    ]
    expect(known('14:00', ...events)['mood']).toEqual({ arrival: 0.5, departure: 1, latest: -0.3 })
  })

  test('offers: each once, however often it is said', () => {
    const answer = (at: string, word: string, id: string) => event(`${at} offer.${word}`, { offer_id: id })
    const events = [
      answer('10:00', 'delivered', 'a'),
      answer('10:01', 'opened', 'a'),
      answer('10:02', 'accepted', 'a'),
      answer('10:03', 'redeemed', 'a'),
      answer('10:04', 'failed', 'b'),
      answer('10:05', 'dismissed', 'c'),
    ]
    expect(known('11:00', ...events)).toMatchObject({ offers_seen: 2, offers_accepted: 1 })
    expect(known('10:01', ...events)).toMatchObject({ offers_seen: 1, offers_accepted: 0 })
  })

  test('consent by purpose: the newest word, an unsubscription is one on all; words on one channel are not asked', () => {
    const consent = (at: string, purpose: string, granted: boolean, rest: Json = {}) =>
      event(`${at} consent.changed`, { purpose, granted, ...rest })
    const events = [
      consent('10:00', 'marketing', true),
      consent('10:01', 'sales', true),
      consent('10:02', 'sales', false),
      consent('10:03', 'marketing', false, { channel: 'sms' }),
    ]
    expect(known('11:00', ...events)['consent']).toEqual({ marketing: true, sales: false })
    const stop = event('10:04 message.unsubscribed')
    expect(known('11:00', ...events, stop)['consent']).toEqual({ marketing: false, sales: false })
    expect(known('11:00', ...events, stop, consent('10:05', 'marketing', true))['consent']).toEqual({
      marketing: true,
      sales: false,
    })
    expect(known('11:00', stop)['consent']).toEqual({ marketing: false })
    expect(known('11:00', consent('10:00', 'm', true), consent('10:00', 'm', false))['consent']).toEqual({
      m: false,
    })
  })
})

describe('open carts', () => {
  test('price times quantity, the newest price, never below nothing', () => {
    const events = [
      added('10:00', 5, { quantity: 2 }),
      added('10:01', 4),
      event('10:02 product.removed', { product_id: 'p1', quantity: 9 }),
      added('10:03', 0.1, { quantity: 3 }),
      added('10:04', 7, { cart_id: 'k2' }),
    ]
    expect(known('10:01', ...events)['open_cart_value']).toBe(12)
    expect(known('10:02', ...events)['open_cart_value']).toBe(0)
    expect(known('11:00', ...events)['open_cart_value']).toBe(7.3)
  })

  test('an order empties its cart, or all, of what was there before it', () => {
    const carts = [added('10:00', 5), added('10:00', 7, { cart_id: 'k2' })]
    expect(known('11:00', ...carts, ordered('10:01', 5, { cart_id: 'k2' }))['open_cart_value']).toBe(5)
    expect(known('11:00', ...carts, ordered('10:01', 5))['open_cart_value']).toBe(0)
    expect(known('11:00', ...carts, ordered('10:00', 5))['open_cart_value']).toBe(12)
    expect(known('11:00', ordered('10:01', 5), ...carts)['open_cart_value']).toBe(0)
  })

  test('an order of long ago still ends what another one had in the cart before it', () => {
    const buyer = given(profile)
      .when(added('10:00', 5), ordered('10:30', 5), ordered('10:40', 1))
      .timePasses('9d00:00')
      .when(added('9d00:01', 3, { cart_id: 'k2' }))
    expect(buyer.now().carts.map(({ at }) => formatTime(at))).toEqual([iso('10:40'), iso('9d00:01')])
    const other = given(profile).when(added('10:20', 9)).timePasses('9d00:00')
    expect(toldBy(buyer.merges(other, '9d00:02'), '9d00:02')['open_cart_value']).toBe(3)
  })
})

describe('as of a time', () => {
  test('what came later changes nothing, be it a day', () => {
    const chain = given(profile)
      .when(viewed('10:00', 'toys'), ordered('10:10', 5))
      .timePasses('1d10:00')
      .when(ordered('1d10:00', 7), ordered('1d09:55', 9))
    expect(toldBy(chain, '10:05')).toMatchObject({ orders: 0, interests: { toys: 1 } })
    expect(toldBy(chain, '1d09:59')).toMatchObject({ orders: 2, spend: 14 })
    expect(toldBy(chain, '1d10:00')).toMatchObject({ orders: 3, last_seen: iso('1d10:00') })
  })

  test('a late event counts for its time', () => {
    const chain = given(profile)
      .when(viewed('10:00', 'toys'))
      .timePasses('30d00:00')
      .when(viewed('2d10:00', 'toys'), ordered('09:00', 3))
    expect(toldBy(chain, '30d10:00')).toMatchObject({ first_seen: iso('09:00'), orders: 1 })
  })

  test('old events are summed up, and say the same', () => {
    const many = Array.from({ length: 90 }, (_, i) =>
      on('web', viewed(iso(time('10:00') + i * HOUR_MS), i % 3 === 0 ? 'toys' : 'books')),
    )
    const chain = given(profile)
    for (const one of many) chain.timePasses(one.time).when(one)
    expect(chain.now().notes.length).toBeLessThan(70)
    const afresh = given(profile).when(...many)
    expect(toldBy(chain, '4d10:00')).toEqual(toldBy(afresh, '4d10:00'))
    expect(toldBy(chain, '3d00:00')).toEqual(toldBy(afresh, '3d00:00'))
  })
})

test('another half-life halves what is known from then on', () => {
  const old = given(profile).when(viewed('10:00', 'toys')).timePasses('10d00:00')
  const merged = old.merges(given(profile).when(viewed('10:00', 'toys')), '10d00:00')
  expect(merged.now().notes).toEqual([])
  const shorter = profile.prepare(profile.config.parse({ interestsHalfLife: '10d' }), wiringOf('profile'))
  const interests = profile.tell?.(merged.now(), time('10d10:00'), shorter)['interests'] as Json
  expect(interests['toys']).toBeCloseTo(1, 0)
})

describe('bounds', () => {
  const at = (i: number) => iso(time('10:00') + i * 1000)

  test('events beyond the newest are only summed up', () => {
    const chain = given(profile)
    for (let i = 0; i <= NOTES_PER_PERSON_MAX; i++) chain.when(ordered(at(i), 1, { cart_id: 'k' }))
    expect(chain.now().notes).toHaveLength(NOTES_PER_PERSON_MAX)
    expect(toldBy(chain, '1d10:00')['orders']).toBe(NOTES_PER_PERSON_MAX + 1)
  })

  test('offers beyond the newest are only counted', () => {
    const answers = Array.from({ length: PROFILE_OFFERS_MAX + 2 }, (_, i) =>
      event(`${at(i)} offer.accepted`, { offer_id: `o${i}` }),
    )
    const chain = given(profile).when(...answers)
    expect(chain.now().offers).toMatchObject({ seenBefore: 2, acceptedBefore: 2 })
    expect(toldBy(chain, '1d10:00')['offers_accepted']).toBe(PROFILE_OFFERS_MAX + 2)
  })

  test('the oldest changes of carts fall out, and so do interests that rest longest; both are counted', () => {
    const changes = Array.from({ length: PROFILE_CART_CHANGES_MAX + 3 }, (_, i) => added(at(i), 1))
    expect(
      given(profile)
        .when(...changes)
        .now().carts,
    ).toHaveLength(PROFILE_CART_CHANGES_MAX)
    const views = Array.from({ length: PROFILE_NAMES_MAX + 3 }, (_, i) => viewed(at(i), `c${i}`))
    const chain = given(profile).when(...views)
    const other = given(profile).when(viewed('09:00', 'toys'))
    const step = profile.merge(
      chain.now(),
      other.now(),
      { at: 0, watermark: time('9d10:00'), person: 'p', known: NOTHING_KNOWN },
      READY,
    )
    expect(step.fellOut).toBe(4)
    expect(step.state?.past.interests.map(({ name }) => name)).not.toContain('c2')
    expect(step.state?.past.interests).toHaveLength(PROFILE_NAMES_MAX)
  })
})
