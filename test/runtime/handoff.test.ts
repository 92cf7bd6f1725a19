/**
 * A merge of two people ends as if all of them had always lived in one partition, in whatever order the partitions get their turn and
 * wherever a process dies. The orderings asked of the code:
 *
 *  1. a merge within a partition, and across partitions
 *  2. an event for the kept person while it waits
 *  3. timers of the kept person that come due while it waits; those of the absorbed one that fall due at the merge, before and after
 *  4. a handoff that comes before its turn, behind another that is still awaited
 *  5. chains, a <- b <- c, from either end, in one, two, three and four partitions
 *  6. a person that is absorbed while it waits itself
 *  7. two people that absorb at once, and one that absorbs twice
 *  8. the erasure of a person at rest, one that waits, one whose absorbed person waits, and one that comes back under the same id
 *  9. the end of the process, or the loss of the store, between any two of these
 *
 * Each story is told once in one partition, one record a turn; all other ways must have the same outcome: the same emissions of
 * each person, in the same order, to the byte, and the same states.
 */
import { describe, expect, jest, test } from '@jest/globals'
import { Crash } from '../../src/adapters/embedded/faults.ts'
import { PROFILE_BOUNDS } from '../../src/runtime/profile-stage.ts'
import { createBench, type Entry, erase, mark, measured, merge, note, of, play } from './bench.ts'
import { journal, planOf, slot } from './journal.ts'
import { atCall, type Choose, drawn, inEveryWay } from './schedules.ts'

// Hundreds of runs a test; on a busy machine the default of five seconds is no bound but a coin toss.
jest.setTimeout(60_000)

const ring = (due: number) => ({ set: { ring: due } })
const STORIES: readonly (readonly [name: string, story: readonly Entry[]])[] = [
  ['two people become one', [note(1, 'ann', 'a1'), note(2, 'bob', 'b1'), merge(3, 'ann', 'bob'), mark(9)]],
  [
    'events come for the kept person while it waits',
    [note(1, 'bob', 'b1'), merge(3, 'ann', 'bob'), note(4, 'ann', 'a1'), note(5, 'ann', 'a2'), mark(9)],
  ],
  [
    'a repeat of an event of the absorbed person comes for the kept one',
    [
      note(1, 'bob', 'b1'),
      note(2, 'ann', 'a1'),
      merge(3, 'ann', 'bob'),
      note(4, 'ann', 'b1'),
      note(5, 'ann', 'a1'),
    ],
  ],
  [
    'timers of both fall due before, at and behind the merge',
    [
      note(1, 'ann', 'a1', { set: { early: 2, at: 4, behind: 6, last: 9 } }),
      note(1, 'bob', 'b1', { set: { sooner: 3, same: 4, later: 5, last: 8 } }),
      merge(4, 'ann', 'bob'),
      mark(5),
      note(7, 'ann', 'a2'),
      mark(20),
    ],
  ],
  [
    'a timer is set by an event that waits, and is due before the next one',
    [
      note(1, 'bob', 'b1'),
      merge(2, 'ann', 'bob'),
      note(3, 'ann', 'a1', ring(5)),
      note(6, 'ann', 'a2', ring(7)),
      note(7, 'ann', 'a3', { set: { ring: null, other: 7 } }),
    ],
  ],
  [
    'one person absorbs two, one after the other',
    [
      note(1, 'bob', 'b1', ring(6)),
      note(1, 'cat', 'c1', ring(7)),
      merge(2, 'ann', 'bob'),
      note(3, 'ann', 'a1', ring(4)),
      merge(5, 'ann', 'cat'),
      note(8, 'ann', 'a2'),
    ],
  ],
  [
    'a chain from its end: c into b, b into a',
    [
      note(1, 'cat', 'c1', ring(3)),
      note(1, 'bob', 'b1', { set: { bobs: 3 } }),
      merge(2, 'bob', 'cat'),
      note(4, 'bob', 'b2', ring(5)),
      merge(5, 'ann', 'bob'),
      note(6, 'ann', 'a1'),
      mark(9),
    ],
  ],
  [
    'a chain from its head: b into a, and c, which b had never met, into a too',
    [
      note(1, 'bob', 'b1'),
      merge(2, 'ann', 'bob'),
      note(3, 'cat', 'c1', ring(8)),
      merge(4, 'cat', 'ann'),
      note(5, 'cat', 'c2'),
      mark(9),
    ],
  ],
  [
    'a chain of four in one breath',
    [
      note(1, 'dan', 'd1', ring(2)),
      merge(2, 'cat', 'dan'),
      merge(2, 'bob', 'cat'),
      merge(2, 'ann', 'bob'),
      note(3, 'ann', 'a1', ring(3)),
      mark(9),
    ],
  ],
  [
    'a chain through one partition: b from elsewhere into c, c into a',
    [
      note(1, 'bob', 'b1', ring(3)),
      merge(2, 'cat', 'bob'),
      note(4, 'cat', 'c1'),
      merge(5, 'ann', 'cat'),
      mark(9),
    ],
  ],
  [
    'two pairs become two people, and those one',
    [
      note(1, 'bob', 'b1', ring(4)),
      note(1, 'dan', 'd1', ring(9)),
      merge(2, 'ann', 'bob'),
      merge(2, 'cat', 'dan'),
      note(3, 'cat', 'c1'),
      merge(5, 'ann', 'cat'),
      note(6, 'ann', 'a1'),
      mark(12),
    ],
  ],
  [
    'people of whom nothing is known',
    [merge(1, 'bob', 'cat'), merge(2, 'ann', 'bob'), note(3, 'ann', 'a1'), merge(4, 'ann', 'dan')],
  ],
  [
    'a person forgets all, is absorbed, and the kept one forgets too',
    [
      note(1, 'bob', 'b1', ring(9)),
      note(2, 'bob', 'b2', { forget: true }),
      merge(3, 'ann', 'bob'),
      note(4, 'ann', 'a1', { forget: true }),
      note(5, 'ann', 'a2', ring(6)),
      mark(9),
    ],
  ],
  ['a person is erased', [note(1, 'ann', 'a1', ring(5)), erase(3, 'ann'), mark(9)]],
  [
    'a person is erased while another is on the way to it, and comes back',
    [
      note(1, 'bob', 'b1', ring(4)),
      note(1, 'ann', 'a1', ring(6)),
      merge(2, 'ann', 'bob'),
      erase(5, 'ann'),
      note(6, 'ann', 'a2', ring(7)),
      mark(9),
    ],
  ],
  [
    'a person is erased while whom it absorbed waits for a third, and all three come back and do it again',
    [
      note(1, 'cat', 'c1', ring(8)),
      merge(2, 'bob', 'cat'),
      merge(3, 'ann', 'bob'),
      erase(4, 'ann'),
      note(5, 'bob', 'b2'),
      note(5, 'cat', 'c2', ring(9)),
      merge(6, 'bob', 'cat'),
      merge(7, 'ann', 'bob'),
      note(8, 'ann', 'a2'),
      erase(10, 'ann'),
    ],
  ],
  [
    'more events on both sides than one part remembers, and repeats of them',
    [
      ...Array.from({ length: 20 }, (_, i) => note(1, 'ann', `a${i}`)),
      ...Array.from({ length: 20 }, (_, i) => note(1, 'bob', `b${i}`)),
      merge(2, 'ann', 'bob'),
      ...['a0', 'a19', 'b0', 'b19', 'x'].map((id) => note(3, 'ann', id)),
    ],
  ],
]

