/** Joining blocks late, early, all at once or one by one gives the same sessions. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { blockOf, joined, type Block } from '../../../src/operators/sessionize/block.ts'
import { folded, kept, placeOf } from '../../../src/operators/sessionize/cut.ts'
import { sayingOf } from '../../../src/operators/sessionize/saying.ts'
import { sessionize } from '../../../src/operators/sessionize/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'

const LIMITS = { gapMs: 10_000, maxMs: 40_000 }
const BEGIN = time('10:00')

const happening = fc
  .record({
    at: fc.integer({ min: 0, max: 90_000 }),
    type: fc.constantFrom(
      'product.viewed',
      'product.added',
      'page.viewed',
      'order.completed',
      'zone.entered',
    ),
    product: fc.constantFrom('p1', 'p2', 'p3', 'p4', undefined),
    currency: fc.constantFrom('EUR', 'DKK', undefined),
    channel: fc.constantFrom('web', 'app', undefined),
  })
  .map(({ at, type, product, currency, channel }) => {
    const data = { product_id: product, price: 2, total: 7, products: [{ product_id: 'p9' }], currency }
    return { ...event(`10:00 ${type}`, data, { channel }), time: BEGIN + at }
  })

const inserted = (blocks: readonly Block[], block: Block): readonly Block[] =>
  blocks.toSpliced(placeOf(blocks, block.from), 0, block)

test('blocks joined at every event, and at every eighth', () => {
  let waited = 0
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 40 }),
      fc.integer({ min: 0, max: 15_000 }),
      (all, lateness) => {
        let eager: readonly Block[] = []
        let lazy: readonly Block[] = []
        for (const one of all.toSorted((a, b) => a.time - b.time)) {
          const block = blockOf(one, sayingOf(one.type))
          eager = folded(inserted(eager, block), one.time - lateness, LIMITS)
          lazy = kept(inserted(lazy, block), one.time - lateness, LIMITS)
          if (lazy.length > eager.length) waited++
        }
        expect(folded(lazy, BEGIN + 90_000 - lateness, LIMITS)).toEqual(
          folded(eager, BEGIN + 90_000 - lateness, LIMITS),
        )
      },
    ),
  )
  expect(waited).toBeGreaterThan(50)
})

test('joined in any grouping', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 3, maxLength: 20 }), fc.nat(), fc.nat(), (all, x, y) => {
      const blocks = all.map((one) => blockOf(one, sayingOf(one.type)))
      const whole = joined(blocks, 0, blocks.length)
      const [a, b] = [1 + (x % (blocks.length - 2)), 1 + (y % (blocks.length - 1))]
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const parts = [[0, low] as const, [low, high] as const, [high, blocks.length] as const]
        .filter(([from, to]) => from < to)
        .map(([from, to]) => joined(blocks, from, to))
      expect(joined(parts.toReversed(), 0, parts.length)).toEqual(whole)
    }),
  )
})

test('a session lists its first five hundred products, however many events there are', () => {
  const chain = given(sessionize)
  for (let i = 0; i < 1300; i++) {
    const product = `p${String((i * 577) % 1300).padStart(4, '0')}`
    const at = BEGIN + i * 1000
    chain.when(event(`${iso(at)} product.viewed`, { product_id: product })).at(at - 10_000)
  }
  expect(chain.now().lanes[0]?.blocks.length).toBeLessThan(30)
  const [draft] = chain.timePasses(iso(BEGIN + 120 * MINUTE_MS)).emitted()
  const first = Array.from({ length: 500 }, (_, i) => `p${String(i).padStart(4, '0')}`)
  expect(draft?.data).toMatchObject({ events: 1300, types: { 'product.viewed': 1300 }, products: first })
})
