/** The graph as values: what it answers hangs on its newest records alone. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../../src/model/bytes.ts'
import { Graph } from '../../../src/operators/identity/graph.ts'
import {
  decodePerson,
  encodePerson,
  type PersonRecord,
} from '../../../src/operators/identity/person-record.ts'
import { printOf } from '../../../src/operators/identity/name-print.ts'
import { eventsOf, fold, foldEvents, identifierOf, newest, ownerOf, readyOf, restore } from './fold.ts'

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

describe('taken out', () => {
  const print = (text: string) => printOf(ready.key, identifierOf(text))

  test('a print finds whom the name finds, and nobody else', () => {
    const { graph } = fold(['0 u:a d:D', '1 u:b d:D', '2 d:D', '3 e:ann@x.y a:Ø'])
    for (const text of ['u:a', 'u:b', 'd:D', 'e:ann@x.y', 'a:Ø', 'u:none', 'd:E']) {
      const { type, value } = identifierOf(text)
      expect(graph.named(print(text))).toBe(graph.owner(type, value))
    }
    expect(JSON.stringify(print('e:ann@x.y'))).not.toContain('ann')
  })

  test('who is taken out is unknown, and so are the names; others keep theirs, and numbers are given again', () => {
    const story = fold(['0 u:a d:1 d:2', '1 u:b d:3', '2 u:c d:4'])
    const { graph } = story
    for (let round = 0; round < 3; round++) {
      const ann = graph.owner('user_id', 'a')!
      graph.remove(ann)
      expect([graph.person(ann.id), ownerOf(story, 'u:a'), ownerOf(story, 'd:2')]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      expect(ownerOf(story, 'd:3')?.identifiers).toHaveLength(2)
      expect([graph.people, graph.identifiers]).toEqual([2, 4])
      graph.put(ann)
      expect(ownerOf(story, 'd:1')?.id).toBe(ann.id)
    }
  })

  test('what was shared stays shared when everybody who showed it is gone, also behind a restore', () => {
    const story = fold(['0 u:a d:D', '1 u:b d:D', '2 d:D'])
    const { graph } = story
    const gone = [graph.owner('user_id', 'a')!, graph.owner('device_id', 'D')!, graph.owner('user_id', 'b')!]
    for (const one of gone) graph.remove(one)
    expect([graph.people, graph.owner('device_id', 'D')]).toEqual([0, undefined])
    const again = new Graph(story.ready)
    const writer = new ByteWriter()
    graph.marks.changes(writer, (key, start, end) =>
      again.marks.load(key, writer.copy().subarray(start, end)),
    )
    for (const one of [graph, again]) {
      expect(one.isShared('device_id', 'D')).toBe(true)
      const [alone] = foldEvents(eventsOf(['9 d:D']), {}, one).resolutions
      expect(alone).toMatchObject({ shared: true, person: gone[1]!.id })
    }
  })

  test('a suppressed name attaches to nobody, and identifies nobody', () => {
    const { graph } = fold(['0 u:a'])
    graph.marks.suppress(print('d:D').digest, 'x')
    const [both, alone] = foldEvents(eventsOf(['1 u:a d:D', '2 d:D']), {}, graph).resolutions
    expect(both).toMatchObject({ attached: [], changes: [] })
    expect(alone).toBeUndefined()
    graph.marks.lift(print('d:D').digest)
    expect(foldEvents(eventsOf(['3 u:a d:D']), {}, graph).resolutions[0]?.attached).toEqual(names('d:D'))
  })
})
