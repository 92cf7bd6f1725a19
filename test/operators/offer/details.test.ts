/** Why not, in words. */
import { expect, test } from '@jest/globals'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import { event } from '../../support/given.ts'
import { entry, fired, givenOffers, known, retracted } from './table.ts'

/** The detail about offer x in the last decision. */
function detailOf(config: Json, ...events: readonly StreamEvent[]): unknown {
  const last = givenOffers(config)
    .when(...events)
    .emitted()
    .findLast(({ type }) => type === 'decision.made')
  const rejected = last?.data['rejected'] as readonly Json[]
  return rejected.find(({ offer }) => offer === 'x' || offer === null)?.['detail']
}
const one = (rest: Json = {}, more: Json = {}): Json => ({ offers: [entry('x', rest)], ...more })
const refusal = (at: string, data: Json = {}): StreamEvent =>
  event(`${at} consent.changed`, { purpose: 'marketing', granted: false, ...data })
const cart = fired('11:00 cart k1', { value: 3 })

test.each<[string, Json, readonly StreamEvent[], string]>([
  ['a condition', one({ when: 'trigger.value > 5' }), [cart], 'not true: trigger.value > 5'],
  ['a value', one({ when: 'trigger.currency == "EUR"' }), [cart], 'no value: trigger.currency'],
  ['nobody asks', one(), [fired('11:00 late t1')], 'no offer is on late'],
  ['shared', one(), [{ ...cart, shared: true }], 'several people share this identifier'],
  [
    'no address',
    one({ channels: ['push', 'sms', 'onsite', 'store'] }),
    [cart],
    'push needs an identifier of type push_token; sms needs an identifier of type phone; onsite needs a web or app event in the last 5m; store needs a visit under way',
  ],
  ['a refusal', one(), [refusal('10:00'), cart], 'marketing refused at 2026-05-04T10:00:00.000Z'],
  [
    'a refusal of the channels, by each that would reach',
    one({ channels: ['email', 'kiosk', 'push'] }),
    [
      known('09:00', 'email'),
      refusal('10:00', { channel: 'email' }),
      event('10:01 message.unsubscribed', { channel: 'kiosk' }),
      cart,
    ],
    'marketing refused on email at 2026-05-04T10:00:00.000Z; unsubscribed on kiosk at 2026-05-04T10:01:00.000Z',
  ],
  ['silence', one({}, { consent: { default: 'denied' } }), [cart], 'nobody said yes to marketing'],
  [
    'caps, each with when it lets one through',
    one(
      { channels: ['kiosk', 'mail'] },
      {
        caps: [
          { max: 2, per: '24h' },
          { max: 1, per: '2h', channel: 'mail' },
          { max: 0, per: '1h', channel: 'kiosk' },
        ],
      },
    ),
    [fired('10:00 cart k7'), cart],
    '1 per 2h on mail: 1 used, free again at 2026-05-04T12:00:00.000Z; 0 per 1h on kiosk: 0 used',
  ],
  [
    'a cap over all',
    one({}, { caps: [{ max: 2, per: '24h' }] }),
    [fired('09:00 cart k8'), fired('10:00 cart k7'), cart],
    '2 per 24h: 2 used, free again at 2026-05-05T09:00:00.000Z',
  ],
  ['a lifetime', one({ maxPerPerson: 1 }), [fired('10:00 cart k7'), cart], '1 in a lifetime: 1 used'],
  [
    'the same one',
    one({ expires: '3h' }),
    [fired('10:00 cart k1'), cart],
    'given at 2026-05-04T10:00:00.000Z, alive until 2026-05-04T13:00:00.000Z',
  ],
  [
    'the group',
    {
      offers: [
        entry('x', { group: 'g' }),
        entry('y', { group: 'g', priority: 60, when: 'trigger.value < 1' }),
      ],
    },
    [fired('10:00 cart k1', { value: 0 }), cart],
    'of the group g y was given at 2026-05-04T10:00:00.000Z',
  ],
  [
    'a better one',
    { offers: [entry('x'), entry('y', { priority: 60 })] },
    [cart],
    'y has priority 60, this one 50',
  ],
  [
    'an equal one',
    { offers: [entry('y'), entry('x')] },
    [cart],
    'y has the same priority 50 and stands first',
  ],
  [
    'quiet hours',
    one({}, { quietHours: { from: '10:30', to: '11:30' } }),
    [cart],
    'quiet until 2026-05-04T11:30:00.000Z in UTC',
  ],
  [
    'the holdout',
    one({}, { holdout: { percent: 100 } }),
    [cart],
    'one of the people who are decided for and never contacted',
  ],
  [
    'a retraction',
    one({}, { quietHours: { from: '10:30', to: '11:30' } }),
    [cart, retracted('11:10 cart k1')],
    'its trigger was taken back at 2026-05-04T11:10:00.000Z',
  ],
])('%s', (_name, config, events, expected) => {
  expect(detailOf(config, ...events)).toBe(expected)
})

test('what ended it while it waited', () => {
  const config = one(
    { expires: '20m', expiresOn: ['order.completed'] },
    { quietHours: { from: '10:30', to: '11:30' } },
  )
  const detail = (...events: readonly StreamEvent[]): unknown => {
    const made = givenOffers(config)
      .when(...events)
      .timePasses('12:00')
      .emitted()
    const rejected = (made.at(-1)?.data['rejected'] ?? []) as readonly Json[]
    return rejected[0]?.['detail']
  }
  expect(detail(cart)).toBe('its 20m ended at 2026-05-04T11:20:00.000Z')
  expect(detail(fired('11:15 cart k1'), event('11:16 order.completed', { order_id: 'o' }))).toBe(
    'order.completed ended it at 2026-05-04T11:16:00.000Z',
  )
})