/** Few enough records that all orders of two partitions can be had; of the others many are drawn. */
const short = STORIES.filter(([, story]) => story.length <= 5)
/** One process for all partitions may die at this many places before a story is over; more would be a loop. */
const PLACES_MAX = 400

describe('facts of the world that come late, while somebody waits', () => {
  const ways = async (story: readonly Entry[], lines: readonly string[]): Promise<void> => {
    const plan = planOf({ world: { named: new Set(['weather']), watched: new Set() } })
    const straight = await play(story, { partitions: 1, plan })
    expect((await straight.journalOf('ann'))?.lines.filter((line) => !line.startsWith('<'))).toEqual(lines)
    const outcome = await straight.outcome()
    const count = await inEveryWay(async (choose) => {
      const bench = await play(story, { partitions: 2, plan }, choose)
      expect(await bench.outcome()).toEqual(outcome)
    }, 3000)
    expect(count).toBeGreaterThan(1)
  }

  test('an event knows those that came before it', () =>
    ways(
      [
        merge(2, 'ann', 'bob'),
        measured(3, 1, 3, 5),
        note(28, 'ann', 'a1'),
        measured(29, 2, 17, 9),
        note(29, 'ann', 'a2'),
      ],
      ['a1@28 5C', 'a2@29 9C'],
    ))

  test('a timer knows those that came before its time', () =>
    ways(
      [
        note(1, 'ann', 'a1', ring(40)),
        merge(2, 'ann', 'bob'),
        measured(36, 1, 18, 7),
        measured(45, 2, 25, 1),
        note(50, 'ann', 'a2'),
      ],
      ['a1@1', 'ring!40 7C', 'a2@50 1C'],
    ))
})

describe('in whatever order the partitions get their turn', () => {
  test.each(short)('two partitions, in every order: %s', async (_name, story) => {
    const straight = await (await play(story, { partitions: 1 })).outcome()
    const ways = await inEveryWay(async (choose) => {
      const bench = await play(story, { partitions: 2 }, choose)
      expect(await bench.outcome()).toEqual(straight)
    }, 3000)
    expect(ways).toBeGreaterThan(1)
  })

  test.each(STORIES)('two to four partitions, orders drawn: %s', async (_name, story) => {
    const straight = await (await play(story, { partitions: 1 })).outcome()
    for (let seed = 0; seed < 60; seed++) {
      const partitions = 2 + (seed % 3)
      // Every other time nobody stays in memory.
      const bounds = { ...PROFILE_BOUNDS, ...(seed % 4 > 1 ? { cachedPersonsMax: 0 } : {}) }
      const options = { partitions, turnRecordsMax: 1 + (seed % 2), bounds }
      const bench = await play(story, options, drawn(seed))
      expect({ seed, ...(await bench.outcome()) }).toEqual({ seed, ...straight })
      await bench.expectStoreIsLog()
    }
  })

  test.each(STORIES)('nobody waits in the end: %s', async (_name, story) => {
    const { remembered } = await (await play(story, { partitions: 4, turnRecordsMax: 100 })).outcome()
    expect(remembered.filter(({ waits }) => waits > 0)).toEqual([])
  })
})

