import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/model/event.ts'
import type { Decoded, HeaderSource } from '../../../src/runtime/ports/codec.ts'
import { decodeRecord, source, TEN, TEN_MS } from './form-cases.ts'

const plan = source({ id: 'cloud', format: 'cloudevents' })
const CE: Json = {
  specversion: '1.0',
  id: 'ce1',
  source: 'https://shop.example.org/web',
  type: 'product.added',
  time: TEN,
  datacontenttype: 'application/json',
  subject: 'cart',
  data: {
    identifiers: [{ type: 'user_id', value: 'u1' }],
    context: { channel: 'web' },
    product_id: 'p1',
    price: 5,
  },
}
const EVENT = {
  id: 'ce1',
  source: 'https://shop.example.org/web',
  type: 'product.added',
  time: TEN_MS,
  identifiers: [{ type: 'user_id', value: 'u1' }],
  context: { channel: 'web' },
  data: { product_id: 'p1', price: 5 },
}
const structured = (more: Json): Decoded => decodeRecord(plan, JSON.stringify({ ...CE, ...more }))
const headers = (more: Json): HeaderSource => {
  const all: Json = {
    ce_specversion: '1.0',
    ce_id: 'ce1',
    ce_source: CE['source'],
    ce_type: CE['type'],
    ce_time: TEN,
    ...more,
  }
  return { header: (name) => all[name] as string | undefined }
}

describe('structured', () => {
  test('identifiers and context are taken out of the data', () => {
    expect(structured({})).toEqual({ kind: 'event', source: plan, event: EVENT, received: undefined })
  })

  test.each<[string, Json, string, RegExp]>([
    ['an old version', { specversion: '0.3' }, 'unknown-format', /specversion must be "1.0", not "0.3"/],
    ['a version as a number', { specversion: 1 }, 'unknown-format', /not number/],
    ['no version', { specversion: undefined }, 'unknown-format', /specversion is missing/],
    ['no time', { time: undefined }, 'invalid-event', /time is missing/],
    ['data as text', { data: 'x' }, 'invalid-event', /data must be an object/],
    ['binary data', { data: undefined, data_base64: 'e30=' }, 'invalid-event', /data_base64/],
  ])('%s', (_, more, reason, detail) => {
    expect(structured(more)).toMatchObject({ kind: 'refused', reason, detail: expect.stringMatching(detail) })
  })
})

describe('binary', () => {
  test('attributes are headers, the value is the data', () => {
    expect(decodeRecord(plan, JSON.stringify(CE['data']), headers({}))).toMatchObject({
      kind: 'event',
      event: EVENT,
    })
  })

  test('without data', () => {
    expect(decodeRecord(plan, '', headers({ ce_type: 'page.viewed' }))).toMatchObject({
      kind: 'event',
      event: { data: {} },
    })
  })

  test('headers of other kinds leave it structured', () => {
    expect(decodeRecord(plan, JSON.stringify(CE), { header: () => undefined })).toMatchObject({
      kind: 'event',
      event: EVENT,
    })
  })

  test.each<[string, Json, string, string, RegExp]>([
    ['an old version', { ce_specversion: '0.3' }, '{}', 'unknown-format', /ce_specversion/],
    ['no time', { ce_time: undefined }, '{"product_id":"p"}', 'invalid-event', /time is missing/],
    ['no JSON', {}, 'x', 'not-json', /data is not JSON/],
    ['no object', {}, '[]', 'invalid-event', /no object/],
  ])('%s', (_, more, body, reason, detail) => {
    expect(decodeRecord(plan, body, headers(more))).toMatchObject({
      kind: 'refused',
      reason,
      detail: expect.stringMatching(detail),
    })
  })
})
