/** What the gate writes is what a profile task reads: lossless, and refused where it is cut off. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { InvariantError } from '../../src/model/errors.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { BEGINNING } from '../../src/model/time.ts'
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
  writeEvent,
  writeHandoff,
  writeMark,
  writeMerge,
} from '../../src/runtime/wire-event.ts'

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
    const bytes = written((w) =>
      writeEvent(w, 0, event, [], { late: false, shared: false, dedupe: true, internal: false }),
    )
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
