import { describe, expect, test } from '@jest/globals'
import { emission, event, iso, wiringOf } from '../../support/given.ts'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { entry, expectTold, fired, givenOffers, known, retracted } from './table.ts'

describe('one decision a trigger', () => {
  test('an offer with all that a sender needs', () => {
    const config = {
      offers: [
        {
          id: 'nearer-parking',
          on: 'late',
          when: 'trigger.phase == "en-route" && trigger.late_minutes >= 15',
          channels: ['push', 'sms', 'whatsapp'],
          priority: 70,
          expires: '30m',
          template: 'parking-upgrade',
          params: { price: '7.50' },
        },
      ],
      caps: [
        { max: 2, per: '24h' },
        { max: 3, per: '7d', channel: 'push' },
        { max: 1, per: '1h', channel: 'sms' },
      ],
      holdout: { percent: 0.07, salt: 'a' },
    }
    const context = { timezone: 'Europe/Copenhagen', locale: 'da-DK' }
    const chain = givenOffers(config)
      .when(known('08:00', 'push_token', 'phone'), event('08:10 page.viewed', {}, { context }))
      .when(fired('08:30 late t1', { phase: 'en-route', late_minutes: 20 }))
    const [emitted, made] = chain.emitted()
    expect(emitted?.data).toEqual({
      offer_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      offer: 'nearer-parking',
      idempotency_key: emitted?.data['offer_id'],
      decision_id: made?.data['decision_id'],
      recipient: {
        identifiers: [
          { type: 'phone', value: 'phone-1' },
          { type: 'push_token', value: 'push_token-1' },
        ],
        locale: 'da-DK',
        timezone: 'Europe/Copenhagen',
      },
      channel: 'push',
      channel_fallbacks: ['sms', 'whatsapp'],
      content: { template: 'parking-upgrade', params: { price: '7.50' } },
      priority: 70,
      expires_at: iso('09:00'),
      not_before: null,
      collapse_key: 'late:t1',
      trigger: {
        operator: 'late',
        name: 'late-arrival',
        instance: 't1',
        data: { trigger: 'late-arrival', instance: 't1', phase: 'en-route', late_minutes: 20 },
      },
      experiment: { policy: 'priority', propensity: 0.9993, holdout: false },
      caps: [
        { per: '24h', max: 2, used: 1 },
        { per: '7d', max: 3, used: 1 },
      ],
    })
    expect(made?.data).toEqual({
      decision_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      trigger: { operator: 'late', name: 'late-arrival', instance: 't1' },
      outcome: 'emitted',
      chosen: 'nearer-parking',
      offer_id: emitted?.data['offer_id'],
      rejected: [],
      held_until: null,
      propensity: 0.9993,
      policy: 'priority',
    })
  })

  test('priority, then the order of the document; why the others lost', () => {
    const chain = givenOffers({
      offers: [
        entry('low', { priority: 10 }),
        entry('first', { priority: 90 }),
        entry('second', { priority: 90 }),
        entry('far', { priority: 99, channels: ['sms'] }),
        entry('other', { on: 'late' }),
      ],
    }).when(fired('11:00 cart k1'), fired('11:01 own x'))
    expectTold(
      chain.emitted(),
      `
      11:00 emitted first@kiosk: far=no-channel second=outranked low=outranked
      11:01 none: -=no-candidate`,
    )
  })

  test('a condition without a value is false and says so', () => {
    const chain = givenOffers({
      offers: [entry('big', { when: 'trigger.value >= 10 && profile.traits.tribe == "a"' })],
    })
      .when(
        fired('11:00 cart k1', { value: 20 }),
        event('11:10 person.described', { traits: { tribe: 'a' } }),
      )
      .when(
        fired('11:20 cart k2', { value: 20 }),
        fired('11:21 cart k3', { value: 5 }),
        fired('11:05 cart k4', { value: 20 }),
      )
    expectTold(
      chain.emitted(),
      `
      11:00 none: big=condition-false
      11:20 emitted big@kiosk
      11:21 none: big=condition-false
      11:05 none: big=condition-false`,
    )
    expect(chain.emitted()[0]?.data['rejected']).toEqual([
      { offer: 'big', reason: 'condition-false', detail: 'no value: profile.traits.tribe' },
    ])
  })

  test('conditions see the operator and the context of the cause', () => {
    const chain = givenOffers({
      offers: [entry('x', { when: 'trigger.operator == "cart" && context.campaign == "spring"' })],
    }).when(fired('11:00 cart k1', {}, { context: { campaign: 'spring' } }), fired('11:01 cart k2'))
    expectTold(
      chain.emitted(),
      `
      11:00 emitted x@kiosk
      11:01 none: x=condition-false`,
    )
  })

  test('the anonymous person of a shared identifier gets nothing', () => {
    const chain = givenOffers({ offers: [entry('x'), entry('y', { when: 'trigger.value > 1' })] }).when(
      fired('11:00 cart k1', {}, { shared: true }),
    )
    expectTold(chain.emitted(), '11:00 none: x=identity-ambiguous y=condition-false')
  })

  test('the same offer for the same instance while it lives', () => {
    const chain = givenOffers({ offers: [entry('x', { on: 'late', expires: '30m' })] }).when(
      fired('08:30 late t1'),
      fired('08:40 late t1'),
      fired('08:41 late t2'),
      fired('09:00 late t1'),
      retracted('09:01 late t1'),
      fired('09:02 late t1'),
    )
    expectTold(
      chain.emitted(),
      `
      08:30 emitted x@kiosk
      08:40 none: x=duplicate
      08:41 emitted x@kiosk
      09:00 emitted x@kiosk
      09:01 revoked retracted
      09:02 emitted x@kiosk`,
    )
  })

  test('nothing new in an event: no step at all', () => {
    const ready = offer.prepare(offer.config.parse({ offers: [entry('x')] }), wiringOf('offers'))
    const view = (at: string) =>
      event(`${at} page.viewed`, {}, { context: { timezone: 'Europe/Copenhagen', locale: 'da' } })
    const moment = { at: 0, watermark: 0, person: 'p', known: NOTHING_KNOWN }
    const first = offer.onEvent(offer.state.initial(), view('10:00'), moment, ready)
    expect(first?.state?.zones).toHaveLength(1)
    // Said again at the same moment; at a later one the last time is kept (M1).
    expect(offer.onEvent(first?.state ?? offer.state.initial(), view('10:00'), moment, ready)).toBeUndefined()
    expect(
      offer.onEvent(
        offer.state.initial(),
        event('10:00 page.viewed', {}, { context: { timezone: 'Mars/Base', locale: 7 } }),
        moment,
        ready,
      ),
    ).toBeUndefined()
  })
})

