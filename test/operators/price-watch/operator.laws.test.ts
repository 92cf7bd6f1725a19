/** What holds of price-watch whatever comes: the order of arrival changes nothing, nor does that of merges, and what it keeps is bounded. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../../src/model/limits.ts'
import { MINUTE_MS, SECOND_MS } from '../../../src/model/time.ts'
import { priceWatch } from '../../../src/operators/price-watch/operator.ts'
import { event, type Fact, fact, given, time } from '../../support/given.ts'
import { expectMergeInAnyOrder } from '../../support/laws.ts'

const LATENESS_MS = 10 * SECOND_MS
const START = time('10:00')
const END = START + 100 * MINUTE_MS
const CONFIG = { drop: '10%', for: '2m', remember: 1, rememberFor: '1m' }

const at = fc.integer({ min: 0, max: 300 }).map((s) => START + s * SECOND_MS)
const product = fc.constantFrom('p1', 'p2')
const prices = fc.constantFrom(undefined, 8, 10, 12)
const doing: fc.Arbitrary<StreamEvent> = fc
  .record({
    at,
    product,
    price: prices,
    max: prices,
    kind: fc.constantFrom(
      'product.saved',
      'product.viewed',
      'product.viewed',
      'product.searched',
      'order.completed',
    ),
  })
  .map(({ at: when, product: product_id, price, max, kind }) =>
    kind === 'order.completed'
      ? event(`10:00 ${kind}`, { order_id: 'o', products: [{ product_id }] }, { time: when })
      : event(
          `10:00 ${kind}`,
          { product_id, price, price_max: kind === 'product.saved' ? max : undefined },
          { time: when },
        ),
  )
const measured: fc.Arbitrary<Fact> = fc
  .record({ at, product, value: fc.constantFrom(0, 7, 8, 9, 10, 11), isPrice: fc.boolean() })
  .map(({ at: when, product: product_id, value, isPrice }) => {
    const said = isPrice ? { price: value } : { stock: value }
    return { ...fact(`10:00 ${isPrice ? 'price' : 'stock'}.changed`, { product_id, ...said }), time: when }
  })

const isFact = (one: StreamEvent | Fact): one is Fact => 'measured' in one

/** Two things of one moment and product may be told in two orders: only one of them is kept. */
function distinct(all: readonly (StreamEvent | Fact)[]): readonly (StreamEvent | Fact)[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const key = isFact(one) ? `${one.measured.field} ${one.measured.id} ${one.time}` : `${one.time}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function emitted(all: readonly (StreamEvent | Fact)[]): readonly string[] {
  const chain = given(priceWatch, CONFIG, { world: true })
  let newest = START
  for (const one of all) {
    newest = Math.max(newest, one.time)
    chain.timePasses(newest - LATENESS_MS)
    if (isFact(one)) chain.factIs(one)
    else chain.when(one)
  }
  return chain
    .timePasses(END)
    .emitted()
    .map((draft) => JSON.stringify(draft))
    .sort()
}

test('the order of arrival within the lateness changes nothing', () => {
  const story = fc
    .tuple(fc.array(doing, { maxLength: 12 }), fc.array(measured, { maxLength: 16 }))
    .map(([events, facts]) => distinct([...events, ...facts]))
    .chain((all) =>
      fc.record({
        all: fc.constant(all),
        delays: fc.array(fc.integer({ min: 0, max: LATENESS_MS }), {
          minLength: all.length,
          maxLength: all.length,
        }),
      }),
    )
  let fired = 0
  fc.assert(
    fc.property(story, ({ all, delays }) => {
      const inOrder = all.toSorted((a, b) => a.time - b.time)
      const arrives = new Map(all.map((one, i) => [one, one.time + (delays[i] as number)]))
      const shuffled = all.toSorted((a, b) => (arrives.get(a) as number) - (arrives.get(b) as number))
      const expected = emitted(inOrder)
      fired += expected.length
      expect(emitted(shuffled)).toEqual(expected)
    }),
    { numRuns: 200 },
  )
  expect(fired).toBeGreaterThan(8)
})

test('merging in any order ends equal', () => {
  const person = fc.array(doing, { maxLength: 8 }).map((events) => distinct(events) as readonly StreamEvent[])
  fc.assert(
    fc.property(fc.tuple(person, person, person), at, (people, watermark) => {
      expectMergeInAnyOrder(priceWatch, CONFIG, people, watermark)
    }),
    { numRuns: 150 },
  )
})

test('what it keeps is bounded, what was saved last of all', () => {
  const chain = given(priceWatch, {}, { world: true })
  chain.when(event('10:00 product.saved', { product_id: 'saved', price: 1 }))
  for (let i = 0; i < 2 * INSTANCES_PER_PERSON_MAX; i++)
    chain.when(event(`10:00 product.viewed`, { product_id: `p${i}` }, { time: START + i }))
  const { pages } = chain.now()
  expect(pages).toHaveLength(INSTANCES_PER_PERSON_MAX)
  expect(pages.some(({ product: kept }) => kept === 'saved')).toBe(true)
  chain.thenWatches('product:saved')
})
