/** The step of nearly every event is the general one, shortened: both give the same blocks. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { blockOf, type Block } from '../../../src/operators/sessionize/block.ts'
import { bounded, cutAt, folded, placeOf, prolonged } from '../../../src/operators/sessionize/cut.ts'
import { event, time } from '../../support/given.ts'

const LIMITS = { gapMs: 10_000, maxMs: 40_000 }
const BEGIN = time('10:00')

const happening = fc.record({
  at: fc.integer({ min: 0, max: 60_000 }),
  behind: fc.integer({ min: -2000, max: 15_000 }),
  type: fc.constantFrom('product.viewed', 'product.added', 'page.viewed', 'order.completed'),
  product: fc.constantFrom('p1', 'p2', 'p3'),
  currency: fc.constantFrom('EUR', 'DKK', undefined),
})

test('an event that prolongs the open session, the short way and the long', () => {
  let short = 0
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (all) => {
      let blocks: readonly Block[] = []
      for (const { at, behind, type, product, currency } of all.toSorted((a, b) => a.at - b.at)) {
        const one = event(`10:00 ${type}`, { product_id: product, price: 2, currency })
        const arrived = { ...one, time: BEGIN + at }
        const watermark = arrived.time - behind
        while (blocks.length > 0 && cutAt(blocks, 0, LIMITS).due <= watermark)
          blocks = blocks.slice(cutAt(blocks, 0, LIMITS).end)
        const long = bounded(
          folded(blocks.toSpliced(placeOf(blocks, arrived.time), 0, blockOf(arrived)), watermark, LIMITS),
          LIMITS,
        )
        const quick = blocks.length === 0 ? undefined : prolonged(blocks, arrived, watermark, LIMITS)
        if (quick !== undefined) {
          short++
          expect(quick).toEqual(long)
        }
        blocks = long
      }
    }),
  )
  expect(short).toBeGreaterThan(100)
})
