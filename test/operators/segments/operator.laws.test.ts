/** segments: what holds of any events. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { type Known, NOTHING_KNOWN } from '../../../src/model/known.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import { segments } from '../../../src/operators/segments/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { arrivals, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 2 * HOUR_MS
const END = START + 6 * DAY_MS
const PROFILE = { told: { sum: 'number', days: 'number' }, untold: new Map() } as const
const CONFIG = {
  segments: [
    { id: 'odd', when: 'profile.sum % 2 == 1' },
    { id: 'many', when: 'profile.sum > 3' },
    { id: 'resting', when: 'profile.days >= 1' },
  ],
  recheckFor: '2d',
}

const knownOf = (events: readonly StreamEvent[]): Known => ({
  ...NOTHING_KNOWN,
  profile(at) {
    const then = events.filter((one) => one.time <= at)
    const newest = Math.max(...then.map((one) => one.time))
    const sum = then.reduce((all, { data }) => all + Number(data['n']), 0)
    return then.length === 0 ? {} : { sum, days: Math.floor((at - newest) / DAY_MS) }
  },
})

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: -2, max: 3 }),
      ),
      {
        minLength: 1,
        maxLength,
      },
    )
    .map((list) =>
      list
        .map(([day, quarter, n]) =>
          event(`${iso(START + day * DAY_MS + quarter * 15 * MINUTE_MS)} page.viewed`, { n }),
        )
        .sort((a, b) => a.time - b.time),
    )

/** Each moment there is, asked anew: events, and whole days behind them until the next one. */
function model(all: readonly StreamEvent[]): readonly string[] {
  const known = knownOf(all)
  const out: string[] = []
  const inside = new Set<string>()
  const judge = (at: number): void => {
    const { sum, days } = known.profile(at) as { sum: number; days: number }
    const now = { odd: sum % 2 === 1, many: sum > 3, resting: days >= 1 }
    for (const [segment, holds] of Object.entries(now)) {
      if (holds === inside.has(segment)) continue
      if (holds) inside.add(segment)
      else inside.delete(segment)
      out.push(`${iso(at)} ${holds ? 'entered' : 'left'} ${segment}`)
    }
  }
  const times = [...new Set(all.map((one) => one.time))].sort((a, b) => a - b)
  for (const [i, at] of times.entries()) {
    judge(at)
    const next = times[i + 1] ?? END
    for (let day = 1; at + day * DAY_MS < next; day++)
      if (inside.size > 0 || day <= 2) judge(at + day * DAY_MS)
      else break
  }
  return out.sort()
}

test('any arrival within the lateness gives what the sorted events say', () => {
  const cases = streams(16).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
  fc.assert(
    fc.property(cases, ([all, arrived]) => {
      const come: StreamEvent[] = []
      const known: Known = { ...NOTHING_KNOWN, profile: (at) => knownOf(come).profile(at) }
      const chain = given(segments, CONFIG, { known, profile: PROFILE })
      for (const one of arrivals(arrived, LATENESS)) {
        come.push(one.event)
        chain.when(one.event).at(one.watermark)
      }
      const said = chain
        .timePasses(END)
        .emitted()
        .map(({ type, time: at, data }) => `${iso(at as number)} ${type.slice(8)} ${String(data['segment'])}`)
      expect(said.toSorted()).toEqual(model(all))
    }),
    { numRuns: 300 },
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 60 })),
      ([a, b, c, hours]) => {
        const days = { ...CONFIG, segments: [{ id: 'ever', when: 'true' }] }
        expectMergeInAnyOrder(segments, days, [a, b, c], START + hours * HOUR_MS)
      },
    ),
  )
})
