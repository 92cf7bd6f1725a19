/** Whom an identifier belongs to, looked up in a graph as the gate keeps it. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { StateReader } from '../../../src/runtime/ports/state-reader.ts'
import { findPeople } from '../../../src/app/person/find.ts'
import { ByteWriter } from '../../../src/model/bytes.ts'
import { Graph } from '../../../src/operators/identity/graph.ts'
import { encodePerson } from '../../../src/operators/identity/person-record.ts'
import { resolve } from '../../../src/operators/identity/resolve.ts'
import { planOf } from '../../support/replayed.ts'

const { ready } = planOf({
  topology: 'shop',
  sources: { web: { topic: 'web' } },
  operators: [{ id: 'identity', type: 'identity', from: 'web' }],
}).identity

/** What a store holds: people by id, and the task's own record. */
let states: Map<string, Buffer>
let scans = 0
const graph = { of: new Graph(ready) }

const reader: StateReader = {
  async values(_task, keys) {
    return keys.map((key) => states.get(key))
  },
  count: async () => states.size,
  async *entries() {
    scans++
    for (const [key, value] of states) yield { key, value }
  },
}

beforeEach(() => {
  states = new Map([['task', Buffer.from('own')]])
  graph.of = new Graph(ready)
  scans = 0
})

let events = 0
/** One event with these identifiers, `type value`; the person it belongs to. */
function seen(...names: readonly string[]): string {
  const identifiers = names.map((name) => {
    const [type = '', value = ''] = name.split(' ')
    return { type, value }
  })
  const event = {
    id: `e-${events++}`,
    source: 'web',
    type: 'page.viewed',
    time: events,
    identifiers,
    context: undefined,
    data: {},
  }
  const resolution = resolve(graph.of, event, ready)
  for (const record of resolution?.changes ?? []) {
    graph.of.put(record)
    const writer = new ByteWriter()
    encodePerson(record, writer)
    states.set(record.id, Buffer.from(writer.view()))
  }
  return resolution?.person ?? ''
}

const found = async (value: string, type?: string): Promise<readonly string[]> =>
  (await findPeople({ reader, task: 'gate', identity: ready, value, type, progress: () => {} })).map(
    ({ person, shared }) => `${person.id}${shared ? ' shared' : ''}`,
  )

describe('a person', () => {
  test('is found by the identifier of the first sight, without a look at others', async () => {
    const ann = seen('email ann@example.org')
    seen('email bob@example.org')
    expect(await found('Ann@Example.org ')).toEqual([ann])
    expect(scans).toBe(0)
  })

  test('is found by what attached later, looking at everybody', async () => {
    const ann = seen('email ann@example.org')
    seen('email ann@example.org', 'phone +4511')
    expect(await found('+45 11')).toEqual([ann])
    expect(await found('+45 11', 'phone')).toEqual([ann])
    expect(scans).toBe(2)
  })

  test('is found by an id, and by one that was absorbed', async () => {
    const first = seen('email ann@example.org')
    const second = seen('anonymous_id c-1')
    expect(seen('email ann@example.org', 'anonymous_id c-1')).toBe(first)
    expect(await found(second)).toEqual([first])
    expect(await found(first)).toEqual([first])
    expect(await found('c-1')).toEqual([first])
  })

  test('two who shared an identifier are both found, as nobody for certain', async () => {
    const ann = seen('user_id a', 'email both@example.org')
    const bob = seen('user_id b')
    seen('user_id b', 'email both@example.org')
    const people = await found('both@example.org')
    expect(people).toContain(`${ann} shared`)
    expect(people.every((person) => person.endsWith('shared'))).toBe(true)
    expect(people).not.toContain(bob)
  })

  test('nobody is an empty list', async () => {
    seen('email ann@example.org')
    expect(await found('nobody@example.org')).toEqual([])
    expect(await found('0123456789abcdef0123456789abcdef')).toEqual([])
  })

  test('a type that does not identify is wrong use', async () => {
    await expect(found('x', 'shoe')).rejects.toThrow('"shoe" is no type that identifies')
  })
})
