/** Bytes by number, against a map. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Slab } from '../../../src/operators/identity/slab.ts'

function bytesOf(slab: Slab, number: number): Buffer {
  slab.seek(number)
  return slab.buffer.subarray(slab.start, slab.end)
}

describe('slab', () => {
  test('has what was set last, through chunks that are filled and emptied', () => {
    const step = fc.record({
      number: fc.nat(40),
      size: fc.constantFrom(0, 1, 8, 9, 100_000, 400_000, 1_100_000),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const slab = new Slab()
        const sizes = new Map<number, { readonly size: number; readonly fill: number }>()
        steps.forEach(({ number, size }, fill) => {
          slab.set(number, Buffer.alloc(size + 3, fill), 2, size + 2)
          sizes.set(number, { size, fill })
        })
        for (const [number, { size, fill }] of sizes) {
          const bytes = bytesOf(slab, number)
          expect(bytes.length).toBe(size)
          expect(bytes.every((byte) => byte === fill)).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('what is replaced again and again takes no more memory than a few chunks', () => {
    const slab = new Slab()
    const bytes = Buffer.alloc(1000, 7)
    for (let i = 0; i < 200_000; i++) slab.set(i % 100, bytes, 0, bytes.length)
    expect(slab.memoryBytes).toBeLessThan(4 * 1024 * 1024)
    expect(bytesOf(slab, 99)).toEqual(bytes)
  })

  test('a number that was never set has nothing', () => {
    const slab = new Slab()
    expect(slab.has(5)).toBe(false)
    expect(() => slab.seek(5)).toThrow()
  })
})
