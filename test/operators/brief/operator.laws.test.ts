/** brief: what holds of any stream of events. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { brief } from '../../../src/operators/brief/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 10 * MINUTE_MS
const END = time('2d00:00')
const TYPES = [
  'page.viewed',
  'product.searched',
  'product.added',
  'product.removed',
  'order.completed',
  'offer.emitted',
  'offer.accepted',
  'mood.measured',
  'call.received',
  'consent.changed',
  'message.unsubscribed',
  'person.described',
  'deal.closed',
  'store.visited',
]

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.integer({ min: 0, max: 40 }),
        type: fc.constantFrom(...TYPES),
        channel: fc.constantFrom(undefined, 'web', 'app'),
        word: fc.constantFrom('a', 'b'),
        yes: fc.boolean(),
      }),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(({ minute, type, channel, word, yes }) =>
          event(
            `${iso(START + minute * MINUTE_MS)} ${type}`,
            {
              product_id: word,
              query: word,
              offer_id: word,
              order_id: word,
              category: word,
              mood: yes ? 1 : -1,
              sentiment: yes ? 1 : -1,
              purpose: 'sales',
              granted: yes,
              traits: { [word]: yes },
              price: 1,
            },
            { channel },
          ),
        )
        .sort((a, b) => a.time - b.time),
    )

test('any arrival within the lateness gives the same briefs', () => {
  // Exactly the lateness too: a brief is decided behind its moment.
  const arrivals = streams(20).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS)))
  fc.assert(
    fc.property(arrivals, ([all, arrived]) => {
      expect(emissionsOf(brief, {}, arrived, LATENESS, END)).toEqual(
        emissionsOf(brief, {}, all, LATENESS, END),
      )
    }),
    { numRuns: 200 },
  )
})

test('a brief hangs on nothing that comes after it', () => {
  fc.assert(
    fc.property(streams(20), fc.integer({ min: 0, max: 40 }), (all, minute) => {
      const at = START + minute * MINUTE_MS
      const ofThen = (events: readonly StreamEvent[]) =>
        emissionsOf(brief, {}, events, LATENESS, END).filter(
          (text) => (JSON.parse(text) as { time: number }).time <= at,
        )
      expect(ofThen(all)).toEqual(ofThen(all.filter((one) => one.time <= at)))
    }),
    { numRuns: 200 },
  )
})

test('nothing of a person is told while they refuse it, in any merge', () => {
  fc.assert(
    fc.property(streams(12), streams(12), fc.integer({ min: 0, max: 50 }), (a, b, minute) => {
      const watermark = START + minute * MINUTE_MS
      const person = (events: readonly StreamEvent[]) =>
        given(brief, {})
          .timePasses(watermark)
          .when(...events)
      const before = [person(a), person(b)].map((chain) => chain.emitted().length)
      const chain = person(a).merges(person(b), watermark).timePasses(END)
      const refused = (events: readonly StreamEvent[], at: number): boolean => {
        const words = events.filter((one) => one.type === 'consent.changed' && one.time <= at)
        const newest = Math.max(...words.map((one) => one.time))
        return words.some((one) => one.time === newest && one.data['granted'] === false)
      }
      for (const { time: at, data } of chain.emitted().slice(before[0]))
        expect(data['withheld']).toBe(refused(a, at ?? 0) || refused(b, at ?? 0))
    }),
    { numRuns: 200 },
  )
})

test('merging in any order ends equal', () => {
  fc.assert(
    fc.property(
      fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 60 })),
      ([a, b, c, minute]) => expectMergeInAnyOrder(brief, {}, [a, b, c], START + minute * MINUTE_MS),
    ),
  )
})
