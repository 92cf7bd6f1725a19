/** An event that is read where it lies is the event that is decoded, whatever the schema; and what is refused is refused in the same words. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { answer } from '../../../../src/adapters/formats/answer.ts'
import { avroEvent } from '../../../../src/adapters/formats/avro/event.ts'
import { createSchemaBook } from '../../../../src/adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../../../src/adapters/formats/decoder.ts'
import { ByteReader, ByteWriter } from '../../../../src/model/bytes.ts'
import { eventKey } from '../../../../src/model/hash.ts'
import { EventParts } from '../../../../src/runtime/event-parts.ts'
import { writeParts } from '../../../../src/runtime/event-writer.ts'
import { WireEvent } from '../../../../src/runtime/wire-event.ts'
import type { SourcePlan } from '../../../../src/topology/plan.ts'
import { plainly, source } from '../form-cases.ts'
import { type Made, anyEvent, damaged, varint } from './made-up-avro.ts'

const ID = 77
const PLANS: readonly SourcePlan[] = [
  source({ format: 'avro' }),
  source({ format: 'avro', types: new Set(['cart.viewed', 'own.type']) }),
]

const record = (name: string, ...fields: readonly (readonly [string, unknown])[]): unknown => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
})
const PLAIN = record(
  'Event',
  ['id', 'string'],
  ['type', 'string'],
  ['time', 'long'],
  ['identifiers', { type: 'array', items: record('Identifier', ['type', 'string'], ['value', 'string']) }],
  ['data', record('Data', ['title', 'string'])],
)

interface Both {
  readonly walked: boolean
  readonly quick: unknown
  readonly general: unknown
}

/** By the decoder, and by the general way alone; behind other events, whose names the decoder may know. */
function both(plan: SourcePlan, schema: unknown, bodies: readonly Buffer[]): readonly Both[] {
  const schemas = createSchemaBook([])
  schemas.learn(ID, JSON.stringify(schema))
  const decoder = createDecoder(schemas, [])
  return bodies.map((body) => {
    const bytes = Buffer.concat([Buffer.from([9, 0, 0, 0, 0, ID]), body, Buffer.from([9])])
    const end = bytes.length - 1
    const decoded = decoder.decode(plan, bytes, 1, end)
    const walked = decoded.kind === 'event' && decoded.event instanceof EventParts
    const quick = plainly(decoded)
    const general = answer(plan, avroEvent(schemas, bytes, 1, end), undefined)
    if (decoded.kind === 'event' && decoded.event instanceof EventParts) comesThrough(decoded.event, general)
    return { walked, quick, general }
  })
}

/** The parts, written for the internal topic and read there, are the event too. */
function comesThrough(parts: EventParts, general: ReturnType<typeof answer>): void {
  if (general.kind !== 'event') return
  const writer = new ByteWriter()
  writeParts(writer, 5, parts, [], 0)
  const back = new WireEvent('p', new ByteReader(writer.copy(), 1))
  const { id, source: from, type, time, identifiers, context, data, channel } = back
  expect({ id, source: from, type, time, identifiers, context, data }).toStrictEqual(general.event)
  const said = general.event.context?.['channel']
  expect(channel).toBe(typeof said === 'string' ? said : undefined)
  expect(back.seenKey).toBe(eventKey(general.event.source, general.event.id))
  for (const name of Object.keys(general.event.data))
    expect(back.field(name)).toStrictEqual(general.event.data[name])
}

const plans = fc.constantFrom(...PLANS)

describe('the walk and the general way', () => {
  test('say the same of whatever fits a schema', () => {
    let walked = 0
    let events = 0
    fc.assert(
      fc.property(plans, anyEvent, (plan, { schema, bodies }: Made) => {
        for (const one of both(plan, schema, [...bodies, ...bodies])) {
          expect(one.quick).toStrictEqual(one.general)
          if ((one.general as { kind: string }).kind === 'event') events++
          if (one.walked) walked++
        }
      }),
      { numRuns: 500 },
    )
    // Were it never the walk that answers, this would prove nothing. It answers about a quarter of them, and the floor is
    // far below that: how many is left to chance.
    expect(events).toBeGreaterThan(150)
    expect(walked).toBeGreaterThan(events / 10)
  })

  test('say the same of bytes that are cut off, changed or too many', () => {
    fc.assert(
      fc.property(plans, anyEvent, damaged, (plan, { schema, bodies }, damage) => {
        for (const one of both(plan, schema, [...bodies, ...bodies.map(damage), ...bodies.map(damage)]))
          expect(one.quick).toStrictEqual(one.general)
      }),
      { numRuns: 700 },
    )
  })

  test.each([
    ['the id', 0],
    ['the count of identifiers', 1],
    ["an identifier's type", 2],
    ["an identifier's value", 3],
    ['a field', 4],
  ])('say the same when the length of %s takes ten bytes', (_name, place) => {
    const pad = (at: number): number => (at === place ? 9 : 0)
    const said = (text: string, at: number): Buffer =>
      Buffer.concat([varint(text.length, pad(at)), Buffer.from(text)])
    const parts = [varint(1, pad(1)), said('user_id', 2), said('u1', 3), varint(0), said('a title', 4)]
    const body = Buffer.concat([
      said('e-1', 0),
      varint(8),
      Buffer.from('own.type'),
      varint(1_777_888_800_000),
      ...parts,
    ])
    for (const one of both(source({ format: 'avro' }), PLAIN, [body, body]))
      expect(one.quick).toStrictEqual(one.general)
  })

  test('say the same of a field that must say something, and says in ten bytes that it is empty', () => {
    const data = record('Data', ['order_id', 'string'])
    const schema = record('Event', ['id', 'string'], ['type', 'string'], ['time', 'long'], ['data', data])
    const head = [varint(3), Buffer.from('e-1'), varint(15), Buffer.from('order.completed')]
    const body = Buffer.concat([...head, varint(1_777_888_800_000), varint(0, 9)])
    const [one] = both(source({ format: 'avro' }), schema, [body])
    expect(one?.quick).toStrictEqual(one?.general)
    expect(one?.general).toMatchObject({ kind: 'refused', reason: 'invalid-event' })
  })

  test.each([
    ['a list of records', (list: unknown) => record('Data', ['lines', list])],
    ['a map of them', (list: unknown) => ({ type: 'map', values: list })],
  ])('refuse an event that few bytes make larger than the internal topic takes: %s', (_name, dataOf) => {
    const flags = Array.from({ length: 10 }, (_, i) => [`is_available_in_store_${i}`, 'boolean'] as const)
    const data = dataOf({ type: 'array', items: record('Line', ...flags) })
    const schema = record('Event', ['id', 'string'], ['type', 'string'], ['time', 'long'], ['data', data])
    const said = (text: string): Buffer => Buffer.concat([varint(text.length), Buffer.from(text)])
    const event = (lines: number): Buffer => {
      const list = [varint(lines), Buffer.alloc(10 * lines, 1), varint(0)]
      const whole =
        (data as { type: string }).type === 'map' ? [varint(1), said('lines'), ...list, varint(0)] : list
      return Buffer.concat([said('e-1'), said('own.type'), varint(1_777_888_800_000), ...whole])
    }
    const [small, large] = both(source({ format: 'avro' }), schema, [event(2000), event(20_000)])
    expect(small?.quick).toStrictEqual(small?.general)
    expect(small?.general).toMatchObject({ kind: 'event' })
    expect(large?.quick).toStrictEqual(large?.general)
    expect(large?.general).toMatchObject({ kind: 'refused', reason: 'too-large' })
  })
})
