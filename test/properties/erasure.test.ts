/** Erasure: in any way of working it off the same comes out, and of who was erased nothing is left in any place that is kept. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openInside } from '../support/inside.ts'
import { planOf, replayed, setOf } from '../support/replayed.ts'
import { bytesOf, documentOf, effort, identifiersOf, PATIENCE_MS, shopping, timeOf } from './made-up.ts'

const offers = {
  quietHours: { from: '09:10', to: '09:40' },
  holdout: { percent: 15, salt: 'made-up' },
  offers: [
    { id: 'back', on: 'cart', channels: ['email', 'push'], priority: 40, template: 'back' },
    { id: 'gift', on: 'cart', when: 'trigger.value > 30', channels: ['screen'], template: 'gift' },
  ],
}
const DOCUMENT = documentOf(
  [{ id: 'say', type: 'offer', from: ['cart'], config: offers }],
  { said: { from: ['say', 'who'], topic: 'said' } },
  { lateness: '20s', grace: '4m', idle: '3m' },
)
const PLAN = planOf(DOCUMENT)
/** Silent for minutes, and forgotten. */
const FORGETFUL = planOf({ ...DOCUMENT, forget: { anonymous: '5m', known: '15m' } })

const name = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((i) => `c:cookie${i}`),
  fc.integer({ min: 0, max: 2 }).map((i) => `u:user${i}`),
  fc.integer({ min: 0, max: 2 }).map((i) => `e:mail${i}@made-up.example`),
  fc.integer({ min: 0, max: 2 }).map((i) => `t:token${i}`),
)
const doing = fc.record({
  kind: fc.constant('event' as const),
  at: fc.integer({ min: 0, max: 3600 }),
  late: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) }, fc.integer({ min: 0, max: 600 })),
  who: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  id: fc.integer({ min: 0, max: 80 }),
  what: shopping,
})
const order = fc.record({
  kind: fc.constant('order' as const),
  at: fc.integer({ min: 0, max: 3600 }),
  late: fc.constant(0),
  who: name.map((one) => [one]),
  lift: fc.boolean(),
})
type Made =
  | (typeof doing extends fc.Arbitrary<infer A> ? A : never)
  | (typeof order extends fc.Arbitrary<infer B> ? B : never)

const lineOf = (made: Made): string => {
  if (made.kind === 'order') return JSON.stringify({ erase: identifiersOf(made.who)[0], lift: made.lift })
  const { at, late, who, id, what } = made
  const times = { time: timeOf(at), received: timeOf(at + late) }
  return JSON.stringify({ id: `e${id}`, ...what, ...times, identifiers: identifiersOf(who) })
}
const recording = fc
  .array(fc.oneof({ weight: 6, arbitrary: doing }, { weight: 1, arbitrary: order }), {
    minLength: 5,
    maxLength: 70,
  })
  .map((all) => all.toSorted((a, b) => a.at + a.late - b.at - b.late).map(lineOf))
const way = fc.record(
  {
    partitions: fc.integer({ min: 1, max: 5 }),
    batch: fc.integer({ min: 1, max: 30 }),
    crashEvery: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: [] },
)

test.each([
  ['people who ask', PLAN, 50],
  ['people who ask, and people who are silent', FORGETFUL, 30],
])(
  'any way of working it off: the same set, the same summary: %s',
  async (_who, plan, erasedLeast) => {
    let erased = 0
    let ended = 0
    let gone = 0
    await fc.assert(
      fc.asyncProperty(recording, way, way, async (lines, one, other) => {
        const end = { afterMs: 7_200_000 }
        const straight = await replayed(plan, bytesOf(lines), end)
        erased += straight.outputs.filter(({ value }) => value.includes('"person.erased"')).length
        ended += straight.outputs.filter(({ value }) => value.includes('"suppressed-person"')).length
        gone += straight.outputs.filter(({ value }) => value === 'null').length
        for (const run of [one, other]) {
          const { outputs, summary } = await replayed(plan, bytesOf(lines), end, run)
          expect(setOf(outputs)).toEqual(setOf(straight.outputs))
          expect(summary).toEqual(straight.summary)
        }
      }),
      effort(120),
    )
    expect(erased).toBeGreaterThan(erasedLeast)
    expect(ended).toBeGreaterThan(5)
    expect(gone).toBeGreaterThan(plan === PLAN ? 30 : 5 * erased)
  },
  PATIENCE_MS,
)

test(
  'when everybody was erased, no name is left, nor a state of anybody',
  async () => {
    await fc.assert(
      fc.asyncProperty(recording, fc.integer({ min: 1, max: 4 }), async (lines, partitions) => {
        const inside = await openInside(PLAN, partitions)
        await inside.feed(lines)
        const all = ['c:cookie', 'u:user', 'e:mail', 't:token'].flatMap((kind) =>
          [0, 1, 2, 3, 4].map((i) => (kind === 'e:mail' ? `${kind}${i}@made-up.example` : `${kind}${i}`)),
        )
        await inside.feed(all.map((one) => JSON.stringify({ erase: identifiersOf([one])[0] })))
        const kept = await inside.kept()
        await inside.close()
        for (const { place, key, value } of kept) {
          expect([place, key]).toEqual([place, expect.stringMatching(/^(id-key|name:[0-9a-f]{32})$/)])
          expect(value.toString('latin1')).not.toMatch(/cookie|user|mail|token/)
        }
      }),
      effort(60),
    )
  },
  PATIENCE_MS,
)

test('who was silent for long enough leaves nothing behind, and others everything', async () => {
  const inside = await openInside(FORGETFUL, 3)
  const line = (at: number, ...who: readonly string[]) =>
    JSON.stringify({
      id: `e${at}`,
      type: 'product.added',
      time: timeOf(at),
      identifiers: identifiersOf(who),
      data: { product_id: 'p' },
    })
  await inside.feed([line(0, 'c:gone'), line(1, 'c:met'), line(2, 'u:met'), line(3, 'c:met', 'u:met')])
  await inside.feed([line(320, 'c:other')])
  const kept = await inside.kept()
  await inside.close()
  const text = kept.map(({ key, value }) => `${key} ${value.toString('latin1')}`).join('\n')
  expect(text).not.toContain('c-gone')
  for (const one of ['c-met', 'u-met', 'c-other']) expect(text).toContain(one)
  // One for each person who is there, but for whom another absorbed.
  expect(new Set(kept.filter(({ key }) => key.startsWith('last:')).map(({ key }) => key)).size).toBe(2)
})