describe('quiet hours', () => {
  const quiet = { from: '22:00', to: '08:00' }
  test('held, decided again as a whole, and expiring by the trigger', () => {
    givenOffers({ offers: [entry('x')], quietHours: quiet })
      .when(fired('22:30 cart k1'))
      .thenEmits(
        emission('22:30 decision.made', {
          outcome: 'held',
          chosen: 'x',
          held_until: iso('1d08:00'),
          rejected: [{ offer: 'x', reason: 'quiet-hours' }],
        }),
      )
      .thenTimer('held', '1d08:00')
      .timePasses('1d08:00')
      .thenEmits(
        emission('1d08:00 offer.emitted', { expires_at: iso('1d22:30') }),
        emission('1d08:00 decision.made', { outcome: 'emitted', held_until: null }),
      )
      .thenTimer('held', undefined)
  })

  test('dropped', () => {
    expectTold(
      // oxlint-disable-next-line unicorn/no-thenable -- the key is the contract's.
      givenOffers({ offers: [entry('x')], quietHours: { ...quiet, then: 'drop' } })
        .when(fired('22:30 cart k1'))
        .emitted(),
      '22:30 none: x=quiet-hours',
    )
  })

  test('several are worked off by time of trigger; what expired meanwhile says so; a better one takes over', () => {
    const chain = givenOffers({
      offers: [entry('quick', { priority: 90, expires: '2h' }), entry('slow')],
      caps: [{ max: 1, per: '24h' }],
      quietHours: quiet,
    })
      .when(fired('23:00 cart k2'), fired('22:30 cart k1'))
      .timePasses('1d08:00')
    expectTold(
      chain.emitted(),
      `
      23:00 held quick: quick=quiet-hours slow=outranked
      22:30 held quick: quick=quiet-hours slow=outranked
      1d08:00 emitted slow@kiosk: quick=expired
      1d08:00 none: quick=expired slow=capped`,
    )
  })

  test('held again where the person has moved; held-out people wait too', () => {
    const chain = givenOffers({ offers: [entry('x')], quietHours: quiet, holdout: { percent: 100 } })
      .when(
        fired('23:00 cart k1'),
        event('1d07:00 page.viewed', {}, { context: { timezone: 'America/New_York' } }),
      )
      .timePasses('1d08:00')
      .thenTimer('held', '1d12:00')
      .timePasses('1d12:00')
    expectTold(
      chain.emitted(),
      `
      23:00 held x: x=quiet-hours
      1d08:00 held x: x=quiet-hours
      1d12:00 holdout x: x=holdout`,
    )
  })

  test('taken back while held', () => {
    const chain = givenOffers({
      offers: [entry('x'), entry('y', { when: 'trigger.value > 3' })],
      quietHours: quiet,
    })
      .when(fired('23:00 cart k1'), fired('23:01 cart k2'), retracted('23:30 cart k1'))
      .timePasses('1d09:00')
    expectTold(
      chain.emitted(),
      `
      23:00 held x: x=quiet-hours y=condition-false
      23:01 held x: x=quiet-hours y=condition-false
      23:30 none: x=retracted y=condition-false
      1d08:00 emitted x@kiosk: y=condition-false`,
    )
  })

  test('erased while held: each ends, once, and says nothing but that', () => {
    const chain = givenOffers({
      offers: [entry('x'), entry('y', { when: 'trigger.value > 3' })],
      quietHours: quiet,
    })
      .when(fired('23:00 cart k1'), fired('23:01 cart k2'))
      .erased('23:30')
      .timePasses('1d09:00')
    expectTold(
      chain.emitted(),
      `
      23:00 held x: x=quiet-hours y=condition-false
      23:01 held x: x=quiet-hours y=condition-false
      23:30 none: x=suppressed-person y=suppressed-person
      23:30 none: x=suppressed-person y=suppressed-person`,
    )
    const path = { id: 'path', type: 'journey', emits: ['trigger.fired'], fields: {}, triggerSteps: ['park'] }
    const step = givenOffers(
      { offers: [entry('x', { on: 'path.park' })], quietHours: quiet },
      { upstream: [path] },
    )
      .when(fired('23:00 path p1', { step: 'park' }))
      .erased('23:30')
    expectTold(step.emitted(), '23:00 held x: x=quiet-hours\n23:30 none: x=suppressed-person')
    expect(new Set(chain.emitted().map(({ data }) => data['decision_id'])).size).toBe(2)
    givenOffers({ offers: [entry('x')] })
      .when(fired('12:00 cart k1'))
      .erased('12:30')
      .now()
  })

  test('a refusal that comes while it waits', () => {
    const chain = givenOffers({ offers: [entry('x')], quietHours: quiet })
      .when(fired('23:00 cart k1'), event('22:00 consent.changed', { purpose: 'marketing', granted: false }))
      .timePasses('1d08:00')
    expectTold(
      chain.emitted(),
      `
      23:00 held x: x=quiet-hours
      1d08:00 none: x=no-consent`,
    )
  })
})

