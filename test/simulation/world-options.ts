/** What a world is like, drawn from its seed: any kind of trouble may be there or not, so that each seed is a small world of its own. */
import type { ProfileBounds } from '../../src/runtime/profile-stage.ts'
import type { Prng } from './prng.ts'

/** A chance of `hits` in `of`; no hits: never. */
export interface Ratio {
  readonly hits: number
  readonly of: number
}

export interface WorldOptions {
  readonly partitions: number
  /** Processes that share the tasks. */
  readonly processes: number
  /** Records of a turn: drawn up to this for each turn. */
  readonly turnRecordsMax: number
  /** Lines that the upstream appends at once, at most. */
  readonly appendLinesMax: number
  /** How often each task has its turn, the gate first: late partitions and a gate that runs ahead come of it. */
  readonly weights: readonly number[]
  /** Per step: a task stands still, for up to so many steps. */
  readonly standStill: Ratio
  readonly standStillStepsMax: number
  /** Per call of a task: the process dies before or behind it. */
  readonly crash: Ratio
  /** Per call of a task: it fails, and may have had its effect. */
  readonly failure: Ratio
  /** Per step: a task goes to another process, and the old one may not know. */
  readonly rebalance: Ratio
  /** Per step: the store goes back to a copy of itself, or loses everything. */
  readonly storeLoss: Ratio
  readonly pageChangesMax: number
  /** Overwritten records that a changelog holds: with few of them, deletions are soon told no more. */
  readonly compactBeyond: number
  readonly bounds: ProfileBounds
}

const never: Ratio = { hits: 0, of: 1 }
const once = (of: number): Ratio => ({ hits: 1, of })

export function drawOptions(prng: Prng): WorldOptions {
  const partitions = prng.weighted([
    [1, 1],
    [2, 2],
    [2, 3],
    [1, 4],
    [1, 5],
  ] as const)
  const trouble = (...ofs: readonly number[]): Ratio => (prng.chance(1, 3) ? never : once(prng.pick(ofs)))
  return {
    partitions,
    processes: prng.between(1, 3),
    turnRecordsMax: prng.pick([1, 4, 10, 30, 100, 500]),
    appendLinesMax: prng.pick([1, 5, 20, 60, 400]),
    weights: Array.from({ length: partitions + 1 }, () => prng.pick([1, 4, 4, 16])),
    standStill: trouble(20, 60, 200),
    standStillStepsMax: prng.pick([20, 100, 400]),
    crash: trouble(30, 100, 300, 1000),
    failure: trouble(30, 100, 300, 1000),
    rebalance: trouble(40, 120, 400),
    storeLoss: trouble(30, 100, 400),
    pageChangesMax: prng.pick([1, 2, 5, 2000]),
    compactBeyond: prng.pick([0, 3, 20, 200, 20_000]),
    bounds: {
      // Few enough that people rest, and rest again, in every world.
      activePersonsMax: 2,
      cachedPersonsMax: prng.pick([0, 1, 3, 10, 1000]),
      timersPerFoldMax: prng.pick([1, 3, 1000, 1000]),
      bytesPerFoldMax: prng.pick([1, 1000, 10_000, 8_000_000, 8_000_000, 8_000_000]),
    },
  }
}

/** In one line. */
export function describeOptions(options: WorldOptions): string {
  const text = (value: unknown): string => JSON.stringify(value).replaceAll('"', '')
  return Object.entries(options)
    .map(([name, value]) => `${name} ${text(value)}`)
    .join(', ')
}
