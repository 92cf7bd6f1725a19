import { describe, expect, test } from '@jest/globals'
import type { EventForm } from '../../../src/adapters/formats/source-event.ts'
import { sourceEvent } from '../../../src/adapters/formats/source-event.ts'
import { source, TEN_MS } from './form-cases.ts'

const FORM: EventForm = {
  id: 'a',
  type: 'page.viewed',
  time: TEN_MS,
  identifiers: [{ type: 'user_id', value: 'x' }],
}
const nested = (depth: number): unknown => (depth === 0 ? 'end' : { in: nested(depth - 1) })

describe('an event', () => {
  test('that is valid is the parts that matter', () => {
    expect(sourceEvent(source(), { ...FORM, extra: 1 } as EventForm)).toEqual({
      id: 'a',
      source: 'web',
      type: 'page.viewed',
      time: TEN_MS,
      identifiers: [{ type: 'user_id', value: 'x' }],
      context: undefined,
      data: {},
    })
  })

  test('null is absent', () => {
    const form = { ...FORM, source: null, identifiers: null, context: null, data: null }
    expect(sourceEvent(source(), form)).toMatchObject({
      source: 'web',
      identifiers: [],
      context: undefined,
      data: {},
    })
  })

  test('fields of an identifier that are unknown pass', () => {
    const identifiers = [{ type: 'user_id', value: 'u1', verified: true }]
    expect(sourceEvent(source(), { ...FORM, identifiers })).toMatchObject({ identifiers })
  })

  test('depth 64 is taken, one more is not', () => {
    expect(sourceEvent(source(), { ...FORM, data: nested(64) })).toMatchObject({ id: 'a' })
    expect(sourceEvent(source(), { ...FORM, data: nested(65) })).toBe('data is nested deeper than 64')
    expect(sourceEvent(source(), { ...FORM, context: nested(65) })).toBe('context is nested deeper than 64')
  })
})

describe('what is wrong is said in words', () => {
  test.each<[string, EventForm, string]>([
    ['no id', { ...FORM, id: undefined }, 'id is missing'],
    ['id as number', { ...FORM, id: 7 }, 'id must be a text that is not empty'],
    ['no type', { ...FORM, type: undefined }, 'type is missing'],
    ['type as list', { ...FORM, type: [] }, 'type must be text'],
    [
      'shape of the type',
      { ...FORM, type: 'Viewed' },
      'type "Viewed" must be two or more lower-case words joined by dots',
    ],
    ['no time', { ...FORM, time: undefined }, 'time is missing'],
    [
      'a fraction',
      { ...FORM, time: TEN_MS + 0.5 },
      'time must be RFC 3339 with an offset, or an integer of epoch milliseconds, in the years 0000 to 9999',
    ],
    [
      '30 February',
      { ...FORM, time: '2026-02-30T10:00:00Z' },
      'time must be RFC 3339 with an offset, or an integer of epoch milliseconds, in the years 0000 to 9999',
    ],
    [
      'year 10000',
      { ...FORM, time: 253_402_300_800_000 },
      'time must be RFC 3339 with an offset, or an integer of epoch milliseconds, in the years 0000 to 9999',
    ],
    ['source as number', { ...FORM, source: 1 }, 'source must be text'],
    [
      'identifiers as object',
      { ...FORM, identifiers: { type: 'user_id', value: 'x' } },
      'identifiers must be a list',
    ],
    [
      'identifier as text',
      { ...FORM, identifiers: ['x'] },
      'identifiers[0] must be an object with type and value',
    ],
    [
      'identifier without type',
      { ...FORM, identifiers: [{ value: 'x' }] },
      'identifiers[0].type must be a text that is not empty',
    ],
    [
      'identifier as fraction',
      { ...FORM, identifiers: [{ type: 'user_id', value: 1.5 }] },
      'identifiers[0].value must be text or an integer',
    ],
    [
      'identifier beyond 2^53',
      { ...FORM, identifiers: [{ type: 'user_id', value: 1e21 }] },
      'identifiers[0].value must be text or an integer',
    ],
    [
      'identifier null',
      { ...FORM, identifiers: [{ type: 'user_id', value: null }] },
      'identifiers[0].value must be text or an integer',
    ],
    ['data as list', { ...FORM, data: [] }, 'data must be an object'],
    ['context as text', { ...FORM, context: 'web' }, 'context must be an object'],
    ['mood', { ...FORM, type: 'mood.measured', data: { mood: 1.5 } }, 'data.mood must be from -1 to 1'],
    [
      '1e309 in a field of the table',
      { ...FORM, type: 'product.added', data: { product_id: 'p', price: JSON.parse('1e309') } },
      'data.price must be a number',
    ],
    [
      '1e309 elsewhere',
      { ...FORM, data: { own: [JSON.parse('1e309')] } },
      'data holds a number that is too large, at "0"',
    ],
    ['a type that is not listed', { ...FORM, type: 'page.left' }, 'source web does not list type page.left'],
  ])('%s', (name, form, detail) => {
    const types = name.endsWith('listed') ? new Set(['page.viewed']) : undefined
    expect(sourceEvent(source({ types }), form)).toBe(detail)
  })
})