describe('the end of an offer', () => {
  test('revoked while it lives, by the time of the retraction', () => {
    const chain = givenOffers({ offers: [entry('x', { on: 'late', expires: '30m' })] }).when(
      fired('08:30 late t1'),
      retracted('08:59 late t1'),
      retracted('08:59 late t1'),
      fired('10:00 late t2'),
      retracted('10:30 late t2'),
    )
    expectTold(
      chain.emitted(),
      `
      08:30 emitted x@kiosk
      08:59 revoked retracted
      10:00 emitted x@kiosk`,
    )
  })

  test.each([
    [
      'its own trip',
      { on: 'late', expiresOn: ['trip.arrived'] },
      'late t1',
      'trip.arrived',
      { trip_id: 't1' },
      true,
    ],
    [
      'another trip',
      { on: 'late', expiresOn: ['trip.arrived'] },
      'late t1',
      'trip.arrived',
      { trip_id: 't2' },
      false,
    ],
    [
      'a cart with the name of the trip',
      { on: 'late', expiresOn: ['order.completed'] },
      'late t1',
      'order.completed',
      { cart_id: 't1' },
      false,
    ],
    ['its cart', { expiresOn: ['order.completed'] }, 'cart k1', 'order.completed', { cart_id: 'k1' }, true],
    [
      'another cart',
      { expiresOn: ['order.completed'] },
      'cart k1',
      'order.completed',
      { cart_id: 'k2' },
      false,
    ],
    ['an order of no cart', { expiresOn: ['order.completed'] }, 'cart k1', 'order.completed', {}, true],
    [
      'the default cart',
      { expiresOn: ['product.added'] },
      'cart default',
      'product.added',
      { product_id: 'p' },
      true,
    ],
    [
      'whatever the instance is',
      { on: 'own', expiresOn: ['visit.ended'] },
      'own v1',
      'visit.ended',
      { visit_id: 'v1' },
      true,
    ],
    ['a trigger without instance', { on: 'own', expiresOn: ['page.viewed'] }, 'own', 'page.viewed', {}, true],
    ['a type that ends nothing', { on: 'late' }, 'late t1', 'trip.arrived', { trip_id: 't1' }, false],
  ])('%s', (_name, part, trigger, type, data, ends) => {
    const chain = givenOffers({ offers: [entry('x', part)] }).when(
      fired(`08:30 ${trigger}`),
      event(`08:40 ${type}`, data),
      fired(`08:50 ${trigger}`),
    )
    expectTold(
      chain.emitted(),
      `
      08:30 emitted x@kiosk
      08:50 ${ends ? 'emitted x@kiosk' : 'none: x=duplicate'}`,
    )
  })

  test('nothing to revoke once an event has ended it; ended while held', () => {
    const config = {
      offers: [entry('x', { on: 'late', expiresOn: ['trip.arrived'] })],
      quietHours: { from: '22:00', to: '08:00' },
    }
    const chain = givenOffers(config)
      .when(
        fired('08:30 late t1'),
        event('08:40 trip.arrived', { trip_id: 't1' }),
        retracted('08:50 late t1'),
      )
      .when(fired('23:00 late t2'), event('23:10 trip.arrived', { trip_id: 't2' }))
      .timePasses('1d08:00')
    expectTold(
      chain.emitted(),
      `
      08:30 emitted x@kiosk
      23:00 held x: x=quiet-hours
      1d08:00 none: x=expired`,
    )
  })

  test('what came before the trigger, or later than the time decided for, ends nothing', () => {
    const chain = givenOffers({ offers: [entry('x', { on: 'late', expiresOn: ['trip.arrived'] })] }).when(
      event('08:29 trip.arrived', { trip_id: 't1' }),
      event('08:31 trip.arrived', { trip_id: 't1' }),
      fired('08:30 late t1'),
      fired('08:30:30 late t1'),
      fired('08:32 late t1'),
    )
    expectTold(
      chain.emitted(),
      `
      08:30 emitted x@kiosk
      08:30:30 none: x=duplicate
      08:32 emitted x@kiosk`,
    )
  })
})

