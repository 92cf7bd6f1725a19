/** warmth: what holds of any events, against a model that adds up all of them anew at each moment. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import { warmth } from '../../../src/operators/warmth/operator.ts'
import { event, given, iso, time, wiringOf } from '../../support/given.ts'
import { arrivals, emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 2 * HOUR_MS
const END = START + 20 * DAY_MS
const CONFIG = { weights: { 'a.done': 15, 'b.done': 33, 'c.done': -20 }, halfLife: '2d' }
const WEIGHTS: Readonly<Record<string, number>> = CONFIG.weights
const READY = warmth.prepare(warmth.config.parse(CONFIG), wiringOf('warmth'))

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('a.done', 'a.done', 'b.done', 'c.done'),
      ),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(([day, hour, type]) => event(`${iso(START + day * 2 * DAY_MS + hour * 20 * MINUTE_MS)} ${type}`))
        .sort((a, b) => a.time - b.time),
    )

const valueAt = (all: readonly StreamEvent[], at: number, isIn: (one: StreamEvent) => boolean): number => {
  const sum = all
    .filter(isIn)
    .reduce((whole, one) => whole + (WEIGHTS[one.type] ?? 0) * 2 ** ((one.time - at) / (2 * DAY_MS)), 0)
  return Math.round(Math.min(100, Math.max(0, sum)) * 10) / 10
}

/** Level by level: what each moment begins with, what it ends with, and when it became hot. */
function model(all: readonly StreamEvent[], until = END) {
  let level = 0
  const hot: number[] = []
  const fall = (value: number): void => {
    if (level === 2 && value < 55) level = 1
    if (level === 1 && value < 25) level = 0
  }
  for (const at of [...new Set(all.map((one) => one.time))].sort((a, b) => a - b)) {
    if (at > until) break
    fall(valueAt(all, at, (one) => one.time < at))
    const before = level
    const value = valueAt(all, at, (one) => one.time <= at)
    fall(value)
    if (value >= 60) level = 2
    else if (value >= 30) level = Math.max(level, 1)
    if (level === 2 && before !== 2) hot.push(at)
  }
  const left = valueAt(all, until, (one) => one.time <= until)
  fall(left)
  return { hot, warmth: left, level: ['cold', 'warm', 'hot'][level] }
}

test('any arrival within the lateness gives what the sorted events say', () => {
  const cases = streams(30).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
  fc.assert(
    fc.property(cases, ([all, arrived]) => {
      const emitted = emissionsOf(warmth, CONFIG, arrived, LATENESS, END)
      expect(emitted).toEqual(emissionsOf(warmth, CONFIG, all, LATENESS, END))
      const times = emitted.map((text) => (JSON.parse(text) as { time: number }).time)
      expect(times.toSorted((a, b) => a - b)).toEqual(model(all).hot)
    }),
    { numRuns: 300 },
  )
})

test('what is told is so as of any time of the last day', () => {
  const cases = streams(30).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
  fc.assert(
    fc.property(cases, fc.integer({ min: 0, max: 26 }), ([all, arrived], hours) => {
      const chain = given(warmth, CONFIG)
      for (const one of arrivals(arrived, LATENESS)) chain.when(one.event).at(one.watermark)
      const newest = Math.max(...all.map((one) => one.time))
      const at = newest - hours * HOUR_MS
      const expected = model(all, at)
      expect(warmth.tell?.(chain.timePasses(newest).now(), at, READY)).toMatchObject({
        warmth: expected.warmth,
        warmth_level: expected.level,
      })
    }),
    { numRuns: 300 },
  )
})

test('a merge before anything was decided gives the moments of both', () => {
  fc.assert(
    fc.property(streams(12), streams(12), (a, b) => {
      const fired = given(warmth, CONFIG)
        .when(...a)
        .merges(given(warmth, CONFIG).when(...b), START - 1)
        .timePasses(END)
        .emitted()
      expect(fired.map((draft) => draft.time)).toEqual(model([...a, ...b]).hot)
    }),
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(12), streams(12), streams(12), fc.integer({ min: 0, max: 10 })),
      ([a, b, c, days]) => expectMergeInAnyOrder(warmth, CONFIG, [a, b, c], START + days * DAY_MS),
    ),
    { numRuns: 300 },
  )
})
