/** What was put somewhere stays there, until its place is given back. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Slabs } from '../../src/model/slabs.ts'

function fill(slabs: Slabs, place: number, length: number, byte: number): void {
  const start = slabs.startOf(place)
  slabs.pageOf(place).fill(byte, start, start + length)
}

function holds(slabs: Slabs, place: number, length: number, byte: number): boolean {
  const start = slabs.startOf(place)
  const bytes = slabs.pageOf(place).subarray(start, start + length)
  return slabs.lengthOf(place) === length && bytes.length === length && bytes.every((one) => one === byte)
}

const lengths = fc.oneof(
  fc.nat(80),
  fc.nat(5000),
  fc.constantFrom(0, 11, 12, 13, 65_531, 65_532, 65_533, 200_000),
)

describe('slabs', () => {
  test('pieces do not touch each other, whatever is taken and given back', () => {
    const act = fc.record({
      kind: fc.constantFrom('take', 'take', 'instead', 'back'),
      length: lengths,
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        const slabs = new Slabs()
        const pieces: { place: number; length: number; byte: number }[] = []
        acts.forEach(({ kind, length, which }, i) => {
          const old = kind === 'take' ? undefined : pieces.splice(which % Math.max(1, pieces.length), 1)[0]
          if (kind === 'back') {
            if (old !== undefined) slabs.giveBack(old.place)
            return
          }
          const piece = { place: slabs.takeInstead(old?.place ?? -1, length), length, byte: i % 251 }
          fill(slabs, piece.place, length, piece.byte)
          pieces.push(piece)
        })
        for (const { place, length, byte } of pieces) expect(holds(slabs, place, length, byte)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('every length has room, and not much more than it needs', () => {
    for (const length of [...Array.from({ length: 3000 }, (_, i) => i), 60_000, 65_532, 65_533, 1 << 21]) {
      const slabs = new Slabs()
      const places = Array.from({ length: 4 }, () => slabs.take(length))
      places.forEach((place, i) => fill(slabs, place, length, i + 1))
      places.forEach((place, i) => expect(holds(slabs, place, length, i + 1)).toBe(true))
    }
    const many = new Slabs()
    for (let i = 0; i < 10_000; i++) many.take(300)
    expect(many.bytes).toBeLessThan(10_000 * 300 * 1.2 + (1 << 20))
  })

  test('what is given back is taken again, and a clear leaves nothing', () => {
    const slabs = new Slabs()
    const places = Array.from({ length: 1000 }, () => slabs.take(300))
    const { bytes } = slabs
    const given = places.filter((_, i) => i % 2 === 0)
    for (const place of given) slabs.giveBack(place)
    expect(new Set(given.map(() => slabs.take(290)))).toEqual(new Set(given))
    const large = slabs.take(1 << 20)
    slabs.giveBack(large)
    expect([slabs.bytes, slabs.take(1 << 20)]).toEqual([bytes, large])
    slabs.clear()
    expect(slabs.bytes).toBe(0)
  })

  test('a page goes with the last of its rooms, and comes back as one of any size', () => {
    const slabs = new Slabs()
    const round = (length: number): number => {
      const places = Array.from({ length: 500 }, () => slabs.take(length))
      places.forEach((place, i) => fill(slabs, place, length, i % 251))
      places.forEach((place, i) => expect(holds(slabs, place, length, i % 251)).toBe(true))
      const { bytes } = slabs
      for (const place of places.toSorted((a, b) => (a % 7) - (b % 7))) slabs.giveBack(place)
      return bytes
    }
    expect(round(2000)).toBeGreaterThan(1_000_000)
    // The one that rooms are cut from stays.
    expect(slabs.bytes).toBeLessThanOrEqual(1 << 19)
    for (const length of [100, 40_000, 700, 1, 2000]) round(length)
    expect(slabs.bytes).toBeLessThanOrEqual(1 << 20)
  })

  test('pieces that grow all at once leave nothing behind of the sizes that they had', () => {
    const slabs = new Slabs()
    const places = Array.from({ length: 2000 }, () => -1)
    for (let length = 100; length <= 3000; length += 50)
      for (let i = 0; i < places.length; i++) {
        places[i] = slabs.takeInstead(places[i] as number, length)
        fill(slabs, places[i] as number, length, i % 251)
      }
    expect(places.every((place, i) => holds(slabs, place, 3000, i % 251))).toBe(true)
    expect(slabs.bytes).toBeLessThan(2 * 2000 * 3000)
  })
})
