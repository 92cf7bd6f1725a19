/** The graph as values: what it answers hangs on its newest records alone. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../../src/model/bytes.ts'
import { Graph } from '../../../src/operators/identity/graph.ts'
import {
  decodePerson,
  encodePerson,
  type PersonRecord,
} from '../../../src/operators/identity/person-record.ts'
import { fold, identifierOf, newest, ownerOf, readyOf, restore } from './fold.ts'

const ready = readyOf()
const record = (id: string, more: Partial<PersonRecord> = {}): PersonRecord => ({
  id,
  firstSeen: 5,
  identifiers: [],
  shared: [],
  absorbed: [],
  anonymous: false,
  absorbedInto: undefined,
  reported: [],
  ...more,
})
const names = (...texts: readonly string[]) => texts.map(identifierOf)

function roundTrip(one: PersonRecord): PersonRecord {
  const writer = new ByteWriter(8)
  encodePerson(one, writer)
  const reader = new ByteReader(writer.copy())
  const back = decodePerson(reader, ready.types)
  expect(reader.done).toBe(true)
  return back
}

describe('bytes', () => {
  test.each<[string, PersonRecord]>([
    [
      'everything',
      record('p', {
        firstSeen: -62_167_219_200_000,
        identifiers: names('u:ann', 'x:Ø 🚗'),
        shared: names('d:D'),
        absorbed: ['q', 'r'],
        reported: [0, 2 ** 53 - 1],
      }),
    ],
    ['nothing', record('p')],
    ['anonymous', record('p', { anonymous: true, identifiers: names('d:D') })],
    ['absorbed', record('p', { absorbedInto: 'q' })],
  ])('%s comes back', (_name, one) => {
    expect(roundTrip(one)).toEqual(one)
  })

  test('another version is refused', () => {
    expect(() => decodePerson(new ByteReader(Buffer.from([9, 0])), ready.types)).toThrow(/version 9/)
  })

  test('bytes of version 1 load for ever', () => {
    const bytes = Buffer.from(
      '0100017000' + '01' + '07757365725f6964' + '03616e6e' + '00' + '010171' + '00',
      'hex',
    )
    expect(decodePerson(new ByteReader(bytes), ready.types)).toEqual(
      record('p', { firstSeen: 0, identifiers: names('u:ann'), absorbed: ['q'] }),
    )
  })
})

describe('graph', () => {
  test.each([0, 24, 25, 41, 42, 43, 63, 64, 127, 128, 300])(
    'a name of %i characters, of any kind',
    (size) => {
      const values = ['a', 'Å', '\u20ac', '\ud800'].map((one) => one.repeat(size)).filter(Boolean)
      const graph = new Graph(ready)
      const ann = record('p', { identifiers: values.map((value) => ({ type: 'device_id', value })) })
      graph.put(ann)
      for (const value of values) {
        expect(graph.owner('device_id', value)).toBe(ann)
        expect(graph.owner('device_id', `${value.slice(1)}b`)).toBeUndefined()
        expect(graph.owner('device_id', `${value}b`)).toBeUndefined()
      }
    },
  )

  test('an absorbed record before its kept one: unknown until it comes, then resolved at any depth', () => {
    const graph = new Graph(ready)
    graph.put(record('c', { absorbedInto: 'b' }))
    graph.put(record('b', { absorbedInto: 'a' }))
    expect(graph.person('c')).toBeUndefined()
    expect(graph.people).toBe(0)
    const a = record('a', { identifiers: names('d:1'), absorbed: ['b', 'c'] })
    graph.put(a)
    expect(graph.person('c')).toBe(a)
    expect(graph.owner('device_id', '1')).toBe(a)
    expect(graph.people).toBe(1)
  })

  test('what is shared stays shared, whichever record says it first', () => {
    const story = fold(['0 u:a d:D', '1 u:b d:D', '2 d:D'])
    const records = [...newest(story.log).values()]
    for (const order of [records, records.toReversed()]) {
      const graph = restore(order, story.ready)
      expect(graph.isShared('device_id', 'D')).toBe(true)
      expect(graph.owner('device_id', 'D')).toEqual(ownerOf(story, 'd:D'))
      expect(graph.identifiers).toBe(3)
    }
  })

  test('a newer record of somebody known takes the place of the older one, its names with it', () => {
    const graph = new Graph(ready)
    const writer = new ByteWriter()
    const load = (one: PersonRecord): void => {
      writer.reset()
      encodePerson(one, writer)
      graph.load(writer.copy())
    }
    load(record('a', { identifiers: names('d:1', 'd:2', 'u:ann') }))
    load(record('a', { identifiers: names('d:1', 'u:ann'), shared: names('d:2') }))
    load(record('b', { identifiers: names('d:3') }))
    load(record('b', { absorbedInto: 'a' }))
    expect(graph.isShared('device_id', '2')).toBe(true)
    expect(graph.owner('device_id', '2')).toBeUndefined()
    expect(graph.owner('user_id', 'ann')?.id).toBe('a')
    expect(graph.owner('device_id', '3')).toBeUndefined()
    expect(graph.person('b')?.id).toBe('a')
    expect([graph.people, graph.identifiers]).toEqual([1, 3])
    // Who claims what is shared does not get it.
    load(record('c', { identifiers: names('d:2', 'd:4') }))
    expect(graph.isShared('device_id', '2')).toBe(true)
    expect(graph.owner('device_id', '2')).toBeUndefined()
    expect(graph.owner('device_id', '4')?.id).toBe('c')
  })

  test('shared before anybody used it alone survives a restore', () => {
    const story = fold(['0 u:a d:D', '1 u:b d:D'])
    const graph = restore(newest(story.log).values(), story.ready)
    expect(graph.owner('device_id', 'D')).toBeUndefined()
    expect(graph.isShared('device_id', 'D')).toBe(true)
  })
})
