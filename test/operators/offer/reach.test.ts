/** What makes a person reachable on each channel. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import type { StreamEvent } from '../../../src/model/event.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../src/model/time.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { encoded, event, time, wiringOf } from '../../support/given.ts'
import { arrivals, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'
import { entry, expectTold, fired, givenOffers, known, UPSTREAM } from './table.ts'

const on = (...channels: readonly string[]) => ({ offers: [entry('x', { channels })] })
const seen = (at: string, channel: string) => event(`${at} page.viewed`, {}, { channel })

describe('addresses', () => {
  test.each([
    ['email', 'email'],
    ['sms', 'phone'],
    ['whatsapp', 'phone'],
    ['call', 'phone'],
    ['push', 'push_token'],
  ])('%s needs %s', (channel, type) => {
    const chain = givenOffers(on(channel)).when(
      fired('11:00 cart k1'),
      known('11:01', type),
      fired('11:02 cart k2'),
    )
    expectTold(
      chain.emitted(),
      `
      11:00 none: x=no-channel
      11:02 emitted x@${channel}`,
    )
  })

  test.each(['seller', 'kiosk'])('%s needs none', (channel) => {
    const chain = givenOffers(on(channel)).when(fired('11:00 cart k1'))
    expectTold(chain.emitted(), `11:00 emitted x@${channel}`)
  })
})

describe('onsite', () => {
  test('in the five minutes after a web or app event, right border excluded', () => {
    const chain = givenOffers(on('onsite')).when(
      seen('10:00', 'web'),
      fired('10:04:59 cart k1'),
      fired('10:05 cart k2'),
      seen('10:06', 'store'),
      fired('10:06:01 cart k3'),
      seen('10:07', 'app'),
      fired('10:06:59 cart k4'),
      fired('10:07 cart k5'),
    )
    expectTold(
      chain.emitted(),
      `
      10:04:59 emitted x@onsite
      10:05 none: x=no-channel
      10:06:01 none: x=no-channel
      10:06:59 none: x=no-channel
      10:07 emitted x@onsite`,
    )
  })

  test('as long as the document says, and as of the end of quiet hours', () => {
    const chain = givenOffers({
      ...on('onsite'),
      onsiteWithin: '2m',
      quietHours: { from: '22:00', to: '08:00' },
    })
      .when(seen('10:00', 'web'), fired('10:02 cart k1'), seen('22:30', 'web'), fired('22:31 cart k2'))
      .timePasses('1d08:00')
    expectTold(
      chain.emitted(),
      `
      10:02 none: x=no-channel
      22:31 held x: x=quiet-hours
      1d08:00 none: x=no-channel`,
    )
  })

  test('any order of arrival, any way of merging: at each moment the same answer as from all events', () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(minutes, minutes, fc.integer({ min: 0, max: 70 }), (ours, theirs, asked) => {
        const views = (list: readonly number[]): readonly StreamEvent[] =>
          list.map((minute) => event('10:00 page.viewed', {}, { channel: 'web', time: minute * MINUTE_MS }))
        const other = givenOffers(on('onsite')).when(...views(theirs))
        const chain = givenOffers(on('onsite'))
          .when(...views(ours))
          .merges(other, '10:00')
          .when({ ...fired('10:00 cart k1'), time: asked * MINUTE_MS })
        const near = [...ours, ...theirs].some((minute) => minute <= asked && asked < minute + 5)
        expect(chain.emitted().some(({ type }) => type === 'offer.emitted')).toBe(near)
      }),
    )
  })

  test('a visit is two numbers, however long it is', () => {
    const chain = givenOffers(on('onsite')).when(seen('10:00', 'web'))
    const one = encoded(offer.state, chain.now()).length
    for (let i = 1; i < 200; i++)
      chain.when(event('10:00 page.viewed', {}, { channel: 'web', time: time('10:00') + i * 30 * SECOND_MS }))
    expect(encoded(offer.state, chain.now()).length).toBeLessThan(one + 4)
  })

  test('who is not asked for onsite remembers nothing of it', () => {
    const ready = givenOffers(on('email')).when(seen('10:00', 'web'))
    expect(ready.now()).toBe(offer.state.initial())
  })
})

describe('store', () => {
  const visit = (text: string, data = {}) => event(text, data)
  const asked = (at: string) => fired(`${at} cart k-${at}`)
  const answers = (...events: readonly StreamEvent[]) =>
    givenOffers(on('store'))
      .when(...events)
      .emitted()
      .filter(({ type }) => type === 'decision.made')
      .map(({ data }) => data['outcome'] === 'emitted')

  test('from the gate in to the gate out', () => {
    expect(
      answers(
        asked('09:59'),
        visit('10:00 visit.started', { visit_id: 'v1' }),
        asked('10:00'),
        visit('11:00 zone.entered', { zone_id: 'ride-7' }),
        visit('11:10 zone.left', { zone_id: 'ride-7' }),
        asked('11:11'),
        visit('12:00 visit.ended', { visit_id: 'v2' }),
        asked('12:01'),
        visit('13:00 visit.ended', { visit_id: 'v1' }),
        asked('12:59'),
        asked('13:00'),
      ),
    ).toEqual([false, true, true, true, true, false])
  })

  test('a zone without a gate, and a gate that ends what zones began', () => {
    expect(
      answers(
        visit('10:00 zone.entered', { place_id: 'shop-1', zone_id: 'shoes' }),
        asked('10:01'),
        visit('10:02 zone.left', { zone_id: 'hats' }),
        asked('10:03'),
        visit('10:04 zone.left', { zone_id: 'shoes' }),
        asked('10:05'),
        visit('10:06 zone.entered', { place_id: 'shop-1', zone_id: 'shoes' }),
        visit('10:07 visit.ended', { place_id: 'shop-2' }),
        asked('10:08'),
        visit('10:09 visit.ended'),
        asked('10:10'),
      ),
    ).toEqual([true, true, false, true, false])
  })

  test('started and ended at one moment is ended, and nobody stays longer than a day', () => {
    expect(
      answers(
        visit('10:00 visit.ended', { visit_id: 'v1' }),
        visit('10:00 visit.started', { visit_id: 'v1' }),
        asked('10:00'),
        visit('11:00 visit.started', { visit_id: 'v2' }),
        asked('1d10:59'),
        asked('1d11:00'),
      ),
    ).toEqual([false, true, false])
  })

  test('the order of arrival makes no difference', () => {
    const events = [
      visit('10:00 visit.started', { visit_id: 'v1' }),
      visit('10:01 visit.ended', { visit_id: 'v1' }),
      visit('10:02 zone.entered', { zone_id: 'a' }),
      visit('10:03 zone.left', { zone_id: 'a' }),
      visit('10:04 zone.entered', { zone_id: 'b' }),
    ]
    const minutes = ['10:00:30', '10:01:30', '10:02:30', '10:03:30', '10:04:30']
    const answersIn = (order: readonly StreamEvent[]) => {
      const chain = givenOffers(on('store'))
      for (const one of arrivals(order, 10 * MINUTE_MS)) chain.when(one.event).at(one.watermark)
      return chain
        .when(...minutes.map(asked))
        .emitted()
        .flatMap(({ type, data }) => (type === 'decision.made' ? [data['outcome']] : []))
    }
    fc.assert(
      fc.property(inAnyArrival(events, 10 * MINUTE_MS), (order) => {
        expect(answersIn(order)).toEqual(['emitted', 'none', 'emitted', 'none', 'emitted'])
      }),
    )
  })
})

test('merging in any order ends equal, the bytes too', () => {
  const config = on('onsite', 'store')
  const moments = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 3 * DAY_MS }),
      type: fc.constantFrom('page.viewed', 'visit.started', 'visit.ended', 'zone.entered', 'zone.left'),
      data: fc.constantFrom({}, { visit_id: 'v1' }, { zone_id: 'z', place_id: 'p' }),
    }),
    { maxLength: 10 },
  )
  fc.assert(
    fc.property(fc.tuple(moments, moments, moments), (people) => {
      expectMergeInAnyOrder(
        offer,
        config,
        people.map((list) =>
          list.map(({ at, type, data }) => event(`10:00 ${type}`, data, { time: at, channel: 'web' })),
        ),
        3 * DAY_MS,
      )
    }),
    { numRuns: 50 },
  )
})

test('what falls out of the lists is counted', () => {
  const ready = offer.prepare(offer.config.parse(on('store')), wiringOf('offers', { upstream: UPSTREAM }))
  let state = offer.state.initial()
  let fellOut = 0
  for (let i = 0; i < 203; i++) {
    const entered = event('10:00 zone.entered', { zone_id: `z${i}` }, { time: time('10:00') + i })
    const moment = { at: entered.time, watermark: 0, person: 'p', known: NOTHING_KNOWN }
    const step = offer.onEvent(state, entered, moment, ready)
    state = step?.state ?? state
    fellOut += step?.fellOut ?? 0
  }
  expect(state.extras.signs).toHaveLength(200)
  expect(fellOut).toBe(3)
})
