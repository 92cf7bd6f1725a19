import { describe, expect, test } from '@jest/globals'
import { familyOf, readAvroOutput, writeAvroOutput } from '../../../../src/adapters/formats/avro/output.ts'
import type { Family } from '../../../../src/adapters/formats/avro/schema-book.ts'
import { ByteWriter } from '../../../../src/model/bytes.ts'
import type { Json } from '../../../../src/model/event.ts'
import { schemas, TEN } from '../form-cases.ts'
import { avscType } from './avro-bytes.ts'

const IDS = [{ type: 'user_id', value: 'u1' }]
const envelope = (type: string, data: Json): Json => ({
  id: 'i1',
  source: 'op',
  type,
  time: TEN,
  person_id: 'person',
  cause: { source: 'web', id: 'e-1' },
  data,
})

/** Values as contracts, section 5 and 6, say them; the record of `data` that holds each without its rest field. */
export const OUTPUTS: readonly [string, Family, Json, string | undefined][] = [
  [
    'offer.emitted',
    'offer',
    envelope('offer.emitted', {
      offer_id: 'o1',
      offer: 'nearer-parking',
      idempotency_key: 'k',
      decision_id: 'd1',
      recipient: { identifiers: IDS, locale: 'da-DK', timezone: 'Europe/Copenhagen' },
      channel: 'push',
      channel_fallbacks: ['sms'],
      content: { template: 't', params: { price: '7.50', n: 1 } },
      priority: 70,
      expires_at: TEN,
      not_before: null,
      collapse_key: 'c',
      trigger: {
        operator: 'late',
        name: 'late-arrival',
        instance: 'trip',
        data: { late_minutes: 20, deep: [1] },
      },
      experiment: { policy: 'priority', propensity: 0.95, holdout: false },
      caps: [{ per: '24h', max: 1, used: 1 }],
    }),
    'OfferEmitted',
  ],
  [
    'offer.emitted that stands in for one that failed',
    'offer',
    envelope('offer.emitted', {
      offer_id: 'o2',
      offer: 'water',
      idempotency_key: 'o2',
      decision_id: 'd1',
      recipient: { identifiers: IDS, locale: null, timezone: 'UTC' },
      channel: 'sms',
      channel_fallbacks: [],
      content: { template: 't', params: {}, discount: { amount: 5, currency: 'EUR' } },
      priority: 50,
      expires_at: TEN,
      not_before: null,
      collapse_key: 'c',
      trigger: { operator: 'cart', name: 'cart-abandonment', instance: 'k1', data: {} },
      experiment: { policy: 'priority', propensity: 1, holdout: false },
      caps: [],
      gift: true,
      fallback_of: 'o1',
    }),
    'OfferEmitted',
  ],
  [
    'offer.revoked',
    'offer',
    envelope('offer.revoked', { offer_id: 'o1', reason: 'retracted' }),
    'OfferRevoked',
  ],
  [
    'session.closed',
    'session',
    envelope('session.closed', {
      session_id: 's',
      started_at: TEN,
      ended_at: TEN,
      events: 2,
      types: { 'page.viewed': 2 },
      channels: ['web'],
      pages: 2,
      products: [],
      cart_value: 0,
      order_total: 0,
      currency: null,
      converted: false,
    }),
    'SessionClosed',
  ],
  [
    'trigger.fired, cart',
    'trigger',
    envelope('trigger.fired', {
      trigger: 'cart-abandonment',
      instance: 'k1',
      lines: [{ product_id: 'p', category: 'toys', quantity: 2, price: 10 }],
      value: 20,
      currency: 'EUR',
      idle_since: TEN,
      step: 'cart',
    }),
    'TriggerFired',
  ],
  [
    'trigger.fired, late',
    'trigger',
    envelope('trigger.fired', {
      trigger: 'late-arrival',
      instance: 't1',
      phase: 'en-route',
      late_minutes: 20,
      eta_at: TEN,
      scheduled_arrival_at: TEN,
    }),
    'TriggerFired',
  ],
  [
    'trigger.fired, of a pattern',
    'trigger',
    envelope('trigger.fired', {
      trigger: 'wavering',
      instance: null,
      matched: [{ id: 'e-1', type: 'product.viewed', time: TEN }],
    }),
    undefined,
  ],
  [
    'zone.left, of a geofence',
    'trigger',
    envelope('zone.left', { place_id: 'mill', zone_id: 'mill', kind: null, dwell_seconds: 450 }),
    undefined,
  ],
  [
    'lead.warmed, of warmth',
    'trigger',
    envelope('lead.warmed', { warmth: 61.5, reasons: [{ type: 'email.clicked', share: 0.6 }] }),
    undefined,
  ],
  [
    'encounter.recorded, of encounters',
    'trigger',
    envelope('encounter.recorded', {
      channel: 'web',
      kind: 'session',
      quality: -0.25,
      parts: { mood: null },
    }),
    undefined,
  ],
  [
    'segment.entered, of segments',
    'trigger',
    envelope('segment.entered', { segment: 'regulars' }),
    undefined,
  ],
  [
    'trigger.fired, unknown',
    'trigger',
    envelope('trigger.fired', { trigger: 'own', instance: 'x', anything: { a: [null] }, value: 'text' }),
    undefined,
  ],
  [
    'trigger.retracted',
    'trigger',
    envelope('trigger.retracted', { trigger: 'late-arrival', instance: 't1', reason: 'on-time-again' }),
    'TriggerRetracted',
  ],
  [
    'identity.created',
    'identity',
    envelope('identity.created', { identifiers: IDS, shared: [], absorbed: [] }),
    'IdentityCreated',
  ],
  ['identity.linked', 'identity', envelope('identity.linked', { identifiers: IDS }), 'IdentityLinked'],
  [
    'identity.merged',
    'identity',
    envelope('identity.merged', {
      kept: 'a',
      absorbed: ['b'],
      cause: 'e-1',
      effective_at: TEN,
      identifiers: IDS,
      shared: [],
    }),
    'IdentityMerged',
  ],
  [
    'identity.ambiguous',
    'identity',
    envelope('identity.ambiguous', { identifiers: IDS, reason: 'limit' }),
    'IdentityAmbiguous',
  ],
  ['identity.absorbed', 'identity', envelope('identity.absorbed', { kept: 'a' }), 'IdentityAbsorbed'],
  [
    'decision.made',
    'decision',
    envelope('decision.made', {
      decision_id: 'd1',
      trigger: { operator: 'late', name: 'late-arrival', instance: 't' },
      outcome: 'none',
      chosen: null,
      offer_id: null,
      rejected: [{ offer: null, reason: 'no-candidate', detail: null }],
      held_until: null,
      propensity: 1,
      policy: 'priority',
    }),
    'DecisionMade',
  ],
  [
    'behind a timer',
    'trigger',
    { ...envelope('trigger.fired', { trigger: 'x', instance: 'y' }), cause: { timer: 'idle', due: TEN } },
    'TriggerFired',
  ],
  [
    'without cause',
    'trigger',
    { ...envelope('trigger.fired', { trigger: 'x', instance: 'y' }), cause: null },
    'TriggerFired',
  ],
  [
    'order.attributed',
    'trigger',
    envelope('order.attributed', {
      order_id: 'o1',
      channel: null,
      total: 10.5,
      touchpoints: [{ channel: 'web', type: 'page.viewed', time: TEN, campaign: null }],
      shares: { first: { web: 1 } },
    }),
    undefined,
  ],
  [
    'brief.prepared',
    'trigger',
    envelope('brief.prepared', {
      on: { type: 'store.visited' },
      open_cart: null,
      notable: [{ words: 'called' }],
    }),
    undefined,
  ],
  ["a business's own", 'trigger', envelope('ride.counted', { rides: 7, names: ['a'] }), undefined],
  ['a new type of a family', 'offer', envelope('offer.parked', { offer_id: 'o', until: TEN }), undefined],
  [
    'late event',
    'late-event',
    {
      event: {
        id: 'gone',
        source: 'web',
        type: 'page.viewed',
        time: TEN,
        identifiers: IDS,
        context: { channel: 'web' },
        data: { url: '/path' },
      },
      late_by_ms: 1790000,
      watermark: TEN,
      operator: null,
    },
    undefined,
  ],
  [
    'late for an operator',
    'late-event',
    {
      event: { id: 'gone', source: 'web', type: 'a.b', time: TEN, identifiers: [], data: {} },
      late_by_ms: 1,
      watermark: TEN,
      operator: 'sessions',
    },
    undefined,
  ],
  [
    'dead letter',
    'dead-letter',
    {
      reason: 'not-json',
      detail: 'the line is not JSON',
      topic: 't',
      partition: 0,
      offset: 12,
      bytes: 'aGVsbG8=',
    },
    undefined,
  ],
  [
    'dead letter, cut',
    'dead-letter',
    {
      reason: 'too-large',
      detail: 'd',
      topic: 't',
      partition: 3,
      offset: 2 ** 40,
      bytes: '',
      cut: true,
      size_bytes: 2_000_000,
    },
    undefined,
  ],
]

