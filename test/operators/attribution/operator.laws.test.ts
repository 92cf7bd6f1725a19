/** attribution: what holds of any stream of events, against a model that sorts all of them. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Draft, StreamEvent } from '../../../src/model/event.ts'
import { HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import { attribution } from '../../../src/operators/attribution/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const GRACE = 10 * MINUTE_MS
const END = time('2d00:00')
const CONFIG = { lookback: '20m' }

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.integer({ min: 0, max: 60 }),
        type: fc.constantFrom(
          'page.viewed',
          'email.clicked',
          'store.visited',
          'lead.warmed',
          'order.completed',
          'deal.closed',
        ),
        channel: fc.constantFrom(undefined, 'web', 'store'),
        order: fc.integer({ min: 1, max: 3 }),
        won: fc.constantFrom(true, true, false),
      }),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(({ minute, type, channel, order, won }) => {
          const data = type === 'deal.closed' ? { deal_id: `${order}`, won } : { order_id: `${order}` }
          return event(`${iso(START + minute * MINUTE_MS)} ${type}`, data, { channel })
        })
        .sort((a, b) => a.time - b.time),
    )

/** `TIME ID HOW TYPE@TIME...`, sorted; where two reports of one order have one time, only what both say. */
function model(events: readonly StreamEvent[]): readonly string[] {
  const seen = new Map<string, number>()
  const bought = events.filter(({ type }) => type === 'order.completed' || type === 'deal.closed')
  return bought
    .flatMap((order) => {
      const id = String(order.data['order_id'] ?? order.data['deal_id'])
      const lost = order.data['won'] === false
      const counted = seen.get(`${id} ${lost}`) ?? Number.NEGATIVE_INFINITY
      if (order.time - counted < 20 * MINUTE_MS) return []
      seen.set(`${id} ${lost}`, order.time)
      const led = events.filter((one) => one.time < order.time && order.time - one.time < 20 * MINUTE_MS)
      const touched = led.filter(({ type }) => /viewed|clicked|visited/.test(type))
      const warm = led.some(({ type }) => type === 'lead.warmed')
      const words = lost ? [] : touched.map((one) => `${one.type}@${one.time}`).sort()
      return [[order.time + GRACE, lost ? 'lost' : 'won', id, warm, ...words].join(' ')]
    })
    .sort()
}

function said(drafts: readonly Draft[]): readonly string[] {
  return drafts
    .map(({ type, time: at, data }) => {
      const touched = (data['touchpoints'] ?? []) as readonly { type: string; time: string }[]
      const words = touched.map((one) => `${one.type}@${time(one.time)}`).sort()
      const id = data['order_id'] ?? data['deal_id']
      return [at, type === 'deal.lost' ? 'lost' : 'won', id, data['how'] === 'warmed-lead', ...words].join(
        ' ',
      )
    })
    .sort()
}

test('any arrival within the grace gives what the sorted events say', () => {
  // As late as any event is taken: the watermark is 0 s behind, and events are up to the grace older.
  const arrivals = streams(20).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, GRACE)))
  fc.assert(
    fc.property(arrivals, ([all, arrived]) => {
      const emitted = emissionsOf(attribution, CONFIG, arrived, 0, END)
      expect(said(emitted.map((text) => JSON.parse(text) as Draft))).toEqual(model(all))
    }),
    { numRuns: 300 },
  )
})

test('any arrival within the lateness gives the same bytes', () => {
  const arrivals = streams(20).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, GRACE - 1)))
  fc.assert(
    fc.property(arrivals, ([all, arrived]) => {
      expect(emissionsOf(attribution, CONFIG, arrived, GRACE, END)).toEqual(
        emissionsOf(attribution, CONFIG, all, GRACE, END),
      )
    }),
    { numRuns: 200 },
  )
})

test('a merge before anything was decided gives what both did', () => {
  fc.assert(
    fc.property(streams(10), streams(10), (a, b) => {
      const chain = given(attribution, CONFIG)
        .when(...a)
        .merges(given(attribution, CONFIG).when(...b), '09:59')
        .timePasses(END)
      expect(said(chain.emitted())).toEqual(model([...a, ...b].sort((x, y) => x.time - y.time)))
    }),
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 60 })),
      ([a, b, c, minute]) =>
        expectMergeInAnyOrder(attribution, CONFIG, [a, b, c], START + minute * MINUTE_MS),
    ),
  )
})

test('nothing is left of a person who is silent for long', () => {
  fc.assert(
    fc.property(streams(20), (all) => {
      const chain = given(attribution, CONFIG)
        .when(...all)
        .timePasses(START + 3 * HOUR_MS)
      expect(chain.now()).toEqual(attribution.state.initial())
    }),
  )
})
