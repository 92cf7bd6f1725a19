/** What holds for any events in any order. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Graph } from '../../../src/operators/identity/graph.ts'
import type { PersonRecord } from '../../../src/operators/identity/person-record.ts'
import { deepFreeze, fold, foldEvents, type FoldEvent, newest, partition, readyOf, restore } from './fold.ts'

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}

const subsets = (items: readonly string[]): readonly (readonly string[])[] =>
  items.reduce<readonly (readonly string[])[]>(
    (all, item) => [...all, ...all.map((one) => [...one, item])],
    [[]],
  )

/** Connected groups of names, by the definition and not by the code. */
function groups(events: readonly string[]): readonly string[] {
  let parts: readonly (readonly string[])[] = []
  for (const event of events) {
    const names = event.split(' ')
    const met = parts.filter((part) => part.some((name) => names.includes(name)))
    parts = [...parts.filter((part) => !met.includes(part)), [...new Set([...met.flat(), ...names])]]
  }
  return parts.map((part) => part.toSorted().join(' ')).toSorted()
}

describe('without conflicts every order ends in the same people', () => {
  const three = ['d:1', 'd:2', 'd:3']
  const pairsOf = (names: readonly string[]): readonly string[] =>
    names.flatMap((one, i) => names.slice(i + 1).map((other) => `${one} ${other}`))

  test('three names: each sight and each bridge, all orders of arrival', () => {
    const all = [...three, ...pairsOf(three)]
    let stories = 0
    for (const events of subsets(all)) {
      const want = groups(events)
      for (const order of permutations(events)) {
        const story = fold(order.map((event) => `${all.indexOf(event)} ${event}`))
        expect(partition(story.log)).toEqual(want)
        stories++
      }
    }
    expect(stories).toBe(1957)
  })

  test('four names seen, then every order of every set of bridges', () => {
    const four = [...three, 'd:4']
    for (const bridges of subsets([...pairsOf(four), four.join(' ')]).filter((some) => some.length <= 4)) {
      const want = groups([...four, ...bridges])
      for (const order of permutations(bridges)) {
        const story = fold([...four, ...order].map((event, i) => `${i} ${event}`))
        expect(partition(story.log)).toEqual(want)
        // The oldest of each group is the one that was seen first.
        for (const record of newest(story.log).values()) {
          if (record.absorbedInto === undefined)
            expect(record.firstSeen).toBe(
              Math.min(...record.identifiers.map(({ value }) => Number(value) - 1)),
            )
        }
      }
    }
  })
})

const config = {
  identifiers: {
    user_id: { unique: true },
    loyalty_id: { unique: true },
    email: { limit: 2 },
    anonymous_id: { limit: 4 },
  },
  mergesMax: 5,
  identifiersMax: 7,
}
const named = fc.record({
  type: fc.constantFrom('user_id', 'loyalty_id', 'email', 'anonymous_id', 'anonymous_id', 'other'),
  value: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'null'),
})
const event: fc.Arbitrary<FoldEvent> = fc.record({
  time: fc.integer({ min: 0, max: 50 }),
  identifiers: fc.array(named, { minLength: 0, maxLength: 4 }),
})
const events = fc.array(event, { maxLength: 40 })