/** The partition of the smallest number always, the largest always, or any. */
const preferences = (seed: number): readonly Choose[] => [() => 0, (count) => count - 1, drawn(seed)]

describe.each([
  [1, 'is as it was'],
  [1, 'is lost'],
  [2, 'is as it was'],
  [2, 'is lost'],
  [3, 'is as it was'],
  [3, 'is lost'],
])('wherever the process of %d partitions dies, and the store %s', (partitions, store) => {
  test.each(STORIES)('%s', async (_name, story) => {
    const straight = await (await play(story, { partitions: 1 })).outcome()
    let place = 0
    for (let more = true; more; ) {
      more = false
      expect(++place).toBeLessThan(PLACES_MAX)
      for (const [preference, choose] of preferences(place)
        .slice(partitions === 1 || store === 'is lost' ? 2 : 0)
        .entries()) {
        const die = atCall(place, () => new Crash(`at ${place}`))
        const options = { partitions, fault: die.hook, turnRecordsMax: story.length > 20 ? 10 : 1 }
        const bench = await play(story, options, choose, (states) => {
          if (store === 'is lost') states.restore(undefined)
        })
        expect({ place, preference, ...(await bench.outcome()) }).toEqual({ place, preference, ...straight })
        more ||= die.done()
      }
    }
  })
})

describe('between partitions that do not know the same', () => {
  test('states find their operator, whatever each partition stored before', async () => {
    const bench = createBench({ partitions: 2, plan: planOf({ slots: [slot(0, 'gone', journal)] }) })
    await bench.write([note(1, 'ann', 'a1')])
    await bench.restart()
    await bench.run()
    // Partition 0 has stored states of an operator that partition 1 never heard of.
    await bench.restart(planOf())
    await bench.write([note(2, 'ann', 'a2'), note(2, 'bob', 'b1'), merge(3, 'ann', 'bob')])
    await bench.run()
    expect(bench.outputs.at(-1)).toMatchObject({ type: 'united', data: { lines: ['a2@2', '<b1@2>3'] } })
  })

  test('a handoff that comes for nobody who waits is kept until its turn', async () => {
    const bench = createBench({ partitions: 3 })
    await bench.write([
      note(1, 'bob', 'b1'),
      note(1, 'cat', 'c1'),
      merge(2, 'ann', 'bob'),
      merge(3, 'ann', 'cat'),
    ])
    await bench.restart()
    // Ann reads her two merges, Cat leaves first, and only then Bob.
    for (const partition of [0, 0, 2, 2, 0]) await bench.tasks[partition]?.turn(0)
    const ann = (await bench.people()).get(of('ann'))
    expect(ann?.inbox.map(({ kind }) => kind)).toEqual(['wait', 'wait'])
    expect([...(ann?.handoffs?.keys() ?? [])]).toEqual([of('cat')])
    await bench.run()
    expect(await bench.journalOf('ann')).toMatchObject({ lines: ['<b1@1>2', '<c1@1>3'] })
  })

  test('of a person who was erased nothing is left, and what had to be said of it was said once', async () => {
    const many = Array.from({ length: 40 }, (_, i) => note(1, 'ann', `a${i}`, ring(90)))
    const story = [...many, note(1, 'bob', 'b1'), merge(2, 'ann', 'bob'), erase(3, 'ann'), mark(99)]
    for (const partitions of [1, 2]) {
      const bench = await play(story, { partitions })
      expect([...(await bench.people()).keys()]).toEqual([])
      const said = bench.outputs.filter(({ type }) => type === 'erased')
      expect(said).toMatchObject([{ person_id: of('ann'), time: '1970-01-01T00:00:00.003Z' }])
      expect(said[0]?.data['lines']).toHaveLength(42)
      expect(bench.outputs.filter(({ type }) => type === 'rang')).toEqual([])
      await bench.expectStoreIsLog()
    }
  })

  test('an absorbed person leaves nothing behind', async () => {
    const bench = await play([note(1, 'bob', 'b1', ring(9)), merge(2, 'ann', 'bob'), mark(20)], {
      partitions: 2,
    })
    expect([...(await bench.people()).keys()]).toEqual([of('ann')])
    expect(bench.outputs.filter(({ type }) => type === 'rang').map((one) => one.person_id)).toEqual([
      of('ann'),
    ])
    await bench.expectStoreIsLog()
  })
})
