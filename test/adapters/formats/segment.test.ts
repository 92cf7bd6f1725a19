import { describe, expect, test } from '@jest/globals'
import { segmentEvent } from '../../../src/adapters/formats/segment.ts'
import { segmentEventType } from '../../../src/adapters/formats/segment-names.ts'
import type { Json } from '../../../src/model/event.ts'
import { decodeRecord, source, TEN, TEN_MS } from './form-cases.ts'

const plan = source({ id: 'segment', format: 'segment' })
const decode = (call: Json): unknown => {
  const decoded = decodeRecord(plan, JSON.stringify(call))
  if (decoded.kind === 'event') return decoded.event
  return decoded.kind === 'refused' ? `${decoded.reason}: ${decoded.detail}` : decoded.kind
}
const CALL = { messageId: 'm1', timestamp: TEN }

describe('calls become events', () => {
  test('track: names, ids, traits and properties', () => {
    const context = { channel: 'web', timezone: 'Europe/Copenhagen', traits: { email: 'Ann@Example.org' } }
    const properties = { product_id: 'p1', price: 10 }
    expect(
      decode({
        ...CALL,
        type: 'track',
        event: 'Product Added',
        userId: 'u1',
        anonymousId: 'a1',
        context,
        properties,
      }),
    ).toEqual({
      id: 'm1',
      source: 'segment',
      type: 'product.added',
      time: TEN_MS,
      identifiers: [
        { type: 'user_id', value: 'u1' },
        { type: 'anonymous_id', value: 'a1' },
        { type: 'email', value: 'Ann@Example.org' },
      ],
      context,
      data: properties,
    })
  })

  test('identify describes the person with its traits', () => {
    const traits = { email: 'ann@example.org', timezone: 'Europe/Copenhagen' }
    expect(decode({ ...CALL, type: 'identify', userId: 'u1', traits })).toMatchObject({
      type: 'person.described',
      identifiers: [{ type: 'user_id', value: 'u1' }],
      data: { traits },
    })
  })

  test('identify without traits of its own has those of the context', () => {
    const context = { traits: { phone: '+45 12' } }
    expect(decode({ ...CALL, type: 'identify', context })).toMatchObject({
      data: { traits: { phone: '+45 12' } },
    })
  })

  test.each(['page', 'screen'])('%s is a view', (type) => {
    expect(
      decode({ ...CALL, type, anonymousId: 'a1', name: 'Home', properties: { url: 'https://example.org/' } }),
    ).toMatchObject({
      type: 'page.viewed',
      data: { url: 'https://example.org/' },
    })
  })

  test('alias names both', () => {
    expect(decode({ ...CALL, type: 'alias', userId: 'u1', previousId: 'a2' })).toMatchObject({
      type: 'person.described',
      identifiers: [
        { type: 'user_id', value: 'u1' },
        { type: 'anonymous_id', value: 'a2' },
      ],
      data: {},
    })
  })

  test('ids of the context', () => {
    const externalIds = [{ type: 'loyalty_id', id: 'L1', collection: 'users', encoding: 'none' }]
    const context = { externalIds, device: { id: 'D1', token: 'T1' }, traits: { phone: '+45 12 34 56 78' } }
    expect(decode({ ...CALL, type: 'page', userId: 7, context })).toMatchObject({
      identifiers: [
        { type: 'user_id', value: '7' },
        { type: 'loyalty_id', value: 'L1' },
        { type: 'phone', value: '+45 12 34 56 78' },
        { type: 'device_id', value: 'D1' },
        { type: 'push_token', value: 'T1' },
      ],
    })
  })

  test('the time is the first of four', () => {
    const times = { originalTimestamp: 2, sentAt: 3, receivedAt: 4 }
    expect(segmentEvent({ type: 'page', messageId: 'm', timestamp: 1, ...times })).toMatchObject({ time: 1 })
    expect(segmentEvent({ type: 'page', messageId: 'm', timestamp: null, ...times })).toMatchObject({
      time: 2,
    })
    expect(segmentEvent({ type: 'page', messageId: 'm', sentAt: 3, receivedAt: 4 })).toMatchObject({
      time: 3,
    })
    expect(segmentEvent({ type: 'page', messageId: 'm', receivedAt: 4 })).toMatchObject({ time: 4 })
  })
})

describe('event names', () => {
  test.each([
    ['Product Added', 'product.added'],
    ['Products Searched', 'product.searched'],
    ['Product Added to Wishlist', 'product.saved'],
    ['Checkout Started', 'checkout.started'],
    ['Cart Viewed', 'cart.viewed'],
    ['Product Viewed', 'product.viewed'],
    ['Product Removed', 'product.removed'],
    ['Order Completed', 'order.completed'],
    ['Order Refunded', 'order.refunded'],
    ['Ride Boarded', 'ride.boarded'],
    ['Fast Pass Used', 'fast_pass.used'],
    ['  product   ADDED ', 'product.added'],
  ])('%s is %s', (name, type) => {
    expect(segmentEventType(name)).toBe(type)
    expect(segmentEventType(name)).toBe(type)
  })

  test.each([
    'Purchased',
    '',
    ' ',
    'constructor',
    '__proto__',
    'Prüfung Bestanden',
    '3 Clicks',
    'x '.repeat(200),
  ])('%j has none', (name) => {
    expect(segmentEventType(name)).toBeUndefined()
  })
})

describe('what is wrong is said', () => {
  test.each<[string, Json, RegExp]>([
    ['another call', { ...CALL, type: 'group' }, /type must be one of track, identify, page, screen, alias/],
    ['no type', CALL, /type must be one of/],
    ['track without event', { ...CALL, type: 'track' }, /event is missing/],
    ['a single word', { ...CALL, type: 'track', event: 'Purchased' }, /event "Purchased" must be two words/],
    ['no messageId', { type: 'page', timestamp: TEN }, /messageId must be a text/],
    [
      'no time',
      { type: 'page', messageId: 'm' },
      /timestamp, originalTimestamp, sentAt, receivedAt: one of them/,
    ],
    ['a time that is none', { type: 'page', messageId: 'm', timestamp: 'soon', sentAt: TEN }, /time must be/],
    ['context', { ...CALL, type: 'page', context: 1 }, /context must be an object/],
    ['externalIds', { ...CALL, type: 'page', context: { externalIds: {} } }, /externalIds must be a list/],
    [
      'an external id',
      { ...CALL, type: 'page', context: { externalIds: [1] } },
      /externalIds must hold objects/,
    ],
    ['context.traits', { ...CALL, type: 'page', context: { traits: 1 } }, /context.traits must be/],
    ['context.device', { ...CALL, type: 'page', context: { device: [] } }, /context.device must be/],
    ['traits', { ...CALL, type: 'identify', traits: [] }, /traits must be an object/],
    ['properties', { ...CALL, type: 'page', properties: 'x' }, /properties must be an object/],
    ['userId', { ...CALL, type: 'page', userId: {} }, /identifiers\[0\].value/],
  ])('%s', (_, call, detail) => {
    expect(decode(call)).toMatch(detail)
    expect(decode(call)).toMatch(/^invalid-event/)
  })
})
