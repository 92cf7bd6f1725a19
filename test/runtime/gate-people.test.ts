/** What the gate remembers of names changes no answer: it says what the graph would say if it were asked anew. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idKeyOf } from '../../src/model/hash.ts'
import type { Identifier } from '../../src/model/identifiers.ts'
import { identityConfig, prepareIdentity } from '../../src/operators/identity/config.ts'
import { printsOf } from '../../src/operators/identity/name-print.ts'
import { createKnownPeople } from '../../src/operators/identity/known.ts'
import { createGatePeople } from '../../src/runtime/gate-people.ts'
import { type Names, namesOf } from '../../src/runtime/known-names.ts'
import { partitionOf } from '../../src/runtime/partition.ts'

const ready = prepareIdentity(
  identityConfig.parse({
    identifiers: { user_id: { unique: true }, email: { limit: 2 }, anonymous_id: { limit: 4 } },
    block: ['nobody'],
    mergesMax: 5,
  }),
  { key: idKeyOf('test') },
)
const identifier = fc.record({
  type: fc.constantFrom('user_id', 'email', 'anonymous_id', 'anonymous_id', 'other'),
  value: fc.constantFrom('a', 'b', 'c', 'd', 'A', ' a', 'null', 'nobody'),
})
const lists = fc.array(fc.array(identifier, { maxLength: 3 }), { minLength: 1, maxLength: 6 })
const story = fc.array(fc.record({ list: fc.nat(5), time: fc.integer({ min: 0, max: 50 }) }), {
  maxLength: 60,
})

test('names that came before are whom they would be if they came first', () => {
  let remembered = 0
  fc.assert(
    fc.property(lists, story, (all, events) => {
      const [one, other] = [createGatePeople(ready, 7), createGatePeople(ready, 7)]
      const names = all.map(namesOf)
      for (const [i, { list, time }] of events.entries()) {
        const kept = names[list % names.length] as Names
        if (kept.known !== undefined) remembered++
        const known = one.known(kept)
        const fresh = other.known(namesOf(kept.identifiers))
        expect([known?.id, known?.anonymous, known?.firstSeen]).toEqual([
          fresh?.id,
          fresh?.anonymous,
          fresh?.firstSeen,
        ])
        if (known !== undefined) expect(known.partition).toBe(partitionOf(known.id, 7))
        const event = { id: `e${i}`, time, identifiers: kept.identifiers }
        const resolution = one.resolve(event)
        expect(resolution).toEqual(other.resolve(event))
        if (known !== undefined && time >= known.firstSeen) {
          const { person, shared, changes } = resolution ?? { person: '', shared: false, changes: [] }
          expect([person, shared, changes]).toEqual([known.id, known.anonymous, []])
        }
        for (const record of resolution?.changes ?? []) for (const gate of [one, other]) gate.put(record)
      }
    }),
    { numRuns: 600 },
  )
  expect(remembered).toBeGreaterThan(300)
})

test('and so they are when people go, and names are suppressed and lifted', () => {
  const acts = fc.array(
    fc.record({
      list: fc.nat(5),
      time: fc.nat(50),
      act: fc.constantFrom('event', 'event', 'erase', 'lift', 'lift'),
    }),
    { maxLength: 60 },
  )
  let [erased, dropped] = [0, 0]
  fc.assert(
    fc.property(lists, acts, (all, story) => {
      const [one, other] = [createGatePeople(ready, 7), createGatePeople(ready, 7)]
      const names = all.map(namesOf)
      for (const [i, { list, time, act }] of story.entries()) {
        const { identifiers } = names[list % names.length] as Names
        const prints = identifiers.flatMap((of) => printsOf(of, ready))
        if (act === 'event') {
          const known = one.known(names[list % names.length] as Names)
          expect(known?.id).toEqual(other.known(namesOf(identifiers))?.id)
          const event = { id: `e${i}`, time, identifiers }
          const resolution = one.resolve(event)
          expect(resolution).toEqual(other.resolve(event))
          if (known !== undefined) expect(resolution?.person).toBe(known.id)
          expect(one.suppresses(identifiers)).toBe(other.suppresses(identifiers))
          if (one.suppresses(identifiers)) {
            expect(resolution).toBeUndefined()
            dropped++
          }
          for (const record of resolution?.changes ?? []) for (const gate of [one, other]) gate.put(record)
        }
        for (const gate of [one, other])
          for (const { place, digest } of act === 'event' ? [] : prints) {
            if (act === 'lift') gate.lift(digest)
            else {
              const record = gate.named({ place, digest })
              if (record !== undefined) {
                gate.digestsOf(record).forEach((of) => gate.suppress(of, `e${i}`))
                gate.remove(record)
                erased++
              }
              gate.suppress(digest, `e${i}`)
              expect(gate.named({ place, digest })).toBeUndefined()
            }
          }
      }
    }),
    { numRuns: 600, seed: 7 },
  )
  expect(erased).toBeGreaterThan(100)
  expect(dropped).toBeGreaterThan(50)
})

const ann: readonly Identifier[] = [{ type: 'user_id', value: 'ann' }]
const met = (people: ReturnType<typeof createGatePeople>): void => {
  for (const record of people.resolve({ id: 'e', time: 5, identifiers: ann })?.changes ?? [])
    people.put(record)
}

test('another gate, and one that begins anew, knows nobody by what this one knew', () => {
  const [one, other] = [createGatePeople(ready, 7), createGatePeople(ready, 7)]
  const names = namesOf(ann)
  met(one)
  expect(one.known(names)?.firstSeen).toBe(5)
  expect(other.known(names)).toBe(undefined)
  expect(one.known(names)?.firstSeen).toBe(5)
  one.clear()
  expect(one.known(names)).toBe(undefined)
})

test('past their number the known are forgotten, and found anew', () => {
  const people = createKnownPeople(() => 0, 2)
  const record = (id: string) => ({
    id,
    firstSeen: 0,
    identifiers: [],
    shared: [],
    absorbed: [],
    anonymous: false,
    absorbedInto: undefined,
    reported: [],
  })
  const [a, b] = [people.know(record('a')), people.know(record('b'))]
  expect(people.know(record('a'))).toBe(a)
  const c = people.know(record('c'))
  expect([a.over, b.over, c.over]).toEqual([true, true, false])
  expect(people.know(record('a'))).not.toBe(a)
})
