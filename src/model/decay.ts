/**
 * Sums that halve with time, exact to the last bit: the same whatever was added first, and however sums of sums were put together.
 *
 * A sum of decayed floating-point numbers depends on the order of adding, and so would every answer that is given from it. Here an amount
 * is a whole number times a power of two: its power says in which half-life it fell, counted from 1970, its factor how far into it.
 * Whole numbers of one half-life add up exactly; powers meet only when somebody asks for the value.
 */
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { DurationMs, EpochMs } from './time.ts'

/** What fell into one half-life, in parts of {@link UNIT}, as at its beginning. */
interface Part {
  readonly half: number
  readonly sum: number
}
/** Rising by half-life. */
export type Decayed = readonly Part[]

export const NOTHING_DECAYED: Decayed = []

const UNIT = 2 ** 30
/** Older parts are less than a sixteen-millionth of what they were. */
const HALVES_KEPT = 24
/** What the bytes can say; no person reaches it. */
const SUM_MAX = 2 ** 51

const bounded = (sum: number): number => Math.min(Math.max(sum, -SUM_MAX), SUM_MAX)

/** One amount, which is whole at `at`. */
export function decayedOf(amount: number, at: EpochMs, halfLifeMs: DurationMs): Decayed {
  const half = Math.floor(at / halfLifeMs)
  const sum = Math.round(amount * 2 ** (at / halfLifeMs - half) * UNIT)
  return sum === 0 ? NOTHING_DECAYED : [{ half, sum: bounded(sum) }]
}

export function addDecayed(a: Decayed, b: Decayed): Decayed {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  const sums = new Map(a.map(({ half, sum }) => [half, sum]))
  for (const { half, sum } of b) sums.set(half, bounded((sums.get(half) ?? 0) + sum))
  const oldest = Math.max(...sums.keys()) - HALVES_KEPT
  return [...sums]
    .filter(([half]) => half > oldest)
    .sort((x, y) => x[0] - y[0])
    .map(([half, sum]): Part => ({ half, sum }))
}

/** What is left of it at `at`. */
export function decayedAt(decayed: Decayed, at: EpochMs, halfLifeMs: DurationMs): number {
  let value = 0
  for (const { half, sum } of decayed) value += (sum * 2 ** (half - at / halfLifeMs)) / UNIT
  return value
}

/** The sum as another half-life has it: worth the same at `at`. */
export const withHalfLife = (
  decayed: Decayed,
  at: EpochMs,
  { fromMs, toMs }: { readonly fromMs: DurationMs; readonly toMs: DurationMs },
): Decayed => decayedOf(decayedAt(decayed, at, fromMs), at, toMs)

export function encodeDecayed(decayed: Decayed, writer: ByteWriter): void {
  writer.uint(decayed.length)
  for (const { half, sum } of decayed) {
    writer.int(half)
    writer.int(sum)
  }
}

export function decodeDecayed(reader: ByteReader): Decayed {
  const parts: Part[] = []
  for (let left = reader.uint(); left > 0; left--) parts.push({ half: reader.int(), sum: reader.int() })
  return parts
}
