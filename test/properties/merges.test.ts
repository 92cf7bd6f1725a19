/** People that turn out to be one end equal, in whatever order that is learnt. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Output } from '../../src/app/embed.ts'
import { planOf, replayed, setOf } from '../support/replayed.ts'
import { bytesOf, documentOf, effort, lineOf, type Made, PATIENCE_MS, shoppers } from './made-up.ts'

const END = { afterMs: 7_200_000 }
const PEOPLE = 5
const OFFERS = {
  id: 'say',
  type: 'offer',
  from: 'cart',
  config: {
    caps: [{ max: 1, per: '5m' }],
    offers: [{ id: 'back', on: 'cart', channels: ['screen'], expires: '1h', template: 'back' }],
  },
}
const PLAN = planOf(documentOf([OFFERS], { said: { from: 'say', topic: 'said' } }))

/** Everything but who became whom when: that follows the order of the log. */
const emissions = (outputs: readonly Output[]): readonly string[] =>
  setOf(outputs.filter(({ topic }) => topic !== 'identities'))

/** Events that join people, enough for one person to be left: a joint of each with one before it. */
const joints: fc.Arbitrary<readonly (readonly [number, number])[]> = fc.tuple(
  ...Array.from({ length: PEOPLE - 1 }, (_, i) =>
    fc.integer({ min: 0, max: i }).map((before): readonly [number, number] => [before, i + 1]),
  ),
)

test(
  'joined in any order, while all is open: the same emissions',
  async () => {
    const cases = fc.tuple(
      shoppers(PEOPLE, 90, 24),
      joints,
      fc.shuffledSubarray(
        Array.from({ length: PEOPLE - 1 }, (_, i) => i),
        { minLength: PEOPLE - 1 },
      ),
    )
    await fc.assert(
      fc.asyncProperty(cases, async ([made, pairs, order]) => {
        const first = Array.from(
          { length: PEOPLE },
          (_, i): Made => ({ at: i, who: [`c:${i}`], type: 'page.viewed', data: {} }),
        )
        const shopping = [...first, ...made].map((one, i) => lineOf(one, `e${i}`))
        const bridges = pairs.map(([a, b], i) =>
          lineOf({ at: 100 + i, who: [`c:${a}`, `c:${b}`], type: 'page.viewed', data: {} }, `b${i}`),
        )
        const straight = await replayed(PLAN, bytesOf([...shopping, ...bridges]), END)
        expect([straight.summary.people, straight.summary.merges]).toEqual([1, PEOPLE - 1])
        const mixed = await replayed(
          PLAN,
          bytesOf([...shopping, ...order.map((i) => bridges[i] as string)]),
          END,
          {
            partitions: 3,
          },
        )
        expect(emissions(mixed.outputs)).toEqual(emissions(straight.outputs))
      }),
      effort(120),
    )
  },
  PATIENCE_MS,
)

test(
  'joined before or after they shopped, while all is open: the same emissions',
  async () => {
    await fc.assert(
      fc.asyncProperty(shoppers(PEOPLE, 90, 20), joints, async (made, pairs) => {
        const first = Array.from({ length: PEOPLE }, (_, i) =>
          lineOf({ at: 0, who: [`c:${i}`], type: 'page.viewed', data: {} }, `f${i}`),
        )
        const shopping = made.map((one, i) => lineOf(one, `e${i}`))
        const bridges = pairs.map(([a, b], i) =>
          lineOf({ at: 95, who: [`c:${a}`, `c:${b}`], type: 'page.viewed', data: {} }, `b${i}`),
        )
        const before = await replayed(PLAN, bytesOf([...first, ...bridges, ...shopping]), END)
        const after = await replayed(PLAN, bytesOf([...first, ...shopping, ...bridges]), END)
        expect(emissions(before.outputs)).toEqual(emissions(after.outputs))
      }),
      effort(100),
    )
  },
  PATIENCE_MS,
)