describe('as of the time decided for', () => {
  test('a zone of later, or said late of the past', () => {
    const config = { offers: [entry('x')], quietHours: { from: '22:00', to: '08:00' } }
    const zone = (at: string, timezone: string) => event(`${at} person.described`, { traits: { timezone } })
    const chain = givenOffers(config)
      .when(zone('10:00', 'UTC'), zone('12:00', 'Asia/Tokyo'), zone('11:00', 'Europe/Copenhagen'))
      .when(fired('11:30 cart k1'), fired('13:30 cart k2'))
      .timePasses('1d08:00')
    expectTold(
      chain.emitted(),
      `
      11:30 emitted x@kiosk
      13:30 held x: x=quiet-hours
      23:00 emitted x@kiosk`,
    )
  })

  test('an address that is known late counts at once, and one that is gone does not', () => {
    const chain = givenOffers({ offers: [entry('x', { channels: ['email', 'push'] })] })
      .when(fired('11:00 cart k1'), known('11:10', 'email'), fired('11:05 cart k2'))
      .when(
        event('11:20 identity:detached', { identifiers: [{ type: 'email', value: 'email-1' }] }),
        known('11:21', 'push_token'),
        fired('11:30 cart k3'),
      )
    expectTold(
      chain.emitted(),
      `
      11:00 none: x=no-channel
      11:05 emitted x@email
      11:30 emitted x@push`,
    )
  })
})
