/** pattern: what holds of any stream of events, against a model that sorts all of them and goes through them once. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { pattern } from '../../../src/operators/pattern/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 10 * MINUTE_MS
const END = time('2d00:00')

interface Config {
  readonly steps: readonly { readonly type: string; readonly where?: string; readonly times?: number }[]
  readonly within?: string
  readonly unless?: { readonly type: string; readonly within: string }
  readonly key?: string
  readonly once?: string
}
const CONFIGS: Readonly<Record<string, Config>> = {
  'steps in order': { steps: [{ type: 'a.done' }, { type: 'b.done' }, { type: 'c.done' }], within: '12m' },
  'the same thing again': { steps: [{ type: 'a.done', times: 3 }], within: '15m', once: '10m' },
  'steps that overlap': {
    steps: [{ type: 'a.done' }, { type: 'a.done', where: 'event.n > 1' }, { type: 'b.done' }],
    within: '20m',
  },
  'steps, and then not': {
    steps: [{ type: 'a.done' }, { type: 'b.done' }],
    within: '12m',
    unless: { type: 'c.done', within: '7m' },
    key: 'event.k',
  },
  'the last of a row': {
    steps: [{ type: 'a.done' }],
    unless: { type: 'a.done', within: '6m' },
    key: 'event.k',
  },
  'one event, not too often': {
    steps: [{ type: 'b.done', where: 'event.n == 2' }],
    key: 'event.k',
    once: '15m',
  },
}

const minutes = (text: string | undefined): number => Number(text?.replace('m', '') ?? 0) * MINUTE_MS
const roleOf = ({ type, data }: StreamEvent, { type: wanted, where }: Config['steps'][number]): boolean =>
  type === wanted &&
  (where === undefined || (where === 'event.n > 1' ? Number(data['n']) > 1 : Number(data['n']) === 2))

/** `KEY TIME IDS`, sorted. */
function model(all: readonly StreamEvent[], config: Config): readonly string[] {
  const { steps, unless, key } = config
  const slots = steps.flatMap((step, i) => Array.from({ length: step.times ?? 1 }, () => i))
  const rank = (one: StreamEvent): number => steps.findIndex((step) => roleOf(one, step))
  const isStep = (one: StreamEvent, i: number): boolean => roleOf(one, steps[i] as Config['steps'][number])
  const out: string[] = []
  for (const k of key === undefined ? [''] : ['x', 'y']) {
    const events = all.filter(({ data }) => key === undefined || data['k'] === k)
    const ordered = events
      .filter((one) => rank(one) >= 0)
      .sort((a, b) => a.time - b.time || rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
    let past = -1
    let firedAt = Number.NEGATIVE_INFINITY
    for (const [place, last] of ordered.entries()) {
      if (!isStep(last, slots.at(-1) as number)) continue
      const matched: StreamEvent[] = []
      for (const one of ordered.slice(past + 1, place)) {
        const slot = slots[matched.length] as number
        if (
          matched.length < slots.length - 1 &&
          last.time - one.time < minutes(config.within) &&
          isStep(one, slot)
        )
          matched.push(one)
      }
      if (matched.length < slots.length - 1) continue
      past = place
      const due = last.time + minutes(unless?.within)
      const calledOff = events.some(
        (one) => one.type === unless?.type && one.time > last.time && one.time < due,
      )
      if (calledOff || due - firedAt < minutes(config.once)) continue
      firedAt = due
      out.push(`${k} ${iso(due)} ${[...matched, last].map(({ id }) => id).join(' ')}`)
    }
  }
  return out.sort()
}

const said = (emitted: readonly string[]): readonly string[] =>
  emitted
    .map((text) => {
      const { time: at, data } = JSON.parse(text) as {
        time: number
        data: { instance: string | null; matched: readonly { id: string }[] }
      }
      return `${data.instance ?? ''} ${iso(at)} ${data.matched.map(({ id }) => id).join(' ')}`
    })
    .sort()

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.integer({ min: 0, max: 40 }),
        type: fc.constantFrom('a.done', 'a.done', 'b.done', 'c.done'),
        k: fc.constantFrom('x', 'y'),
        n: fc.integer({ min: 1, max: 2 }),
      }),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(({ minute, type, k, n }) => event(`${iso(START + minute * MINUTE_MS)} ${type}`, { k, n }))
        .sort((a, b) => a.time - b.time),
    )

describe.each(Object.entries(CONFIGS))('%s', (_name, config) => {
  test('any arrival within the lateness gives what the sorted events say', () => {
    // Exactly the lateness is on time, too; then something of that moment has been decided without it.
    const arrivals = streams(24).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
    fc.assert(
      fc.property(arrivals, ([all, arrived]) => {
        expect(said(emissionsOf(pattern, config, arrived, LATENESS, END))).toEqual(model(all, config))
      }),
      { numRuns: 200 },
    )
  })

  test('a merge before anything was decided gives the matches of both', () => {
    fc.assert(
      fc.property(streams(10), streams(10), (a, b) => {
        const chain = given(pattern, config)
          .when(...a)
          .merges(given(pattern, config).when(...b), '09:59')
          .timePasses(END)
        expect(said(chain.emitted().map((draft) => JSON.stringify(draft)))).toEqual(
          model([...a, ...b], config),
        )
      }),
    )
  })

  test('merging in any order ends equal', () => {
    fc.assert(
      fc.property(
        fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 50 })),
        ([a, b, c, minute]) => expectMergeInAnyOrder(pattern, config, [a, b, c], START + minute * MINUTE_MS),
      ),
    )
  })
})

test('late events, at any moment: each event ends at most one match, and no key fires twice within `once`', () => {
  const config = CONFIGS['the same thing again'] as Config
  // Ten minutes behind the watermark is as late as an event reaches an operator: a later one goes to the late topic, and what
  // fired is remembered for no longer.
  const steps = fc.array(
    fc.record({ forth: fc.integer({ min: 0, max: 4 }), back: fc.integer({ min: -8, max: 10 }) }),
    { minLength: 3, maxLength: 40 },
  )
  fc.assert(
    fc.property(steps, (list) => {
      const chain = given(pattern, config)
      let watermark = START
      for (const { forth, back } of list) {
        watermark += forth * MINUTE_MS
        chain.timePasses(watermark).when(event(`${iso(watermark - back * MINUTE_MS)} a.done`))
      }
      const fired = chain.timePasses(END).emitted()
      const used = fired.flatMap(({ data }) =>
        (data['matched'] as readonly { id: string }[]).map(({ id }) => id),
      )
      expect(new Set(used).size).toBe(used.length)
      const times = fired.map((draft) => draft.time as number).sort((a, b) => a - b)
      for (const [i, at] of times.slice(1).entries())
        expect(at - (times[i] as number)).toBeGreaterThanOrEqual(10 * MINUTE_MS)
    }),
  )
})
