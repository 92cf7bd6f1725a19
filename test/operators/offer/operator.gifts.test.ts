/** Gifts and their caps, groups, lifetimes, discounts. */
import { describe, expect, test } from '@jest/globals'
import { offerConfig } from '../../../src/operators/offer/config.ts'
import { GIVEN_MAX, mergeGiven } from '../../../src/operators/offer/lifetime.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { prepareOffers } from '../../../src/operators/offer/prepare.ts'
import { encoded, event, wiringOf } from '../../support/given.ts'
import { entry, expectTold, fired, givenOffers, retracted, UPSTREAM } from './table.ts'

describe('gifts', () => {
  const offers = [
    entry('water', { when: 'trigger.value > 100', gift: true, priority: 90 }),
    entry('nudge', { channels: ['kiosk', 'mail'] }),
  ]
  test('caps neither count a gift nor hold it back; gift caps hold gifts alone', () => {
    const chain = givenOffers({
      offers,
      caps: [{ max: 1, per: '24h' }],
      giftCaps: [{ max: 2, per: '24h' }],
    }).when(
      fired('10:00 cart k1', { value: 200 }),
      fired('10:01 cart k2'),
      fired('10:02 cart k3', { value: 200 }),
      fired('10:03 cart k4', { value: 200 }),
      fired('10:04 cart k5'),
    )
    expectTold(
      chain.emitted(),
      `
      10:00 emitted water@kiosk: nudge=outranked
      10:01 emitted nudge@kiosk: water=condition-false
      10:02 emitted water@kiosk: nudge=capped
      10:03 none: water=capped nudge=capped
      10:04 none: water=condition-false nudge=capped`,
    )
    const [first, , second] = chain.emitted()
    expect(first?.data).toMatchObject({ gift: true, caps: [{ per: '24h', max: 2, used: 1 }] })
    expect(second?.data).toMatchObject({ caps: [{ per: '24h', max: 1, used: 1 }] })
    expect(second?.data).not.toHaveProperty('gift')
  })

  test('a gift cap on one channel leaves the next', () => {
    const chain = givenOffers({
      offers: [entry('water', { gift: true, channels: ['kiosk', 'mail'] })],
      giftCaps: [{ max: 1, per: '24h', channel: 'kiosk' }],
    }).when(fired('10:00 cart k1'), fired('10:01 cart k2'))
    expectTold(
      chain.emitted(),
      `
      10:00 emitted water@kiosk
      10:01 emitted water@mail`,
    )
  })
})

describe('groups', () => {
  const config = {
    offers: [
      entry('near', { on: 'late', group: 'parking', when: 'trigger.late_minutes < 30', expires: '10m' }),
      entry('nearer', { on: 'late', group: 'parking', expires: '10m' }),
      entry('voucher', { on: 'late', priority: 10, when: 'trigger.late_minutes >= 30' }),
    ],
  }
  test('one of a group for an instance, whether it lives or not', () => {
    const chain = givenOffers(config).when(
      fired('10:00 late t1', { late_minutes: 20 }),
      fired('10:30 late t1', { late_minutes: 40 }),
      fired('10:31 late t2', { late_minutes: 40 }),
      retracted('10:32 late t2'),
      fired('10:33 late t2', { late_minutes: 20 }),
    )
    expectTold(
      chain.emitted(),
      `
      10:00 emitted near@kiosk: nearer=outranked voucher=condition-false
      10:30 emitted voucher@kiosk: near=condition-false nearer=duplicate
      10:31 emitted nearer@kiosk: near=condition-false voucher=outranked
      10:32 revoked retracted
      10:33 none: near=duplicate nearer=duplicate voucher=condition-false`,
    )
  })

  test('two that become one have had what either had; a month later it is another matter', () => {
    const other = givenOffers(config, { person: 'q' }).when(fired('10:00 late t1', { late_minutes: 20 }))
    const chain = givenOffers(config)
      .merges(other, '11:00')
      .when(fired('29d23:59 late t1', { late_minutes: 20 }), fired('30d10:00 late t1', { late_minutes: 20 }))
      .at('30d10:00')
    expect(chain.emitted().map(({ type, data }) => data['outcome'] ?? type)).toEqual([
      'none',
      'offer.emitted',
      'emitted',
    ])
  })
})

describe('a lifetime', () => {
  const config = { offers: [entry('welcome', { maxPerPerson: 2, expires: '1m' })] }
  test('longer than what is remembered of single offers, and over merges', () => {
    const other = givenOffers(config, { person: 'q' }).when(fired('10:00 cart k1'))
    const chain = givenOffers(config)
      .merges(other, '11:00')
      .when(fired('3d10:00 cart k2'))
      .at('3d10:00')
      .when(fired('300d10:00 cart k3'))
      .at('300d10:00')
    // The first one is forgotten, and counted all the same.
    expect(chain.now().sent.map(({ instance }) => instance)).toEqual(['k2'])
    expect(chain.emitted().map(({ type, data }) => data['outcome'] ?? type)).toEqual([
      'offer.emitted',
      'emitted',
      'none',
    ])
    expect(chain.emitted()[2]?.data['rejected']).toMatchObject([{ reason: 'capped' }])
  })

  test('no more offers than a document may list, those of the document last', () => {
    const ready = prepareOffers(offerConfig.parse(config), wiringOf('offers', { upstream: UPSTREAM }))
    const many = Array.from({ length: GIVEN_MAX }, (_, i) => ({ offer: `old-${i}`, times: 1 }))
    const tally = { fellOut: 0 }
    expect(mergeGiven(many, [{ offer: 'welcome', times: 1 }], ready, tally)).toEqual([
      { offer: 'welcome', times: 1 },
    ])
    expect(tally.fellOut).toBe(GIVEN_MAX)
  })
})

describe('a discount', () => {
  test.each<[unknown, unknown]>([
    ['10%', { percent: 10 }],
    ['7.5%', { percent: 7.5 }],
    [{ percent: 20 }, { percent: 20 }],
    [
      { amount: 5, currency: 'EUR' },
      { amount: 5, currency: 'EUR' },
    ],
  ])('%j is passed on as %j', (discount, expected) => {
    const chain = givenOffers({ offers: [entry('x', { discount, params: { a: 1 } })] }).when(
      fired('10:00 cart k1'),
    )
    expect(chain.emitted()[0]?.data['content']).toEqual({
      template: 't',
      params: { a: 1 },
      discount: expected,
    })
  })

  test.each([10, '10', '200%', { percent: 0 }, { amount: 5 }, { percent: 5, amount: 1, currency: 'EUR' }])(
    '%j is none',
    (discount) => {
      const parsed = offerConfig.safeParse({ offers: [entry('x', { discount })] })
      expect(parsed.error?.issues).toMatchObject([
        {
          path: ['offers', 0, 'discount'],
          message: expect.stringContaining('write 10%, { percent: 10 } or'),
        },
      ])
    },
  )

  test('nobody who has none is told of it', () => {
    const chain = givenOffers({ offers: [entry('x')] }).when(fired('10:00 cart k1'))
    expect(chain.emitted()[0]?.data['content']).toEqual({ template: 't', params: {} })
  })
})

test('who uses none of it pays one byte', () => {
  const chain = givenOffers({ offers: [entry('x')] }).when(event('10:00 page.viewed', {}, { channel: 'web' }))
  expect(chain.now()).toBe(offer.state.initial())
  expect(encoded(offer.state, chain.now()).at(-1)).toBe(0)
})
