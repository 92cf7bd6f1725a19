/** An event that is read where it lies is the event that is parsed, whatever the text; and what is refused is refused in the same words. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { answer, Misfit } from '../../../src/adapters/formats/answer.ts'
import { createDecoder } from '../../../src/adapters/formats/decoder.ts'
import { jsonObject } from '../../../src/adapters/formats/json-text.ts'
import { createJsonWalk } from '../../../src/adapters/formats/json-walk.ts'
import { ByteReader, ByteWriter } from '../../../src/model/bytes.ts'
import { EventParts } from '../../../src/runtime/event-parts.ts'
import { writeParts } from '../../../src/runtime/event-writer.ts'
import { WireEvent } from '../../../src/runtime/wire-event.ts'
import type { SourcePlan } from '../../../src/topology/plan.ts'
import { plainly, schemas, source, TEN } from './form-cases.ts'

const PLANS: readonly SourcePlan[] = [
  source(),
  source({ types: new Set(['cart.viewed', 'own.type', 'product.added']) }),
]
const decoder = createDecoder(schemas, [])

interface Both {
  readonly walked: boolean
  readonly quick: unknown
  readonly general: unknown
}

/** By the decoder, behind all that it had before, and by the general way alone. */
function both(plan: SourcePlan, text: string | Buffer): Both {
  const body = Buffer.from(text)
  const bytes = Buffer.concat([Buffer.from('9"}'), body, Buffer.from('9"}')])
  const end = bytes.length - 3
  const decoded = decoder.decode(plan, bytes, 3, end)
  const walked = decoded.kind === 'event' && decoded.event instanceof EventParts
  const quick = plainly(decoded)
  const form =
    body.length === 0
      ? new Misfit('not-json', 'the record has no value')
      : jsonObject(bytes, 3, end, 'the record')
  const general = answer(plan, form, undefined)
  if (decoded.kind === 'event' && decoded.event instanceof EventParts) comesThrough(decoded.event, general)
  return { walked, quick: said(quick), general: said(general) }
}

/** With the order of fields. */
const said = (one: unknown): readonly unknown[] => [one, JSON.stringify(one)]

/** The parts, written for the internal topic and read there, are the event too. */
function comesThrough(parts: EventParts, general: ReturnType<typeof answer>): void {
  if (general.kind !== 'event') throw new Error(`walked, but ${general.detail}`)
  const writer = new ByteWriter()
  writeParts(writer, 5, parts, [], 0)
  const back = new WireEvent('p', new ByteReader(writer.copy(), 1))
  const { id, source: from, type, time, identifiers, context, data, channel } = back
  expect({ id, source: from, type, time, identifiers, context, data }).toStrictEqual(general.event)
  const told = general.event.context?.['channel']
  expect(channel).toBe(typeof told === 'string' ? told : undefined)
  for (const name of Object.keys(general.event.data))
    expect(back.field(name)).toStrictEqual(general.event.data[name])
}