const written = (value: Json, id?: number): Buffer => {
  const writer = new ByteWriter()
  writeAvroOutput(schemas, value, writer, id)
  return writer.copy()
}

/** Without nulls, which Avro does not tell from absence. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, entry: unknown) => (entry === null ? undefined : entry)))

describe.each(OUTPUTS)('%s', (_, family, value, record) => {
  test('belongs to its family', () => {
    expect(familyOf(value)).toBe(family)
  })

  test('comes back as it was', () => {
    expect(withoutNulls(readAvroOutput(schemas, written(value)))).toEqual(withoutNulls(value))
  })

  test('is what avsc reads, with every field in its place', () => {
    const read = avscType(family).fromBuffer(written(value).subarray(5)) as Json
    if (value['type'] === undefined) return
    const [[name, data] = []] = Object.entries(read['data'] as Json)
    expect(name?.split('.').at(-1)).toBe(
      record ?? (value['type'] === 'trigger.fired' ? 'TriggerFired' : 'OwnData'),
    )
    if (record !== undefined) expect((data as Json)['data_json']).toBeNull()
    else expect(JSON.stringify(data)).toContain('data_json')
  })

  test("has the program's own id, or the registry's", () => {
    expect(written(value).readInt32BE(1)).toBe(schemas.newest(family).id)
    expect(written(value, 7).readInt32BE(1)).toBe(7)
  })
})

test('what is no envelope is an error of this program', () => {
  expect(() => written({ ...envelope('offer.revoked', {}), time: 7 })).toThrow(
    'offer.revoked i1 does not fit schemas/offer/v2',
  )
  expect(() => written({})).toThrow(/without type/)
})

test('a prototype name as type is a type of its own', () => {
  expect(familyOf({ type: 'constructor.called' })).toBe('trigger')
  expect(familyOf({ type: 'event.happened' })).toBe('trigger')
})

test('bytes that are none are nothing', () => {
  expect(readAvroOutput(schemas, Buffer.from('{}'))).toBeUndefined()
})
