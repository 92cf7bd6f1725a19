/** encounters: what holds of any events. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { encounters } from '../../../src/operators/encounters/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 30 * MINUTE_MS
const END = time('2d00:00')
const CONFIG = { quality: { moodWithin: '10m' } }

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom('mood.measured', 'mood.measured', 'call.received', 'staff.met', 'order.completed'),
        fc.constantFrom(-1, -0.5, 0.25, 1),
      ),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(([minute, type, value]) =>
          event(`${iso(START + minute * MINUTE_MS)} ${type}`, { mood: value, sentiment: value }),
        )
        .sort((a, b) => a.time - b.time),
    )

/** `TIME KIND QUALITY`, sorted. */
function model(all: readonly StreamEvent[]): readonly string[] {
  const kinds = new Map([
    ['call.received', 'call'],
    ['staff.met', 'meeting'],
    ['order.completed', 'order'],
  ])
  return all
    .flatMap((one) => {
      const kind = kinds.get(one.type)
      if (kind === undefined) return []
      const mood = all
        .filter(
          ({ type, time: at }) =>
            type === 'mood.measured' && at <= one.time && at >= one.time - 10 * MINUTE_MS,
        )
        .sort((a, b) => b.time - a.time || Number(b.data['mood']) - Number(a.data['mood']))[0]
      const parts: [number, number][] = [kind === 'order' ? [2, 1] : [3, Number(one.data['sentiment'])]]
      if (mood !== undefined) parts.push([2, Number(mood.data['mood'])])
      const sum = parts.reduce((whole, [weight, value]) => whole + weight * value, 0)
      const quality = sum / parts.reduce((whole, [weight]) => whole + weight, 0)
      return [`${iso(one.time)} ${kind} ${quality.toFixed(1)}`]
    })
    .sort()
}

const said = (emitted: readonly string[]): readonly string[] =>
  emitted
    .map((text) => {
      const { time: at, data } = JSON.parse(text) as { time: number; data: { kind: string; quality: number } }
      return `${iso(at)} ${data.kind} ${data.quality.toFixed(1)}`
    })
    .sort()

test('any arrival within the lateness gives what the sorted events say', () => {
  const cases = streams(24).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
  fc.assert(
    fc.property(cases, ([all, arrived]) => {
      expect(said(emissionsOf(encounters, CONFIG, arrived, LATENESS, END))).toEqual(model(all))
    }),
    { numRuns: 200 },
  )
})

test('a merge before anything was recorded gives the records of both', () => {
  fc.assert(
    fc.property(streams(10), streams(10), (a, b) => {
      const chain = given(encounters, CONFIG)
        .when(...a)
        .merges(given(encounters, CONFIG).when(...b), '09:59')
        .timePasses(END)
      expect(said(chain.emitted().map((draft) => JSON.stringify(draft)))).toEqual(model([...a, ...b]))
    }),
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: -10, max: 6000 })),
      ([a, b, c, minute]) => expectMergeInAnyOrder(encounters, CONFIG, [a, b, c], START + minute * MINUTE_MS),
    ),
  )
})