const word = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[ !#-[\]-~]{0,12}$/) },
  fc.stringMatching(/^[a-z0-9]{60,70}$/),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('"', '\\', 'é', '\u007f', '\n', 'x'.repeat(1024), 'x'.repeat(1025)),
)
const name = fc.oneof(
  fc.constantFrom(
    'product_id',
    'category',
    'quantity',
    'price',
    'currency',
    'basket_id',
    'lat',
    'products',
    'title',
    'eta_at',
  ),
  fc.constantFrom('__proto__', '0', '17', '', 'toString'),
  word,
)
const number = fc.oneof(
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.integer({ min: 0, max: 99_999 }).map((cents) => cents / 100),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 0.1, 1e21, 1e-7, 123456789012345, 1234567890123456),
)
const value = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 3, arbitrary: number },
  fc.constantFrom(null, true, false, TEN),
  fc.jsonValue({ maxDepth: 3 }),
)
const time = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1.7e12, max: 1.7e12 + 1e8 }).map((at) => new Date(at).toISOString()),
  },
  fc.constantFrom<unknown>(
    TEN,
    1777888800000,
    '2026-05-04T10:00:00+02:00',
    '2026-05-04T10:00:60.000Z',
    'noon',
    null,
    1.5,
    1e300,
  ),
)
const identifiers = fc.oneof(
  fc.array(fc.record({ type: fc.oneof(fc.constant('user_id'), word), value: fc.oneof(word, fc.integer()) }), {
    maxLength: 3,
  }),
  fc.constantFrom<unknown>(
    null,
    {},
    [{}],
    [{ value: 'b', type: 'a' }],
    [{ type: 'a', value: 'b', more: 1 }],
    [[]],
  ),
  fc.constant(Array.from({ length: 70 }, (_, i) => ({ type: 'a', value: `${i}` }))),
)
const members = fc.record(
  {
    id: fc.oneof({ weight: 8, arbitrary: fc.stringMatching(/^[a-z0-9]{1,30}$/) }, word, fc.integer()),
    source: fc.oneof(word, fc.constantFrom(null, 'web')),
    type: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom(
          'product.added',
          'cart.viewed',
          'own.type',
          'product.viewed',
          'location.updated',
          'trip.eta_updated',
        ),
      },
      word,
    ),
    time,
    identifiers,
    context: fc.oneof(
      fc.dictionary(word, value, { maxKeys: 3 }),
      fc.record({ channel: value }),
      fc.constantFrom(null, [], 'x'),
    ),
    data: fc.oneof(
      { weight: 9, arbitrary: fc.array(fc.tuple(name, value), { maxLength: 8 }).map(Object.fromEntries) },
      {
        weight: 4,
        arbitrary: fc.constant({ product_id: 'p', category: 'c', price: 2.5, quantity: 1, lat: 3, lon: 2 }),
      },
      fc.constantFrom<unknown>(null, [], 'x', { quantity: -1 }, { lat: 91, lon: 0 }),
    ),
    topic: fc.constantFrom<unknown>('web', null, 5),
    received: time,
    clock: fc.constantFrom<unknown>(TEN, null),
    other: value,
  },
  { requiredKeys: ['id', 'type', 'time'] },
)
/** Of an event that has nothing unusual about it, but for an order of its members or a name that comes twice. */
const plainWord = fc.stringMatching(/^[a-z0-9 _'#]{0,70}$/)
const plainMembers = fc.record(
  {
    id: fc.stringMatching(/^[a-z0-9]{1,30}$/),
    source: fc.constantFrom('web', 'app', null, ''),
    type: fc.constantFrom('product.viewed', 'cart.viewed', 'own.type'),
    time: fc.integer({ min: 1.7e12, max: 1.7e12 + 1e8 }).map((at) => new Date(at).toISOString()),
    identifiers: fc.array(
      fc.record({
        type: fc.constantFrom('user_id', 'device'),
        value: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
      }),
      { maxLength: 3 },
    ),
    context: fc.record({ channel: fc.oneof(plainWord, fc.constant(1)) }),
    data: fc
      .array(
        fc.tuple(
          fc.constantFrom(
            'product_id',
            'category',
            'currency',
            'basket_id',
            'own',
            'a_name_that_is_rather_long',
          ),
          fc.oneof(plainWord, number, fc.constantFrom<unknown>(true, false, null, ['a'], { b: 1 })),
        ),
        { maxLength: 6 },
      )
      .map((entries) => ({ product_id: 'p', ...(Object.fromEntries(entries) as object) })),
    received: fc.constant('2026-05-04T10:00:00.000Z'),
  },
  { requiredKeys: ['id', 'type', 'time', 'data'] },
)
/** A text of an event, its members in some order, with white space in places. */
const text = fc
  .tuple(
    fc.oneof<fc.Arbitrary<object>[]>(members, plainMembers, plainMembers),
    fc.constantFrom(0, 1, 2),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([event, indent, turn]) => {
    const entries = Object.entries(event)
    const turned = [...entries.slice(turn), ...entries.slice(0, turn)]
    const whole = JSON.stringify(Object.fromEntries(turned), undefined, indent)
    return indent === 1 ? whole.replaceAll('\n', '\r\n\t') : whole
  })
const damage = fc.tuple(
  fc.nat(),
  fc.oneof(
    fc.nat(255).map((byte) => Buffer.from([byte])),
    fc.constantFrom(
      ...['', '0', '-', '.', 'e', ',', '"', '{}', ':', '"id":"x",', '"price":1,'].map((piece) =>
        Buffer.from(piece),
      ),
    ),
  ),
  fc.nat(2),
)
const plans = fc.constantFrom(...PLANS)

describe('the walk and the general way', () => {
  test('say the same of whatever an event may be', () => {
    let walked = 0
    let events = 0
    fc.assert(
      fc.property(plans, text, (plan, one) => {
        for (const result of [both(plan, one), both(plan, one)]) {
          expect(result.quick).toStrictEqual(result.general)
          if ((result.general as { kind: string }[])[0]?.kind === 'event') events++
          if (result.walked) walked++
        }
      }),
      { numRuns: 1500 },
    )
    // Were it never the walk that answers, this would prove nothing.
    expect(events).toBeGreaterThan(100)
    expect(walked).toBeGreaterThan(events / 3)
  })

  test('say the same of text that is cut off, changed or too long', () => {
    fc.assert(
      fc.property(plans, text, damage, (plan, one, [place, piece, gone]) => {
        const bytes = Buffer.from(one)
        const at = place % (bytes.length + 1)
        const damaged = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + gone)])
        for (const some of [damaged, bytes.subarray(0, at)]) {
          const result = both(plan, some)
          expect(result.quick).toStrictEqual(result.general)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a field that comes twice', '"data":{"title":"a","title":"b"}'],
    ['a field of its own that comes twice', '"data":{"own_name":"a","own_name":"b"}'],
    ['a field that is a number', '"data":{"b":1,"7":2}'],
    ['a prototype', '"data":{"__proto__":{"a":1}}'],
    ['a part that comes twice', '"source":"a","source":"b"'],
    [
      'numbers of all forms',
      '"data":{"a":-0,"b":0.1,"c":1e2,"d":1E-2,"e":0.30000000000000004,"f":123456789012345678}',
    ],
    ['a number with a zero in front', '"data":{"a":01}'],
    ['a number without digits', '"data":{"a":-}'],
    ['a number that is too large', '"data":{"a":1e309}'],
    ['half a number', '"data":{"a":1.}'],
    ['words that are none', '"data":{"a":nul}'],
    ['nothing behind a comma', '"data":{"a":1,}'],
    ['escapes', '"data":{"a":"\\u0041\\n"}'],
    ['no ASCII', '"data":{"a":"Åse"}'],
    ['too deep', `"data":{"a":${'['.repeat(70)}${']'.repeat(70)}}`],
  ])('say the same of %s', (_name, members_) => {
    const result = both(source(), `{"id":"i","type":"own.type","time":"${TEN}",${members_}}`)
    expect(result.quick).toStrictEqual(result.general)
  })
})

describe('the walk', () => {
  const walks = (members_: string): boolean => {
    const walk = createJsonWalk()
    const bytes = Buffer.from(`{"id":"i","type":"product.added","time":"${TEN}"${members_}}`)
    return walk.walk(bytes, 0, bytes.length) && walk.eventOf(source()) !== undefined
  }

  test.each([
    ',"data":{"product_id":"p","price":12.5,"quantity":2,"own":null,"tags":["a"]},"identifiers":[{"type":"user_id","value":"u"}]',
    ',"context":{"channel":"web"},"data":{"product_id":"p"},"received":"2026-05-04T10:00:01.000Z"',
    ' ,"source" : null , "identifiers": [ ],"data":{ "product_id" : "p" } ',
  ])('takes %s', (members_) => {
    expect(walks(members_)).toBe(true)
  })

  test.each(['', ',"data":{"product_id":""}', ',"data":{"product_id":7}', ',"data":{"product_id":"é"}'])(
    'leaves %s to the general way',
    (members_) => {
      expect(walks(members_)).toBe(false)
    },
  )
})
