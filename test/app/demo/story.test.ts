import { expect, test } from '@jest/globals'
import { SHOP } from '../../../src/app/demo/shop.ts'
import { storyOf } from '../../../src/app/demo/story.ts'
import { THEME_PARK } from '../../../src/app/demo/theme-park.ts'

const record = (type: string, person: string, data: Record<string, unknown>): Record<string, unknown> => ({
  type,
  time: '2026-07-11T07:42:00.000Z',
  person_id: person,
  data,
})
const is = (person: string, user: string): Record<string, unknown> =>
  record('identity.created', person, { identifiers: [{ type: 'user_id', value: user }] })

test('an offer in plain words, under the clock of the park', () => {
  const story = storyOf(THEME_PARK)
  story.tell(is('P', 'lindgren'))
  expect(
    story.tell(
      record('trigger.fired', 'P', { trigger: 'late-arrival', phase: 'en-route', late_minutes: 22 }),
    ),
  ).toBe('09:42     The Lindgrens are 22 minutes late, and still on the road.')
  const content = { template: 'x', params: { spot: 'P2', price: '7.50', currency: 'EUR' } }
  expect(
    story.tell(record('offer.emitted', 'P', { offer: 'nearer-parking', channel: 'push', content })),
  ).toBe('09:42     Shopkeeper offers the Lindgrens the nearer parking spot P2 for EUR 7.50, by push.')
})

test('the silent ones, with the reason', () => {
  const story = storyOf(THEME_PARK)
  story.tell(is('P', 'marta'))
  const decided = (outcome: string, ...reasons: string[]): string | undefined =>
    story.tell(
      record('decision.made', 'P', { outcome, rejected: reasons.map((reason) => ({ offer: 'x', reason })) }),
    )
  expect(decided('none', 'condition-false', 'no-consent')).toContain(
    'No offer for Marta: she did not agree to be contacted.',
  )
  expect(decided('none', 'condition-false')).toBeUndefined()
  expect(decided('holdout', 'holdout')).toContain('Marta')
  expect(decided('emitted')).toBeUndefined()
})

test('strangers are not told about, and a merge makes a stranger known', () => {
  const story = storyOf(SHOP)
  story.tell(record('identity.created', 'Q', { identifiers: [{ type: 'anonymous_id', value: 'someone' }] }))
  expect(
    story.tell(record('trigger.fired', 'Q', { trigger: 'cart-abandonment', value: 24, currency: 'EUR' })),
  ).toBeUndefined()
  story.tell(is('P', 'ann'))
  const merged = record('identity.merged', 'Q', {
    absorbed: ['P'],
    identifiers: [{ type: 'user_id', value: 'ann' }],
  })
  expect(story.tell(merged)).toContain('one person, Ann')
  expect(
    story.tell(record('trigger.fired', 'Q', { trigger: 'cart-abandonment', value: 24, currency: 'EUR' })),
  ).toContain('Ann left a cart of EUR 24.00 behind.')
})

test('what led to an order, each channel once, and nothing where nothing did', () => {
  const story = storyOf(SHOP)
  story.tell(is('P', 'ann'))
  const attributed = (...channels: string[]): string | undefined =>
    story.tell(record('order.attributed', 'P', { touchpoints: channels.map((channel) => ({ channel })) }))
  expect(attributed('web', 'email', 'web')).toContain('what led to the order of Ann: web, email.')
  expect(attributed()).toBeUndefined()
})
