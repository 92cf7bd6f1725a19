/** What a run of seeds is made of, averaged: whether the workload still goes where the rules are. */
import { oracle } from './oracle.ts'
import { workloadOf } from './workload.ts'

export interface Survey {
  readonly seeds: number
  readonly slowestMs: number
  readonly totalMs: number
  /** Per quantity: its average, and in how many of 100 seeds there is any. */
  readonly table: readonly { readonly what: string; readonly average: number; readonly percent: number }[]
  /** Open questions, and in how many seeds each came up. */
  readonly unsettled: ReadonlyMap<string, number>
  readonly settledSeeds: number
}

export function survey(seeds: number, now: () => number): Survey {
  const sums = new Map<string, { sum: number; seeds: number }>()
  const unsettled = new Map<string, number>()
  let settledSeeds = 0
  let slowestMs = 0
  const startedAt = now()
  const add = (what: string, value: number): void => {
    const known = sums.get(what) ?? { sum: 0, seeds: 0 }
    sums.set(what, { sum: known.sum + value, seeds: known.seeds + (value > 0 ? 1 : 0) })
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const from = now()
    const { document, lines, until } = workloadOf(seed)
    const result = oracle(document, lines, until === undefined ? {} : { until })
    slowestMs = Math.max(slowestMs, now() - from)
    for (const [what, value] of Object.entries(result.summary)) {
      if (typeof value === 'number') add(what, value)
      else
        for (const [reason, n] of Object.entries(value as Record<string, number>)) add(`${what} ${reason}`, n)
    }
    for (const what of result.unsettled) unsettled.set(what, (unsettled.get(what) ?? 0) + 1)
    if (result.unsettled.length === 0) settledSeeds++
  }
  return {
    seeds,
    slowestMs,
    totalMs: now() - startedAt,
    table: [...sums].map(([what, { sum, seeds: n }]) => ({
      what,
      average: Math.round((sum * 100) / seeds) / 100,
      percent: Math.round((n * 100) / seeds),
    })),
    unsettled,
    settledSeeds,
  }
}
