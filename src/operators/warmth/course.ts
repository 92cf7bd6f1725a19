/**
 * The rule: how warmth and level go with time. Pure, and a function of what is remembered alone: the same whatever order it came in.
 *
 * Between two events warmth only falls, so the lowest that a level has to stand is what is left just before the next event. Events of one
 * moment count together.
 */
import { addDecayed, type Decayed, decayedAt, decayedOf, NOTHING_DECAYED } from '../../model/decay.ts'
import type { EpochMs } from '../../model/time.ts'
import type { WarmthReady } from './config.ts'
import { COLD, HOT, type Level, type Note, type Past, type Sum, WARM } from './state.ts'

/** Types that are named. */
const REASONS_MAX = 5

/** From 0 to 100, to a tenth: a minute of decay is no difference. */
function warmthOf(total: Decayed, at: EpochMs, { halfLifeMs }: WarmthReady): number {
  const value = decayedAt(total, at, halfLifeMs)
  return Math.round(Math.min(Math.max(value, 0), 100) * 10) / 10
}

/** The level that is left when warmth has fallen to a value. */
function lowered(level: Level, value: number, { warm, hot, hysteresis }: WarmthReady): Level {
  if (level === HOT && value >= hot - hysteresis) return HOT
  if (level !== COLD && value >= warm - hysteresis) return WARM
  return COLD
}

/** The level that a value reaches, if it is higher. */
function raised(level: Level, value: number, { warm, hot }: WarmthReady): Level {
  if (value >= hot) return HOT
  return value >= warm && level === COLD ? WARM : level
}

export interface Course {
  readonly total: Decayed
  readonly warmth: number
  readonly level: Level
  /** Moments at which the person became hot, rising. */
  readonly crossings: readonly EpochMs[]
}

const totalOf = (sums: readonly Sum[]): Decayed =>
  sums.reduce((total, { sum }) => addDecayed(total, sum), NOTHING_DECAYED)

/** From the past along the notes, which are in order, up to and at a time. */
export function courseOf(past: Past, notes: readonly Note[], until: EpochMs, ready: WarmthReady): Course {
  let total = totalOf(past.sums)
  let { level } = past
  const crossings: EpochMs[] = []
  for (let i = 0; i < notes.length; ) {
    const { at } = notes[i] as Note
    if (at > until) break
    if (at < past.at) {
      // So many came at once that it is part of the past already: it counts, and raises nothing.
      total = addDecayed(total, decayedOf((notes[i++] as Note).amount, at, ready.halfLifeMs))
      continue
    }
    level = lowered(level, warmthOf(total, at, ready), ready)
    for (; notes[i]?.at === at; i++)
      total = addDecayed(total, decayedOf((notes[i] as Note).amount, at, ready.halfLifeMs))
    const value = warmthOf(total, at, ready)
    const next = raised(lowered(level, value, ready), value, ready)
    if (next === HOT && level !== HOT) crossings.push(at)
    level = next
  }
  const warmth = warmthOf(total, until, ready)
  return { total, warmth, level: lowered(level, warmth, ready), crossings }
}

/** Whether all that is remembered, undecayed, could make anybody hot: of most people it could not, and their course need not be gone through. */
export function mayBeHot(past: Past, notes: readonly Note[], ready: WarmthReady): boolean {
  if (past.level === HOT) return true
  const first = notes[0]?.at ?? past.at
  let most = Math.max(0, decayedAt(totalOf(past.sums), Math.min(first, past.at), ready.halfLifeMs))
  for (const { amount } of notes) if (amount > 0) most += amount
  // A tenth more, since warmth is rounded.
  return most + 0.1 >= ready.hot
}

const byType = (a: Sum, b: Sum): number => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)

/** Sums with more added to them, by type. */
export function withSums(sums: readonly Sum[], more: readonly Sum[]): readonly Sum[] {
  if (more.length === 0) return sums
  const all = new Map(sums.map(({ type, sum }) => [type, sum]))
  for (const { type, sum } of more) all.set(type, addDecayed(all.get(type) ?? NOTHING_DECAYED, sum))
  return [...all].map(([type, sum]): Sum => ({ type, sum })).sort(byType)
}

export const sumsOfNotes = (notes: readonly Note[], { halfLifeMs }: WarmthReady): readonly Sum[] =>
  notes.map(({ at, type, amount }): Sum => ({ type, sum: decayedOf(amount, at, halfLifeMs) }))

export interface Reason {
  readonly type: string
  /** Of all that warms, from 0 to 1. */
  readonly share: number
}

/** The types that warmed most, and by how much of the whole. */
export function reasonsAt(
  past: Past,
  notes: readonly Note[],
  at: EpochMs,
  ready: WarmthReady,
): readonly Reason[] {
  const then = notes.filter((note) => note.at <= at)
  const warming = withSums(past.sums, sumsOfNotes(then, ready))
    .map(({ type, sum }) => ({ type, value: decayedAt(sum, at, ready.halfLifeMs) }))
    .filter(({ value }) => value > 0)
  const whole = warming.reduce((all, { value }) => all + value, 0)
  return warming
    .map(({ type, value }): Reason => ({ type, share: Math.round((value / whole) * 100) / 100 }))
    .sort((a, b) => b.share - a.share || (a.type < b.type ? -1 : 1))
    .slice(0, REASONS_MAX)
}
