/** What is made of the moments at which something was seen. Milliseconds of any one clock. */

export interface Silence {
  readonly from: number
  readonly ms: number
}

/**
 * The longest time without anything, of the part of it that ends behind `from`: it may have begun before.
 * @param moments in order
 */
export function longestSilence(moments: readonly number[], from: number): Silence {
  let longest: Silence = { from, ms: 0 }
  for (let i = 1; i < moments.length; i++) {
    const before = moments[i - 1] as number
    const moment = moments[i] as number
    if (moment >= from && moment - before > longest.ms) longest = { from: before, ms: moment - before }
  }
  return longest
}

/** The smallest value that this share of all does not exceed. @param share 0.5: the median; undefined of nothing */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** Seconds of several runs: `median (least to most)`. */
export function spread(ms: readonly number[]): string {
  const seconds = (value: number | undefined): string => ((value ?? Number.NaN) / 1000).toFixed(2)
  if (ms.length === 0) return ''
  return `${seconds(quantile(ms, 0.5))} (${seconds(quantile(ms, 0))} to ${seconds(quantile(ms, 1))})`
}
