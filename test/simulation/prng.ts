/** Chance from a seed: xoshiro128** on 32-bit integers. Probabilities are ratios, so that every machine draws the same. */
export interface Prng {
  u32(): number
  /** An integer in [0, n). */
  below(n: number): number
  /** An integer in [from, to]. */
  between(from: number, to: number): number
  /** True in `hits` of `of` cases. */
  chance(hits: number, of: number): boolean
  pick<T>(list: readonly T[]): T
  /** Some of the list, in its order: each with an even chance. */
  some<T>(list: readonly T[]): T[]
  /** By weight; a weight of 0 is never drawn. */
  weighted<T>(list: readonly (readonly [number, T])[]): T
  /** Another stream, so that one part's draws do not move those of another. */
  fork(): Prng
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))

/** splitmix32: spreads a small seed over the whole state. */
function spread(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
}

export function prngOf(seed: number): Prng {
  const draw = spread(seed)
  let a = draw()
  let b = draw()
  let c = draw()
  let d = draw() | 1
  const u32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
  const below = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 0xffffffff) throw new Error(`nothing below ${n}`)
    return u32() % n
  }
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  return {
    u32,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (hits, of) => below(of) < hits,
    pick,
    some: (list) => list.filter(() => below(2) === 0),
    weighted(list) {
      const total = list.reduce((sum, [weight]) => sum + weight, 0)
      let left = below(total)
      for (const [weight, value] of list) {
        if (left < weight) return value
        left -= weight
      }
      throw new Error('weights are integers')
    },
    fork: () => prngOf(u32()),
  }
}
