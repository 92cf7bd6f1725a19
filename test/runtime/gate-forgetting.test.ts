/** Who is silent is forgotten: when the watermark says so, by the span of what is known of them, and never sooner. */
import { expect, test } from '@jest/globals'
import { ByteWriter } from '../../src/model/bytes.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts'
import { identityConfig, prepareIdentity } from '../../src/operators/identity/config.ts'
import { createGateForgetting, isKnown } from '../../src/runtime/gate-forgetting.ts'
import { createGatePeople } from '../../src/runtime/gate-people.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { planOf } from './journal.ts'

const ready = prepareIdentity(identityConfig.parse({}), { key: idKeyOf('test') })
const TYPES: Readonly<Record<string, string>> = {
  a: 'anonymous_id',
  u: 'user_id',
  e: 'email',
  p: 'phone',
  d: 'device_id',
}

function gate(forget: Plan['forget'], people = createGatePeople(ready, 1)) {
  const plan = planOf({ identity: { id: 'who', ready, sinks: [] }, forget })
  const forgetting = createGateForgetting(plan, people)
  return {
    forgetting,
    people,
    /** `a:1 e:x` : an event of these names. */
    event: (time: number, ...names: readonly string[]): string => {
      const identifiers = names.map((name) => ({ type: TYPES[name[0] ?? ''] ?? '', value: name.slice(2) }))
      const resolution = people.resolve({ id: 'e', time, identifiers })
      for (const record of resolution?.changes ?? []) people.put(record)
      for (const { kept, absorbed } of resolution?.merges ?? []) forgetting.merged(kept, absorbed)
      forgetting.saw(resolution?.person ?? '', time)
      return resolution?.person ?? ''
    },
    /** Names of who goes, and when they were due. */
    at: (watermark: number): readonly string[] => {
      const gone: string[] = []
      forgetting.upTo(watermark, (record, due) => {
        people.remove(record)
        gone.push(`${record.identifiers.map(({ value }) => value).join(' ')} ${due}`)
      })
      return gone
    },
    committed: (): ReadonlyMap<string, Buffer | undefined> => {
      const writer = new ByteWriter()
      const list: { key: string; start: number; end: number; due: undefined }[] = []
      forgetting.changes(writer, list as never)
      forgetting.applied()
      return new Map(
        list.map(({ key, start, end }) => [
          key,
          end < 0 ? undefined : Buffer.from(writer.view().subarray(start, end)),
        ]),
      )
    },
  }
}

test.each([
  [['a:1', 'd:1'], false],
  [['u:1'], true],
  [['a:1', 'e:x@y.z'], true],
  [['p:12345'], true],
])('%j is known: %s', (names, known) => {
  const { people, event } = gate({ anonymousMs: 1000, knownMs: undefined })
  const person = people.person(event(5, ...names))
  expect(isKnown(person!, ready)).toBe(known)
})

test('each by its own span, in order of time, when the watermark is there; a newer event moves it', () => {
  const { event, at } = gate({ anonymousMs: 1000, knownMs: 3000 })
  at(0)
  event(1000, 'a:late')
  event(100, 'a:one')
  event(200, 'u:ann', 'a:ann')
  event(300, 'a:two')
  event(700, 'a:one')
  event(600, 'a:one')
  expect(at(1299)).toEqual([])
  expect(at(1300)).toEqual(['two 1300'])
  expect(at(2500)).toEqual(['one 1700', 'late 2000'])
  expect(at(9000)).toEqual(['ann ann 3200'])
  expect(at(99_000)).toEqual([])
})

test('a time without a span is never', () => {
  const { event, at } = gate({ anonymousMs: undefined, knownMs: 3000 })
  at(0)
  event(0, 'a:one')
  event(0, 'u:ann')
  expect(at(90 * DAY_MS)).toEqual(['ann 3000'])
})

test('who becomes known, or absorbs somebody who came later, stays accordingly', () => {
  const { event, at } = gate({ anonymousMs: 1000, knownMs: 5000 })
  at(0)
  event(0, 'a:one')
  event(10, 'a:two')
  event(900, 'a:two')
  event(20, 'a:one', 'a:two')
  event(30, 'a:three')
  event(31, 'a:three', 'e:x@y.z')
  expect(at(1899)).toEqual([])
  expect(at(1900)).toEqual(['one two 1900'])
  expect(at(5031)).toEqual(['three x@y.z 5031'])
})

test('what is written is a step of time, once; and it comes back', () => {
  const one = gate({ anonymousMs: 90 * DAY_MS, knownMs: undefined })
  one.at(0)
  const person = one.event(HOUR_MS + 1, 'a:one')
  const rows = one.committed()
  expect([...rows.keys()]).toEqual(['forget-since', `last:${person}`])
  one.event(HOUR_MS + 2, 'a:one')
  one.event(2 * HOUR_MS, 'a:one')
  expect(one.committed().size).toBe(0)
  const other = gate({ anonymousMs: 90 * DAY_MS, knownMs: undefined }, one.people)
  for (const [key, bytes] of rows) expect(other.forgetting.load(key, bytes!)).toBe(true)
  expect(other.forgetting.load('id-key', Buffer.alloc(0))).toBe(false)
  expect(other.at(90 * DAY_MS + 2 * HOUR_MS - 1)).toEqual([])
  expect(other.at(90 * DAY_MS + 2 * HOUR_MS)).toEqual([`one ${90 * DAY_MS + 2 * HOUR_MS}`])
  expect(other.committed().get(`last:${person}`)).toBeUndefined()
})

test('of who was there before the document said so the time counts from when it did, and anew when it says so again', () => {
  const before = gate(undefined)
  expect(before.forgetting.active).toBe(false)
  before.event(0, 'a:one')
  const first = gate({ anonymousMs: 1000, knownMs: undefined }, before.people)
  expect(first.at(5000)).toEqual([])
  const rows = first.committed()
  expect(first.at(5999)).toEqual([])
  const without = gate(undefined, before.people)
  for (const [key, bytes] of rows) without.forgetting.load(key, bytes!)
  expect([...without.committed()]).toEqual([['forget-since', undefined]])
  const again = gate({ anonymousMs: 1000, knownMs: undefined }, before.people)
  expect([again.at(9000), again.at(9999), again.at(10_000)]).toEqual([[], [], ['one 10000']])
})
