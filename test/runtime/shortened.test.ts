/** Outputs that would be too large: what of them is still said. */
import { expect, test } from '@jest/globals'
import type { Json } from '../../src/model/event.ts'
import { shortened } from '../../src/runtime/shortened.ts'

const upTo =
  (most: number) =>
  (data: Json): boolean =>
    JSON.stringify(data).length <= most

test('the longest list loses its end, and the rest is counted', () => {
  const lines = Array.from({ length: 16 }, (_, i) => ({ product_id: `${i}`.padStart(100, 'p') }))
  const data = { trigger: 'cart', lines, few: [1, 2, 3] }
  expect(shortened(data, upTo(700))).toEqual({
    trigger: 'cart',
    lines: lines.slice(0, 4),
    few: [1, 2, 3],
    more: { lines: 12 },
  })
})

test('texts, and what lies deep, are shortened where they stand', () => {
  const data = {
    content: { params: { text: 'x'.repeat(1000), name: 'Ann' } },
    one: [{ id: 'y'.repeat(400) }],
  }
  expect(shortened(data, upTo(400))).toEqual({
    content: { params: { text: 'x'.repeat(125), name: 'Ann' } },
    one: [{ id: 'y'.repeat(100) }],
    more: { 'content.params.text': 875, 'one.0.id': 300 },
  })
})

test('a mapping with very many names loses the last of them', () => {
  const traits = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`trait-${i}`, i]))
  const said = shortened({ traits }, upTo(1000))
  expect(said['more']).toEqual({ traits: 50 })
  expect(Object.keys(said['traits'] as Json)).toEqual(Object.keys(traits).slice(0, 50))
})

test('where that does not help lists and mappings are empty', () => {
  const flat = Object.fromEntries(Array.from({ length: 40 }, (_, i) => ['n'.repeat(90) + i, i]))
  expect(shortened({ trigger: 'cart', flat }, upTo(100))).toEqual({ trigger: 'cart', flat: {}, cut: true })
})
