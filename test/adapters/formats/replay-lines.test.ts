import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createLineDecoder } from '../../../src/adapters/formats/replay-lines.ts'
import { INPUT_BYTES_MAX } from '../../../src/model/limits.ts'
import type { Json } from '../../../src/model/event.ts'
import type { Decoded } from '../../../src/runtime/ports/codec.ts'
import { source, TEN, TEN_MS } from './form-cases.ts'

const SOURCES = [
  source({ id: 'web', types: new Set(['page.viewed', 'product.added']) }),
  source({ id: 'trips', format: 'avro', types: new Set(['trip.started', 'page.viewed']) }),
  source({ id: 'segment', format: 'segment', types: new Set(['fast_pass.used']) }),
  source({ id: 'cloud', format: 'cloudevents', types: new Set(['queue.measured']) }),
]
const OPEN = [...SOURCES, source({ id: 'rest' })]
const EVENT: Json = {
  id: 'a',
  type: 'page.viewed',
  time: TEN,
  identifiers: [{ type: 'user_id', value: 'x' }],
}

function line(text: string | Buffer, sources = SOURCES): Decoded {
  const buffer = Buffer.concat([Buffer.from('{}\n'), Buffer.from(text), Buffer.from('\n{}')])
  return createLineDecoder(sources)(buffer, 3, buffer.length - 3)
}
const json = (value: unknown, sources = SOURCES): Decoded => line(JSON.stringify(value), sources)

describe('lines that are no records', () => {
  test.each(['', ' ', '\t \r', '\r', '\ufeff', '\ufeff \r'])('%j is blank', (text) => {
    expect(line(text)).toEqual({ kind: 'blank' })
  })

  test.each<[unknown, unknown]>([
    [
      { erase: { type: 'email', value: 'Ann@x.y' } },
      { of: { type: 'email', value: 'Ann@x.y' }, lift: false },
    ],
    [
      { erase: { type: 'user_id', value: 7 }, lift: true },
      { of: { type: 'user_id', value: '7' }, lift: true },
    ],
    [{ erase: { value: 'c-1', lift: true } }, { of: { type: undefined, value: 'c-1' }, lift: true }],
    [{ erase: 'c-1' }, { of: { type: undefined, value: 'c-1' }, lift: false }],
  ])('%j erases or lifts', (written, meant) => {
    expect(json(written)).toEqual({ kind: 'erase', ...(meant as object) })
  })

  test.each([{ erase: {} }, { erase: [] }, { erase: { type: 1, value: 'x' } }, { erase: 'x', lift: 'yes' }])(
    '%j is no order',
    (written) => {
      expect(json(written)).toMatchObject({ kind: 'refused', reason: 'invalid-event' })
    },
  )

  test.each<[unknown, number]>([
    [TEN, TEN_MS],
    [TEN_MS, TEN_MS],
    ['2026-05-04T12:00:00+02:00', TEN_MS],
  ])('a directive with %j', (clock, at) => {
    expect(json({ clock })).toEqual({ kind: 'clock', at })
  })

  test('a directive without a time is refused', () => {
    expect(json({ clock: 'noon' })).toMatchObject({
      kind: 'refused',
      reason: 'invalid-event',
      detail: expect.stringContaining('clock'),
    })
  })

  test('an event may have a field of that name', () => {
    expect(json({ ...EVENT, clock: 'noon' })).toMatchObject({ kind: 'event' })
  })
})

describe('what surrounds a line does not count', () => {
  test.each(['\ufeff', ''])('mark %j in front, return behind', (mark) => {
    expect(line(`${mark}${JSON.stringify(EVENT)}\r`)).toMatchObject({ kind: 'event', event: { id: 'a' } })
  })
  test('blanks around', () => {
    expect(line(`  ${JSON.stringify(EVENT)} `)).toMatchObject({ kind: 'event' })
  })
})

