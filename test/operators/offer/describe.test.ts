import { expect, test } from '@jest/globals'
import { offerConfig } from '../../../src/operators/offer/config.ts'
import { describe } from '../../../src/operators/offer/describe.ts'
import { prepareOffers } from '../../../src/operators/offer/prepare.ts'
import { event, iso, time, wiringOf } from '../../support/given.ts'
import { entry, fired, givenOffers, known, UPSTREAM } from './table.ts'

const CONFIG = {
  offers: [entry('x', { channels: ['email'], expires: '1h' })],
  caps: [{ max: 3, per: '24h' }],
  quietHours: { from: '22:00', to: '08:00' },
}
const READY = prepareOffers(
  offerConfig.parse(CONFIG),
  wiringOf('offer', { operatorId: 'offers', upstream: UPSTREAM }),
)

test('how somebody is reached, what was said, sent and waits', () => {
  const chain = givenOffers(CONFIG)
  const told = (at: string) => describe(chain.now(), time(at), READY)
  expect(told('08:00')).toEqual([
    'no address is known',
    'has said nothing about marketing, which counts as agreement',
    'local time is that of UTC',
  ])
  chain
    .when(known('08:00', 'email'), fired('09:00 cart k1'))
    .when(
      fired('23:00 cart k2'),
      event('09:30 consent.changed', { purpose: 'marketing', granted: false, channel: 'sms' }),
    )
  expect(told('09:10')).toEqual([
    'known by email',
    'has agreed to marketing, but not by sms',
    'local time is that of UTC',
    `"x" was sent by email at ${iso('09:00')}, open until ${iso('10:00')}`,
    '1 of at most 3 offers within 24h',
  ])
  expect(told('23:10')).toContain(`"x" was sent by email at ${iso('09:00')}, over`)
  expect(told('23:10')).toContain(`a decision about cart-abandonment (k2) waits until ${iso('1d08:00')}`)
  chain.when(event('23:30 consent.changed', { purpose: 'marketing', granted: false }))
  expect(told('23:40')).toContain('has refused marketing')
})
