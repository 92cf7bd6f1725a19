/** `offer.failed`: once more, on the next channel. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import { RETRIES_PER_PERSON_MAX } from '../../../src/model/limits.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { encoded, event, iso } from '../../support/given.ts'
import { arrivals, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'
import { entry, fired, givenOffers, known, retracted } from './table.ts'

type Chain = ReturnType<typeof givenOffers>

const CHANNELS = ['push', 'sms', 'email', 'kiosk']
const config = (rest: Json = {}, ofOffer: Json = {}): Json => ({
  offers: [entry('x', { channels: CHANNELS, ...ofOffer })],
  ...rest,
})
const idsOf = (chain: Chain): readonly string[] =>
  chain.emitted().flatMap(({ type, data }) => (type === 'offer.emitted' ? [String(data['offer_id'])] : []))
const failed = (text: string, offerId: string | undefined): StreamEvent =>
  event(`${text} offer.failed`, { offer_id: offerId, reason: 'bounced' })
/** `11:00 push`, of offers and revocations alone. */
const sentBy = (chain: Chain): readonly string[] =>
  chain.emitted().flatMap(({ type, time, data }) => {
    const clock = iso(time ?? 0).slice(11, 16)
    if (type === 'offer.revoked') return [`${clock} revoked`]
    return type === 'offer.emitted' ? [`${clock} ${String(data['channel'])}`] : []
  })

/** An offer at 11:00 on push, and the failure of it. */
function failing(text: string, rest: Json = {}, ofOffer: Json = {}): Chain {
  const chain = givenOffers(config(rest, ofOffer))
    .when(known('08:00', 'push_token', 'phone', 'email'), fired('11:00 cart k1', { value: 3 }))
    .at('11:00')
  return chain.when(failed(text, idsOf(chain)[0]))
}

describe('the next channel', () => {
  test('a whole record of its own', () => {
    const chain = failing('11:02', {
      caps: [
        { max: 1, per: '24h' },
        { max: 5, per: '1h', channel: 'sms' },
      ],
    })
      .thenTimer('failed', '11:02')
      .timePasses('11:01:59')
    expect(sentBy(chain)).toEqual(['11:00 push'])
    chain.timePasses('11:02')
    const [first, decision, second, ...more] = chain.emitted()
    expect(more).toEqual([])
    expect(second).toMatchObject({ type: 'offer.emitted', time: Date.parse(iso('11:02')) })
    expect(second?.data).toEqual({
      ...first?.data,
      offer_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      idempotency_key: second?.data['offer_id'],
      fallback_of: first?.data['offer_id'],
      channel: 'sms',
      channel_fallbacks: [],
      caps: [
        { per: '24h', max: 1, used: 1 },
        { per: '1h', max: 5, used: 1 },
      ],
    })
    expect(second?.data['offer_id']).not.toBe(first?.data['offer_id'])
    expect(second?.data['decision_id']).toBe(decision?.data['decision_id'])
  })

  test('once: neither a repeat, nor a failure of what stands in, does anything', () => {
    const chain = failing('11:02').timePasses('11:03')
    const [first, second] = idsOf(chain)
    chain.when(failed('11:04', first), failed('11:05', second), failed('11:06', 'nobody')).timePasses('12:00')
    expect(sentBy(chain)).toEqual(['11:00 push', '11:02 sms'])
    expect(chain.now().extras.failures).toEqual([])
  })

  test('that is open now: not one that was closed in between', () => {
    const chain = failing('11:02')
      .when(
        event('11:01 message.unsubscribed', { channel: 'sms' }),
        event('11:01 identity:detached', { identifiers: [{ type: 'email', value: 'email-1' }] }),
      )
      .timePasses('11:02')
    expect(sentBy(chain)).toEqual(['11:00 push', '11:02 kiosk'])
  })

  test('none if consent is gone, or nothing is left', () => {
    const refused = failing('11:02').when(
      event('11:01 consent.changed', { purpose: 'marketing', granted: false }),
    )
    expect(sentBy(refused.timePasses('11:02'))).toEqual(['11:00 push'])
    const capped = failing(
      '11:02',
      { caps: [{ max: 0, per: '1h', channel: 'sms' }] },
      { channels: ['push', 'sms'] },
    )
    expect(sentBy(capped.timePasses('11:02'))).toEqual(['11:00 push'])
  })

  test('a cap of the channel that filled up in between leaves the next', () => {
    const chain = failing('11:02', { caps: [{ max: 1, per: '1h', channel: 'sms' }] })
      .when(fired('11:01 cart k2'))
      .at('11:01')
    expect(sentBy(chain)).toEqual(['11:00 push', '11:01 push'])
    chain.when(failed('11:01:30', idsOf(chain)[1])).timePasses('11:02')
    expect(sentBy(chain)).toEqual(['11:00 push', '11:01 push', '11:01 sms', '11:02 email'])
  })

  test('a failure ahead of its offer waits for it', () => {
    const found = idsOf(failing('11:02'))[0]
    const chain = givenOffers(config())
      .when(
        failed('11:02', found),
        known('08:00', 'push_token', 'phone'),
        fired('11:00 cart k1', { value: 3 }),
      )
      .timePasses('11:02')
    // The id hangs on that of the trigger, which no two of these have in common.
    expect(chain.now().extras.failures).toEqual([])
  })
})

