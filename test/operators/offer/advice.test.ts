/** Catalogues that are written correctly and cannot be meant: each finding, and its like that is none. */
import { describe, expect, test } from '@jest/globals'
import { offerConfig } from '../../../src/operators/offer/config.ts'
import { checkOffers } from '../../../src/operators/offer/prepare.ts'
import { wiringOf } from '../../support/given.ts'

const CART = {
  id: 'cart',
  type: 'cart-abandonment',
  emits: ['trigger.fired'],
  fields: { value: 'number', step: 'text' },
} as const
const PATH = {
  id: 'path',
  type: 'journey',
  emits: ['journey.entered', 'trigger.fired'],
  fields: {},
  triggerSteps: ['park', 'eve'],
}
const AROUND = {
  upstream: [CART],
  sourceTypes: ['product.added', 'order.completed'],
  identifierTypes: ['user_id', 'email', 'push_token'],
}
type Around = Parameters<typeof wiringOf>[1]

const advice = (config: object, around: Around = {}): readonly string[] =>
  checkOffers(offerConfig.parse(config), wiringOf('offers', { ...AROUND, ...around })).map(
    ({ path, code, level, message, hint }) => `${path.join('.')} ${level} ${code}: ${message}; ${hint}`,
  )
const offer = (id: string, part: object = {}) => ({
  id,
  on: 'cart',
  channels: ['push', 'email'],
  template: 't',
  ...part,
})
const one = (part: object) => ({ offers: [offer('a', part)] })
const beside = (part: object) => ({ offers: [offer('a')], ...part })
const caps = (...list: readonly object[]) => beside({ caps: list })

test.each<[string, object, object, RegExp, Around?]>([
  [
    'an empty catalogue',
    { offers: [] },
    { offers: [offer('a')] },
    /^ warning never-happens: the catalogue is empty/,
  ],
  [
    'a trigger that no offer answers',
    beside({}),
    { offers: [offer('a'), offer('b', { on: 'path' })] },
    /^offers warning never-happens: no offer answers path\.park, path\.eve: .*add an offer with "on: path\.park"/,
    { upstream: [CART, PATH] },
  ],
  [
    'a step that no offer answers',
    { offers: [offer('a', { on: 'path.park' })] },
    { offers: [offer('a', { on: 'path.park' }), offer('b', { on: 'path.eve' })] },
    /^offers warning never-happens: no offer answers path\.eve:/,
    { upstream: [PATH] },
  ],
  [
    'a condition that is always false',
    one({ when: 'trigger.value > 10 && trigger.value < 5' }),
    one({ when: 'trigger.value > 5 && trigger.value < 10' }),
    /^offers\.0\.when warning constant-condition: the condition is always false/,
  ],
  [
    'a condition that is always true',
    one({ when: 'trigger.value > 10 || 1 < 2' }),
    one({ when: 'trigger.value > 10 || trigger.step == "cart"' }),
    /^offers\.0\.when warning constant-condition: the condition is always true.*leave it out/,
  ],
  [
    'a channel twice',
    one({ channels: ['push', 'email', 'push'] }),
    one({ channels: ['push', 'email'] }),
    /^offers\.0\.channels\.2 warning no-effect: push has been tried already/,
  ],
  [
    'a channel that nobody can be reached on',
    one({ channels: ['push', 'sms'] }),
    one({ channels: ['push', 'kiosk'] }),
    /^offers\.0\.channels\.1 warning never-happens: nobody can be reached on sms: identity knows no phone/,
  ],
  [
    'an end that no source brings',
    one({ expiresOn: ['trip.arrived'] }),
    one({ expiresOn: ['order.completed'] }),
    /^offers\.0\.expiresOn\.0 warning never-happens: no source brings trip\.arrived/,
  ],
  [
    'an offer that another one always comes before',
    { offers: [offer('low', { priority: 10, channels: ['email'] }), offer('high', { priority: 60 })] },
    { offers: [offer('low', { priority: 10, channels: ['kiosk'] }), offer('high', { priority: 60 })] },
    /^offers\.0\.id warning never-happens: low has no chance: .*high comes before it/,
  ],
  [
    'the second of two that are the same but for the condition',
    { offers: [offer('first'), offer('second', { when: 'trigger.value > 5' })] },
    { offers: [offer('first', { when: 'trigger.value > 5' }), offer('second')] },
    /^offers\.1\.id warning never-happens: second has no chance/,
  ],
  [
    'a better one that lives shorter is no obstacle',
    { offers: [offer('a', { expires: '1h' }), offer('b', { expires: '30m' })] },
    { offers: [offer('a', { expires: '1h' }), offer('b', { expires: '2h' })] },
    /^offers\.1\.id warning never-happens/,
  ],
  [
    'a cap that another one makes needless',
    caps({ max: 1, per: '24h' }, { max: 3, per: '1h' }),
    caps({ max: 1, per: '24h' }, { max: 3, per: '7d' }),
    /^caps\.1 warning no-effect: it never binds: 1 per 24h holds before 3 per 1h could/,
  ],
  [
    'a cap on a channel under one for all',
    caps({ max: 2, per: '24h', channel: 'push' }, { max: 1, per: '24h' }),
    caps({ max: 1, per: '24h', channel: 'push' }, { max: 2, per: '24h' }),
    /^caps\.0 warning no-effect: it never binds/,
  ],
  [
    'a cap twice',
    caps({ max: 1, per: '24h' }, { max: 1, per: '1d' }),
    caps({ max: 1, per: '24h', channel: 'email' }, { max: 1, per: '24h', channel: 'push' }),
    /^caps\.1 warning no-effect: it never binds/,
  ],
  [
    'a cap on a channel that no offer goes out on',
    caps({ max: 1, per: '24h', channel: 'sms' }),
    caps({ max: 1, per: '24h', channel: 'email' }),
    /^caps\.0\.channel warning no-effect: no offer goes out on sms.*channels are: push, email/,
  ],
  [
    'a cap of 0',
    caps({ max: 0, per: '24h' }),
    caps({ max: 0, per: '24h', channel: 'push' }),
    /^caps\.0\.max warning never-happens: a cap of 0 lets no offer through/,
  ],
  [
    'hours that are never quiet',
    beside({ quietHours: { from: '08:00', to: '08:00' } }),
    beside({ quietHours: { from: '22:00', to: '08:00' } }),
    /^quietHours\.to warning no-effect: it is never quiet/,
  ],
  [
    'hours that leave nothing of the day',
    beside({ quietHours: { from: '00:00', to: '23:59' } }),
    beside({ quietHours: { from: '00:00', to: '23:00' } }),
    /^quietHours\.to warning never-happens: all but 1 minutes of each day are quiet/,
  ],
  [
    'everybody held out',
    beside({ holdout: { percent: 100 } }),
    beside({ holdout: { percent: 99.9 } }),
    /^holdout\.percent warning never-happens: everybody is held out/,
  ],
])('%s', (_name, has, hasNot, says, around = {}) => {
  const found = advice(has, around)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(says)
  expect(advice(hasNot, around)).toEqual([])
})

describe('nothing is said', () => {
  test('of what cannot be known', () => {
    const unknown = { sourceTypes: undefined, identifierTypes: undefined }
    expect(advice(one({ channels: ['sms'], expiresOn: ['trip.arrived'] }), unknown)).toEqual([])
  })

  test('beside a mistake: what it is meant to be is not known', () => {
    const found = advice({ offers: [offer('a', { on: 'crat' })], holdout: { percent: 100 } })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('unknown-id')
  })
})