describe('which source', () => {
  test.each<[string, Json, string]>([
    ['first that lists the type', EVENT, 'web'],
    [
      'the only one that lists it',
      { ...EVENT, type: 'trip.started', data: { trip_id: 't', scheduled_arrival_at: TEN } },
      'trips',
    ],
    ['the topic goes before', { ...EVENT, topic: 'trips-events' }, 'trips'],
    ['null is no topic', { ...EVENT, topic: null }, 'web'],
    [
      'a call by its mapped type',
      { type: 'track', event: 'Fast Pass Used', messageId: 'm', userId: 'u', timestamp: TEN },
      'segment',
    ],
    [
      'a CloudEvent by its type',
      { specversion: '1.0', id: 'c', type: 'queue.measured', time: TEN, data: { place_id: 'p' } },
      'cloud',
    ],
  ])('%s', (_, value, id) => {
    expect(json(value)).toMatchObject({ kind: 'event', source: { id } })
  })

  test('else the first that takes all', () => {
    expect(json({ ...EVENT, type: 'ride.boarded' }, OPEN)).toMatchObject({
      kind: 'event',
      source: { id: 'rest' },
    })
  })

  test('of several on one topic the one that lists the type', () => {
    const shared = [
      source({ id: 'one', topic: 't', types: new Set(['trip.started']) }),
      source({ id: 'two', topic: 't', types: new Set(['page.viewed']) }),
    ]
    expect(json({ ...EVENT, topic: 't' }, shared)).toMatchObject({ kind: 'event', source: { id: 'two' } })
    expect(json({ ...EVENT, topic: 't', type: 'page.left' }, shared)).toMatchObject({
      kind: 'refused',
      source: { id: 'one' },
      detail: 'source one does not list type page.left',
    })
  })

  test.each<[string, Json, string]>([
    ['an unknown topic', { ...EVENT, topic: 'nowhere' }, 'no source has topic "nowhere"'],
    ['a topic that is no text', { ...EVENT, topic: 7 }, 'topic must be text'],
    ['a type that nobody lists', { ...EVENT, type: 'ride.boarded' }, 'no source lists type "ride.boarded"'],
    [
      'a type that the topic does not list',
      { ...EVENT, topic: 'web-events', type: 'trip.started' },
      'source web does not list type trip.started',
    ],
    ['no type', { id: 'a', time: TEN }, 'type is missing'],
    ['nothing', {}, 'type is missing'],
    ['a call without a name', { type: 'track', messageId: 'm' }, 'event is missing'],
  ])('%s is refused', (_, value, detail) => {
    expect(json(value)).toMatchObject({ kind: 'refused', reason: 'invalid-event', detail })
  })

  test('a refusal says the topic that it named', () => {
    expect(json({ ...EVENT, topic: 'nowhere' })).toMatchObject({ topic: 'nowhere', source: undefined })
  })
})

describe('received', () => {
  test.each<[unknown, number]>([
    [TEN, TEN_MS],
    [TEN_MS, TEN_MS],
  ])('%j of an event', (received, at) => {
    expect(json({ ...EVENT, received })).toMatchObject({ kind: 'event', received: at })
  })

  test.each(['soon', 1.5, '1777888800000', true, {}])('%j is refused', (received) => {
    expect(json({ ...EVENT, received })).toMatchObject({
      kind: 'refused',
      reason: 'invalid-event',
      received: undefined,
      detail: expect.stringContaining('received'),
    })
  })

  test.each<[string, Json]>([
    ['no event', {}],
    ['no time', { ...EVENT, time: 'never' }],
    ['unknown topic', { ...EVENT, topic: 'nowhere' }],
    ['unlisted type', { ...EVENT, topic: 'web-events', type: 'trip.started' }],
    ['wrong version', { topic: 'cloud-events', specversion: '0.3', id: 'old' }],
    ['topic that is none', { ...EVENT, topic: [] }],
  ])('of a refused line still counts: %s', (_, value) => {
    expect(json({ ...value, received: TEN })).toMatchObject({ kind: 'refused', received: TEN_MS })
  })

  test("a refused event's own time does not", () => {
    expect(json({ ...EVENT, id: '' })).toMatchObject({ kind: 'refused', received: undefined })
  })
})

describe('what is refused before it is an object', () => {
  test.each<[string, string | Buffer, string]>([
    ['half an object', '{"id":"broken"', 'not-json'],
    ['a word', 'hello', 'not-json'],
    ['a number', '42', 'invalid-event'],
    ['a list', '[]', 'invalid-event'],
    ['null', 'null', 'invalid-event'],
    ['a text', '"text"', 'invalid-event'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not-json'],
    ['bad UTF-8 alone', Buffer.from([0xff]), 'not-json'],
    ['a mark alone inside', '{\ufeff}', 'not-json'],
  ])('%s', (_, text, reason) => {
    expect(line(text)).toMatchObject({ kind: 'refused', reason, source: undefined, received: undefined })
  })

  test('a mebibyte is taken, one byte more is not, and the return does not count', () => {
    const text = (size: number): string => JSON.stringify({ ...EVENT, data: { own: 'x'.repeat(size) } })
    const room = INPUT_BYTES_MAX - text(0).length
    expect(line(`${text(room)}\r`)).toMatchObject({ kind: 'event' })
    expect(line(text(room + 1))).toMatchObject({ kind: 'refused', reason: 'too-large', received: undefined })
  })
})

test('random text and bytes never throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (noise) => {
      expect(typeof line(Buffer.from(noise as string), OPEN).kind).toBe('string')
    }),
    { numRuns: 1000 },
  )
})

test('any JSON in any place of an event never throws', () => {
  const place = fc.constantFrom(
    'id',
    'source',
    'type',
    'time',
    'identifiers',
    'context',
    'data',
    'topic',
    'received',
    'clock',
    'traits',
    'properties',
    'event',
    'specversion',
  )
  fc.assert(
    fc.property(place, fc.jsonValue(), fc.constantFrom(...OPEN), (key, value, { topic, format }) => {
      const base =
        format === 'segment'
          ? { type: 'track', event: 'Fast Pass Used', messageId: 'm', timestamp: TEN }
          : { ...EVENT, specversion: '1.0' }
      expect(['event', 'refused', 'clock']).toContain(json({ ...base, topic, [key]: value }, OPEN).kind)
    }),
    { numRuns: 1000 },
  )
})