describe('laws', () => {
  test('what the graph has to decode again is what it was', () => {
    fc.assert(
      fc.property(events, (all) => {
        const ready = readyOf(config)
        const known = foldEvents(all, config)
        const forgetful = foldEvents(all, config, new Graph({ ...ready, recentMax: 8 }))
        expect(forgetful.log).toEqual(known.log)
        for (const { id } of known.log) {
          expect(forgetful.graph.person(id)).toEqual(known.graph.person(id))
        }
        for (const { type, value } of all.flatMap(({ identifiers }) => identifiers))
          expect(forgetful.graph.owner(type, value)).toEqual(known.graph.owner(type, value))
        expect(forgetful.graph.identifiers).toBe(known.graph.identifiers)
      }),
    )
  })

  test('nobody breaks a rule of the table, every name has one place, and ids lead to the kept one', () => {
    fc.assert(
      fc.property(events, (all) => {
        const story = foldEvents(all, config)
        const records = [...newest(story.log).values()]
        const live = records.filter(({ absorbedInto }) => absorbedInto === undefined)
        expect(story.graph.people).toBe(live.length)
        const seen = new Set<string>()
        for (const one of live) {
          for (const { type, value } of one.identifiers) {
            expect(seen.has(`${type} ${value}`)).toBe(false)
            seen.add(`${type} ${value}`)
            expect(story.graph.owner(type, value)).toBe(one)
            expect(story.graph.isShared(type, value)).toBe(one.anonymous)
          }
          for (const { type, value } of one.shared) {
            expect(story.graph.isShared(type, value)).toBe(true)
            expect(['user_id', 'loyalty_id']).not.toContain(type)
          }
          for (const [type, most] of [
            ['user_id', 1],
            ['loyalty_id', 1],
            ['email', 2],
            ['anonymous_id', 4],
          ] as const)
            expect(one.identifiers.filter((each) => each.type === type).length).toBeLessThanOrEqual(most)
          expect(one.identifiers.length).toBeGreaterThan(0)
          expect(one.absorbed.length).toBeLessThanOrEqual(5)
          expect(one.identifiers.length + one.shared.length).toBeLessThanOrEqual(7)
          for (const id of one.absorbed) expect(story.graph.person(id)).toBe(one)
        }
        expect(live.flatMap(({ absorbed }) => absorbed).toSorted()).toEqual(
          records
            .filter(({ absorbedInto }) => absorbedInto !== undefined)
            .map(({ id }) => id)
            .toSorted(),
        )
      }),
    )
  })

  test('the kept person is the oldest, and as old as the earliest event of its people', () => {
    fc.assert(
      fc.property(events, (all) => {
        const eldest = new Map<string, number>()
        foldEvents(all, config).resolutions.forEach((one, i) => {
          if (one === undefined) return
          const { time } = all[i] as FoldEvent
          for (const { kept, absorbed } of one.merges) {
            expect(
              [eldest.get(kept), kept] <= [eldest.get(absorbed), absorbed] ||
                (eldest.get(kept) as number) < (eldest.get(absorbed) as number),
            ).toBe(true)
          }
          const ages = [one.person, ...one.merges.map(({ absorbed }) => absorbed)].map(
            (id) => eldest.get(id) ?? time,
          )
          eldest.set(one.person, Math.min(time, ...ages))
          const record = one.changes.find(({ id }) => id === one.person)
          if (record !== undefined) expect(record.firstSeen).toBe(eldest.get(one.person))
        })
      }),
    )
  })

  test('the newest record of each key on the topic is the truth of that key', () => {
    fc.assert(
      fc.property(events, (all) => {
        const story = foldEvents(all, config)
        const topic = new Map(story.emitted.map((one) => [one.person, one.data]))
        for (const [id, record] of newest(story.log)) {
          if (record.absorbedInto === undefined) {
            const { identifiers, shared, absorbed } = record
            expect(topic.get(id)).toMatchObject({ identifiers, shared, absorbed })
          } else expect(topic.get(id)).toEqual({ kept: record.absorbedInto })
        }
      }),
    )
  })

  test('restored from the newest records, in any order and at any moment, the graph goes on as if nothing had been', () => {
    const ready = readyOf(config)
    const shuffled = (records: readonly PersonRecord[], seed: number): readonly PersonRecord[] =>
      seed % 2 === 0 ? records : records.toReversed()
    fc.assert(
      fc.property(events, events, fc.nat(7), (before, after, seed) => {
        const first = foldEvents(before, config)
        const graph = restore(shuffled([...newest(first.log).values()], seed), ready)
        expect(graph.people).toBe(first.graph.people)
        expect(graph.identifiers).toBe(first.graph.identifiers)
        const restored = foldEvents(after, config, graph)
        const straight = foldEvents(after, config, first.graph)
        expect(restored.resolutions).toEqual(straight.resolutions)
      }),
    )
  })

  test('an event that comes again changes nothing more', () => {
    fc.assert(
      fc.property(events, event, (all, last) => {
        const { resolutions } = foldEvents([...all, last, last], config)
        const again = resolutions.at(-1)
        expect(again?.emit ?? []).toEqual(again?.shared === true ? again.emit : [])
        expect(again?.merges ?? []).toEqual([])
      }),
    )
  })

  test('frozen in, frozen out: the same arguments give the same answer', () => {
    fc.assert(
      fc.property(events, (all) => {
        expect(foldEvents(deepFreeze(all), config).resolutions).toEqual(foldEvents(all, config).resolutions)
      }),
    )
  })
})