describe('not any more', () => {
  test('at the end of its life, or once it was ended or revoked', () => {
    expect(sentBy(failing('11:30', {}, { expires: '30m' }).timePasses('12:00'))).toEqual(['11:00 push'])
    const ended = failing('11:02', {}, { expiresOn: ['order.completed'] })
      .when(event('11:01 order.completed', { order_id: 'o1' }))
      .timePasses('12:00')
    expect(sentBy(ended)).toEqual(['11:00 push'])
    const revoked = failing('11:02').when(retracted('11:03 cart k1')).timePasses('12:00')
    expect(sentBy(revoked)).toEqual(['11:00 push', '11:03 revoked'])
  })

  test('what stands in is revoked with the first', () => {
    const chain = failing('11:02').timePasses('11:02').when(retracted('11:03 cart k1'))
    expect(sentBy(chain)).toEqual(['11:00 push', '11:02 sms', '11:03 revoked', '11:03 revoked'])
  })

  test('quiet hours hold it, or drop it', () => {
    const hours = { from: '11:01', to: '11:30' }
    const held = failing('11:02', { quietHours: hours }).timePasses('11:02').thenTimer('failed', '11:30')
    expect(sentBy(held.timePasses('11:30'))).toEqual(['11:00 push', '11:30 sms'])
    const tooLate = failing('11:02', { quietHours: hours }, { expires: '30m' }).timePasses('12:00')
    expect(sentBy(tooLate)).toEqual(['11:00 push'])
    // oxlint-disable-next-line unicorn/no-thenable -- the key is the document's
    const dropped = failing('11:02', { quietHours: { ...hours, then: 'drop' } }).timePasses('12:00')
    expect(sentBy(dropped)).toEqual(['11:00 push'])
  })
})

test('order of arrival within the lateness makes no difference, also where something ends the offer', () => {
  const at = failing('11:02', {}, { expiresOn: ['order.completed'] })
  const id = idsOf(at)[0]
  const lateness = 10 * MINUTE_MS
  for (const order of ['11:01', '11:03']) {
    const events = [
      failed('11:02', id),
      failed('11:04', id),
      event(`${order} order.completed`, { order_id: 'o1' }),
    ]
    fc.assert(
      fc.property(inAnyArrival(events, lateness), (arriving) => {
        const chain = givenOffers(config({}, { expiresOn: ['order.completed'] })).state(emitted())
        for (const one of arrivals(arriving, lateness)) chain.when(one.event).at(one.watermark)
        expect(sentBy(chain.timePasses('12:00'))).toEqual(order === '11:01' ? [] : ['11:02 sms'])
      }),
      { numRuns: 30 },
    )
  }

  /** The state behind the offer, and no failure yet. */
  function emitted() {
    const state = at.now()
    return { ...state, extras: { ...state.extras, failures: [] } }
  }
})

test('through a merge it goes to who is there now, and merges in any order end equal', () => {
  const other = failing('11:02')
  const chain = givenOffers(config(), { person: 'kept' })
    .when(known('09:00', 'email'))
    .merges(other, '11:01')
    .timePasses('11:02')
  expect(sentBy(chain)).toEqual(['11:02 sms'])
  expect(chain.now().sent.map(({ person }) => person)).toEqual(['person-1', 'kept'])
  const lives = [
    [known('08:00', 'push_token', 'phone'), fired('11:00 cart k1'), failed('11:02', 'a')],
    [fired('11:00 cart k2'), failed('11:01', 'a'), failed('11:05', 'b')],
    [failed('11:03', 'c'), event('10:00 page.viewed')],
  ]
  expectMergeInAnyOrder(offer, config(), lives, Date.parse(iso('11:00')))
})

test('what is needed to send again is kept of the newest, and not of what is over', () => {
  const many = Array.from({ length: RETRIES_PER_PERSON_MAX + 2 }, (_, i) => fired(`11:00 cart k${i}`))
  const chain = givenOffers(config({}, { expires: '2h' })).when(known('08:00', 'push_token'), ...many)
  expect(chain.now().sent.filter(({ retry }) => retry !== undefined)).toHaveLength(RETRIES_PER_PERSON_MAX)
  chain.timePasses('1d11:00').when(fired('1d11:00 cart k99'))
  expect(chain.now().sent.filter(({ retry }) => retry !== undefined)).toHaveLength(1)
})

test('where no source tells of failures nothing is kept for them', () => {
  const wiring = { sourceTypes: ['page.viewed', 'product.added'] }
  const without = givenOffers(config(), wiring).when(
    known('08:00', 'push_token', 'phone'),
    fired('11:00 cart k1'),
  )
  expect(without.now().sent[0]?.retry).toBeUndefined()
  const alone = givenOffers(config({}, { channels: ['kiosk'] })).when(
    fired('11:00 cart k1'),
    failed('11:01', 'a'),
  )
  expect(alone.now().extras.failures).toEqual([])
  expect(encoded(offer.state, without.now()).at(-1)).toBe(0)
})
