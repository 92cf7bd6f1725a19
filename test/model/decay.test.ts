/** Sums that halve with time: exact whatever the order of adding. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import {
  addDecayed,
  type Decayed,
  decayedAt,
  decayedOf,
  decodeDecayed,
  encodeDecayed,
  NOTHING_DECAYED,
  withHalfLife,
} from '../../src/model/decay.ts'
import { DAY_MS } from '../../src/model/time.ts'

const HALF = 30 * DAY_MS
const START = Date.UTC(2026, 4, 4, 10)
const amounts = fc.array(
  fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 900 * DAY_MS })),
  { minLength: 1, maxLength: 20 },
)
const parts = (list: readonly (readonly [number, number])[]): readonly Decayed[] =>
  list.map(([amount, after]) => decayedOf(amount, START + after, HALF))
const sum = (all: readonly Decayed[]): Decayed => all.reduce(addDecayed, NOTHING_DECAYED)

test('halves with each half-life', () => {
  const one = decayedOf(8, START, HALF)
  for (const n of [0, 1, 2, 3]) expect(decayedAt(one, START + n * HALF, HALF)).toBeCloseTo(8 / 2 ** n, 4)
  expect(decayedAt(NOTHING_DECAYED, START, HALF)).toBe(0)
  expect(decayedOf(0, START, HALF)).toBe(NOTHING_DECAYED)
})

test('the order of adding makes no difference, to the last bit', () => {
  fc.assert(
    fc.property(amounts, fc.nat(), (list, by) => {
      const all = parts(list)
      const turned = [...all.slice(by % all.length), ...all.slice(0, by % all.length)].toReversed()
      const half = Math.floor(all.length / 2)
      expect(sum(turned)).toEqual(sum(all))
      expect(addDecayed(sum(all.slice(0, half)), sum(all.slice(half)))).toEqual(sum(all))
    }),
  )
})

test('is what the plain sum is, and comes back from its bytes', () => {
  fc.assert(
    fc.property(amounts, (list) => {
      const at = START + 900 * DAY_MS
      const plain = list.reduce(
        (all, [amount, after]) => all + amount * 2 ** ((after - 900 * DAY_MS) / HALF),
        0,
      )
      const exact = sum(parts(list))
      expect(decayedAt(exact, at, HALF)).toBeCloseTo(plain, 0)
      const writer = new ByteWriter()
      encodeDecayed(exact, writer)
      expect(decodeDecayed(new ByteReader(writer.copy()))).toEqual(exact)
    }),
  )
})

test('what is older than anybody could notice is forgotten', () => {
  const old = decayedOf(1000, START, DAY_MS)
  expect(addDecayed(old, decayedOf(1, START + 30 * DAY_MS, DAY_MS))).toHaveLength(1)
  expect(addDecayed(old, decayedOf(1, START + 20 * DAY_MS, DAY_MS))).toHaveLength(2)
})

test('under another half-life it is worth the same at first', () => {
  const at = START + 10 * DAY_MS
  const faster = withHalfLife(decayedOf(8, START, HALF), at, { fromMs: HALF, toMs: DAY_MS })
  const before = decayedAt(decayedOf(8, START, HALF), at, HALF)
  expect(decayedAt(faster, at, DAY_MS)).toBeCloseTo(before, 4)
  expect(decayedAt(faster, at + DAY_MS, DAY_MS)).toBeCloseTo(before / 2, 4)
})
