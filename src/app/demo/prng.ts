/** A seeded generator of chance (sfc32): the same seed gives the same numbers on every machine. */
export interface Chance {
  /** From 0 to 1, 1 excluded. */
  next(): number
  /** A whole number, both ends included. */
  between(from: number, to: number): number
  /** True in `percent` of 100. */
  percent(percent: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
}

/** Chance for one purpose: equal words give equal chance, different ones unrelated chance. */
export function chanceOf(...words: readonly (string | number)[]): Chance {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (const char of words.join('\n')) {
    a = Math.imul(a ^ (char.codePointAt(0) ?? 0), 0x01000193)
    next()
  }
  for (let i = 0; i < 12; i++) next()
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    percent: (percent) => next() * 100 < percent,
    pick: (list) => list[between(0, list.length - 1)] ?? list[0],
  }
}
