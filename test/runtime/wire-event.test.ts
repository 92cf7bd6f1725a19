/** What the gate writes is what a profile task reads: lossless, and refused where it is cut off. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { InvariantError } from '../../src/model/errors.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { eventKey } from '../../src/model/hash.ts'
import { BEGINNING } from '../../src/model/time.ts'
import { EventParts, fillParts, TRUE, writeField } from '../../src/runtime/event-parts.ts'
import { writeEvent, writeParts } from '../../src/runtime/event-writer.ts'
import {
  otherPersons,
  readHandoff,
  readMergeMark,
  unknownKind,
  WIRE_EVENT,
  WIRE_HANDOFF,
  WIRE_MARK,
  WIRE_MERGE,
  WireEvent,
  writeHandoff,
  writeMark,
  writeMerge,
} from '../../src/runtime/wire-event.ts'
import { fieldNumberOf, OWN_NAME, typeNumberOf } from '../../src/runtime/wire-names.ts'

const written = (write: (writer: ByteWriter) => void): Buffer => {
  const writer = new ByteWriter()
  write(writer)
  return writer.copy()
}
const anyText = fc.string({ unit: 'binary', maxLength: 30 })
const identifiers = fc.array(fc.record({ type: anyText, value: anyText }, { noNullPrototype: true }), {
  maxLength: 3,
})
const json = fc.dictionary(anyText, fc.jsonValue(), { noNullPrototype: true })
const time = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })
const anyEvent: fc.Arbitrary<SourceEvent> = fc.record(
  {
    id: anyText,
    source: anyText,
    type: anyText,
    time,
    identifiers,
    context: fc.option(json, { nil: undefined }),
    data: json,
  },
  { noNullPrototype: true },
)
const flags = fc.record({
  late: fc.boolean(),
  shared: fc.boolean(),
  dedupe: fc.boolean(),
  internal: fc.boolean(),
})

const NO_FLAGS = { late: false, shared: false, dedupe: true, internal: false }

describe('an event', () => {
  test('comes back with all that it was, whom it belongs to and the watermark it met', () => {
    const watermark = fc.oneof(time, fc.constant(BEGINNING))
    fc.assert(
      fc.property(anyEvent, identifiers, flags, watermark, (event, attached, said, at) => {
        const bytes = written((w) => writeEvent(w, at, event, attached, said))
        expect(bytes[0]).toBe(WIRE_EVENT)
        const back = new WireEvent('p', new ByteReader(bytes, 1))
        const { id, source, type, late, shared, dedupe, internal, context, data } = back
        expect({
          id,
          source,
          type,
          time: back.time,
          identifiers: back.identifiers,
          context,
          data,
        }).toStrictEqual(event)
        expect({ late, shared, dedupe, internal }).toEqual(said)
        expect([back.attached, back.watermark, back.person, back.cause]).toEqual([
          attached,
          at,
          'p',
          undefined,
        ])
        const channel = event.context?.['channel']
        expect(back.channel).toBe(typeof channel === 'string' ? channel : undefined)
      }),
    )
  })

  test('says one field as it says all of them, and its dedupe key as its texts say it', () => {
    const wellKnown = fc.constantFrom('product_id', 'price', 'quantity', 'products', 'exit_intent')
    const values = fc.oneof(fc.jsonValue(), anyText, fc.double(), fc.integer(), fc.constant(-0))
    const data = fc.dictionary(fc.oneof(wellKnown, anyText), values, { noNullPrototype: true })
    fc.assert(
      fc.property(anyEvent, data, (event, said) => {
        const bytes = written((w) => writeEvent(w, 0, { ...event, data: said }, [], NO_FLAGS))
        const back = new WireEvent('p', new ByteReader(bytes, 1))
        for (const name of Object.keys(said)) expect(back.field(name)).toStrictEqual(said[name])
        expect(back.data).toStrictEqual(said)
        expect(back.field('zone_id')).toBe(undefined)
        expect(back.seenKey).toBe(eventKey(event.source, event.id))
      }),
    )
  })

  test('says a field that had no number yet when it was written', () => {
    const parts = new EventParts()
    const event = { id: 'e', source: 's', type: 'own.type', time: 0, identifiers: [], context: undefined }
    fillParts(parts, { ...event, data: { ours: 1, priced: 2, category: 'c' } })
    const names = [...parts.ownNameTexts]
    for (const [name, value] of [
      ['currency', 'EUR'],
      ['price', 2.5],
    ] as const) {
      const place = parts.morePlace
      parts.field(OWN_NAME, name, writeField(parts.more, value), place)
    }
    expect(parts.ownNameTexts).toEqual([...names, 'currency', 'price'])
    const bytes = written((w) => writeParts(w, 0, parts, [], 0))
    const back = new WireEvent('p', new ByteReader(bytes, 1))
    expect([back.field('price'), back.field('currency'), back.field('category')]).toEqual([2.5, 'EUR', 'c'])
    expect([back.field('ours'), back.field('zone_id'), back.field('own')]).toEqual([1, undefined, undefined])
  })

  test('shares its context with others like it, unless it is large', () => {
    const event = { id: 'e', source: 's', type: 'own.type', time: 0, identifiers: [], data: {} }
    const contextOf = (length: number): unknown => {
      const context = { channel: 'web', campaign: 'c'.repeat(length) }
      const bytes = written((w) => writeEvent(w, 0, { ...event, context }, [], NO_FLAGS))
      return new WireEvent('p', new ByteReader(bytes, 1)).context
    }
    expect(contextOf(100)).toBe(contextOf(100))
    expect(contextOf(10_000)).not.toBe(contextOf(10_000))
    expect(contextOf(10_000)).toEqual({ channel: 'web', campaign: 'c'.repeat(10_000) })
  })

  test('is another one when it is read again', () => {
    const one = { id: 'a', source: 's', type: 'cart.viewed', time: 5, identifiers: [], data: { value: 1 } }
    const two = { id: 'b', source: 't', type: 'own.type', time: 6, identifiers: [], data: {} }
    const context = { channel: 'web' }
    const first = written((w) => writeEvent(w, 0, { ...one, context }, [], NO_FLAGS))
    const second = written((w) => writeEvent(w, 1, { ...two, context: undefined }, [], NO_FLAGS))
    const event = new WireEvent('p', new ByteReader(first, 1))
    expect([event.data, event.context, event.channel]).toEqual([{ value: 1 }, context, 'web'])
    event.read('q', new ByteReader(second, 1))
    const { id, source, type, person, watermark, data, channel } = event
    expect({ id, source, type, person, watermark, data, channel, context: event.context }).toEqual({
      id: 'b',
      source: 't',
      type: 'own.type',
      person: 'q',
      watermark: 1,
      data: {},
      channel: undefined,
      context: undefined,
    })
  })

  test('with a name or a tag of a newer version is refused', () => {
    const event = { id: 'e', source: 's', type: 'cart.viewed', time: 0, identifiers: [], context: undefined }
    const bytes = written((w) => writeEvent(w, 0, { ...event, data: { value: true } }, [], NO_FLAGS))
    const [type, field] = [typeNumberOf('cart.viewed'), fieldNumberOf('value')]
    const typed = Buffer.from(bytes)
    typed[bytes.indexOf(type)] = 255
    expect(() => new WireEvent('p', new ByteReader(typed, 1))).toThrow(InvariantError)
    for (const place of [0, 1]) {
      const other = Buffer.from(bytes)
      other[bytes.indexOf(Buffer.from([field, TRUE])) + place] = 255
      expect(() => new WireEvent('p', new ByteReader(other, 1)).data).toThrow(InvariantError)
    }
  })

  test.each([
    ['web', 'web'],
    ['', ''],
    [7, undefined],
    [null, undefined],
  ])('of channel %j says %j', (said, channel) => {
    const event = {
      id: 'e',
      source: 's',
      type: 't',
      time: 0,
      identifiers: [],
      context: { channel: said },
      data: {},
    }
    const bytes = written((w) => writeEvent(w, 0, event, [], NO_FLAGS))
    expect(new WireEvent('p', new ByteReader(bytes, 1)).channel).toBe(channel)
  })

  test('cut off at any byte is refused, at the latest when its body is read', () => {
    const one = { type: 'email', value: 'a@b.c' }
    const event = {
      id: 'e',
      source: 's',
      type: 't',
      time: 5,
      identifiers: [one],
      context: { a: [1, 'x'] },
      data: { b: 2.5 },
    }
    const bytes = written((w) =>
      writeEvent(w, 3, event, [one], { late: true, shared: false, dedupe: true, internal: false }),
    )
    for (let end = 1; end < bytes.length; end++) {
      const whole = () => {
        const { data, context, identifiers } = new WireEvent('p', new ByteReader(bytes, 1, end))
        return { data, context, identifiers }
      }
      expect(whole).toThrow(InvariantError)
    }
  })
})

describe('the other records', () => {
  const mark = { kept: 'a', absorbed: 'b', watermark: 7, at: 9, cause: { source: 'web', id: 'e' } }

  test('a mark says its watermark', () => {
    const bytes = written((w) => writeMark(w, -5))
    expect([bytes[0], new ByteReader(bytes, 1).int()]).toEqual([WIRE_MARK, -5])
  })

  test('a merge comes back, and names both people', () => {
    const bytes = written((w) => writeMerge(w, mark))
    expect(bytes[0]).toBe(WIRE_MERGE)
    expect(readMergeMark(new ByteReader(bytes, 1))).toEqual(mark)
    expect(otherPersons(bytes, 0, bytes.length)).toEqual(['a', 'b'])
  })

  test('a handoff comes back as a copy, and names nobody else', () => {
    const bytes = written((w) => writeHandoff(w, 'b', Buffer.from('state')))
    expect(bytes[0]).toBe(WIRE_HANDOFF)
    const { absorbed, person } = readHandoff(new ByteReader(bytes, 1))
    expect(otherPersons(bytes, 0, bytes.length)).toEqual([])
    bytes.fill(0)
    expect([absorbed, person.toString()]).toEqual(['b', 'state'])
  })

  test('a kind that nobody knows is a bug, and named', () => {
    expect(() => unknownKind(9)).toThrow(/kind 9/)
  })
})
