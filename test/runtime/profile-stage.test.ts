/** A partition's outcome is that of its log alone: not of how it is cut into turns, commits, or what memory happens to hold. */
import { describe, expect, test } from '@jest/globals'
import { createBench, mark, merge, note, play } from './bench.ts'
import { PROFILE_BOUNDS } from '../../src/runtime/profile-stage.ts'

const STORY = [
  ...Array.from({ length: 8 }, (_, i) =>
    note(i, i % 2 ? 'ann' : 'bob', `e${i}`, { set: { ring: 6 + i, soon: i + 2 } }),
  ),
  mark(12),
  merge(13, 'ann', 'bob'),
  note(14, 'cat', 'c1', { set: { ring: 15 } }),
  note(14, 'ann', 'e3'),
  note(16, 'ann', 'a9', { set: { last: 17 } }),
  mark(40),
]
const ONE = { partitions: 1 }

describe('the same outcome', () => {
  test.each([1, 2, 3, 5, 100])('by turns of %d records', async (turnRecordsMax) => {
    const expected = await (await play(STORY, ONE)).outcome()
    for (const partitions of [1, 2, 4])
      expect(await (await play(STORY, { partitions, turnRecordsMax })).outcome()).toEqual(expected)
  })

  test.each([
    ['people rest with every commit', { activePersonsMax: 0 }],
    ['one person stays an object', { activePersonsMax: 1 }],
    ['people leave memory with every commit', { cachedPersonsMax: 0 }],
    ['one person stays in memory', { cachedPersonsMax: 1, activePersonsMax: 0 }],
    ['a commit takes two timers', { timersPerFoldMax: 1 }],
    ['a commit takes a few bytes', { bytesPerFoldMax: 100 }],
    ['all of these', { cachedPersonsMax: 0, timersPerFoldMax: 1, bytesPerFoldMax: 1 }],
  ])('when %s', async (_name, part) => {
    const expected = await (await play(STORY, ONE)).outcome()
    const bounds = { ...PROFILE_BOUNDS, ...part }
    for (const turnRecordsMax of [1, 3, 100]) {
      const bench = await play(STORY, { ...ONE, turnRecordsMax, bounds })
      expect(await bench.outcome()).toEqual(expected)
      await bench.expectStoreIsLog()
    }
  })
})

describe('a mark that makes much due', () => {
  test('is worked off over several commits, and each timer fires once', async () => {
    const set = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, 100 + i]))
    const bounds = { ...PROFILE_BOUNDS, timersPerFoldMax: 4 }
    const bench = await play([note(1, 'ann', 'e', { set }), note(1, 'bob', 'f', { set })], { ...ONE, bounds })
    const before = bench.observed.length
    await bench.write([mark(500), note(501, 'ann', 'later')])
    await bench.run()
    const commits = bench.observed
      .slice(before)
      .flatMap((one) => (one.kind === 'committed' ? [one.counts.timersFired] : []))
    expect(commits.length).toBeGreaterThan(60 / 10)
    expect(Math.max(...commits)).toBeLessThanOrEqual(6)
    expect(commits.reduce((a, b) => a + b)).toBe(60)
    expect((await bench.journalOf('ann'))?.lines.at(-1)).toBe('later@501')
  })

  test('goes on where a crash between two of its commits left it', async () => {
    const bench = createBench({ ...ONE, bounds: { ...PROFILE_BOUNDS, timersPerFoldMax: 0 } })
    await bench.write([note(1, 'ann', 'e', { set: { a: 5, b: 6, c: 7 } }), mark(9)])
    await bench.restart()
    await bench.run()
    await bench.restart()
    expect(await bench.tasks[0]?.turn(0)).toBe(false)
    expect((await bench.journalOf('ann'))?.lines).toEqual(['e@1', 'a!5', 'b!6', 'c!7'])
  })
})

describe('the watermark', () => {
  test('is that of the newest record, survives a restart, and never goes back', async () => {
    const bench = await play([mark(50), note(30, 'ann', 'old', { set: { ring: 45 } })], ONE)
    const watermarks = bench.observed.flatMap((one) => (one.kind === 'committed' ? [one.watermark] : []))
    expect(watermarks).toEqual([50, 50])
    await bench.restart()
    await bench.write([note(31, 'ann', 'older', { set: { ring: 49 } })])
    await bench.run()
    expect(bench.observed.at(-1)).toMatchObject({ kind: 'committed', watermark: 50 })
    expect((await bench.journalOf('ann'))?.lines).toEqual(['old@30', 'ring!45', 'older@31', 'ring!49'])
  })

  test('fires the timers of everybody, in due order, before the record that moved it steps', async () => {
    const bench = await play(
      [
        note(1, 'ann', 'a', { set: { ring: 7 } }),
        note(1, 'bob', 'b', { set: { ring: 5 } }),
        note(9, 'cat', 'c'),
      ],
      { ...ONE, turnRecordsMax: 100 },
    )
    const order = bench.outputs
      .filter(({ type }) => type !== 'counted')
      .map(({ person_id: id, type }) => `${id.slice(8)} ${type}`)
    expect(order).toEqual(['ann noted', 'bob noted', 'bob rang', 'ann rang', 'cat noted'])
  })
})

test('a person of whom nothing is left has no record, in the store or in the log', async () => {
  const bench = await play([note(1, 'ann', 'a'), merge(2, 'bob', 'ann')], ONE)
  expect([...(await bench.people()).keys()].map((id) => id.slice(8))).toEqual(['bob'])
  await bench.expectStoreIsLog()
})
