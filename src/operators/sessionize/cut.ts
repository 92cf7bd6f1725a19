/**
 * The cut: which of a person's open blocks, sorted by time, make one session (S1), and when it closes.
 *
 * Why blocks at or below the watermark may be joined for good, and why closed sessions need not be remembered:
 * 1. The first open session [s, e] is due at min(e + gap + 1, s + max), and what is due is closed before the next event steps. So
 *    s + max lies above the watermark, also for a session that a late event forms (else it is late), and also after a merge,
 *    since each of the two people keeps to it. Later sessions start later.
 * 2. So every cut by `max` that is still to come lies above the watermark: it can never fall between two blocks below it. And a
 *    silence within `gap` only gets shorter. Hence joining them is exact, and a person's state is one block nearly always.
 * 3. A late event that would have fallen into a closed session forms a session with what is open, or is late by 1.
 */
import type { DurationMs, EpochMs } from '../../model/time.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import { joined, type Block } from './block.ts'

/** Blocks that may wait to be joined. A session of nine events costs 0.22 us an event with 8, and 0.31 if each is joined as it comes. */
const UNJOINED_MAX = 8

export interface Limits {
  readonly gapMs: DurationMs
  readonly maxMs: DurationMs
}

/** A session within a sorted list of blocks: those at indexes below `end`, from the end of the session in front of it on. */
export interface Cut {
  readonly end: number
  /** The watermark at which it closes: 1 ms behind the gap, or when `max` is reached. */
  readonly due: EpochMs
}

/** Event time of the last event. */
export const endOf = ({ from, spanMs }: Block): EpochMs => from + spanMs

/** The session that begins with the block at `start`. */
export function cutAt(blocks: readonly Block[], start: number, { gapMs, maxMs }: Limits): Cut {
  const first = blocks[start] as Block
  const border = first.from + maxMs
  let last = endOf(first)
  let end = start + 1
  for (; end < blocks.length; end++) {
    const next = blocks[end] as Block
    if (next.from - last > gapMs || next.from >= border) break
    last = Math.max(last, endOf(next))
  }
  return { end, due: Math.min(last + gapMs + 1, border) }
}

/** Where a block belongs: behind those that begin at its time or before. */
export function placeOf(blocks: readonly Block[], from: EpochMs): number {
  let at = blocks.length
  while (at > 0 && (blocks[at - 1] as Block).from > from) at--
  return at
}

/** When the session closes that holds the block at `index`. */
export function dueOf(blocks: readonly Block[], index: number, limits: Limits): EpochMs {
  let cut = cutAt(blocks, 0, limits)
  while (cut.end <= index) cut = cutAt(blocks, cut.end, limits)
  return cut.due
}

/** Joins neighbours of one session of which all end at or below `upTo`. */
export function folded(blocks: readonly Block[], upTo: EpochMs, limits: Limits): readonly Block[] {
  const result: Block[] = []
  let start = 0
  while (start < blocks.length) {
    const { end } = cutAt(blocks, start, limits)
    while (start < end) {
      let behind = start + 1
      if (endOf(blocks[start] as Block) <= upTo)
        while (behind < end && endOf(blocks[behind] as Block) <= upTo) behind++
      result.push(joined(blocks, start, behind))
      start = behind
    }
  }
  return result.length === blocks.length ? blocks : result
}

/**
 * What is kept of the blocks. Joining costs by the block, putting one beside the others next to nothing: so it is done for every
 * eighth. Where the watermark stands still while events pour in, sessions are joined as they are cut now, which is off only where
 * `max` cuts and an earlier event is still to come; and of too many sessions the oldest fall out.
 */
export function kept(blocks: readonly Block[], watermark: EpochMs, limits: Limits): readonly Block[] {
  const { length } = blocks
  if (length % UNJOINED_MAX !== 0 && length <= INSTANCES_PER_PERSON_MAX) return blocks
  const settled = folded(blocks, watermark, limits)
  if (settled.length <= INSTANCES_PER_PERSON_MAX) return settled
  const sessions = folded(blocks, Number.MAX_SAFE_INTEGER, limits)
  return sessions.slice(Math.max(0, sessions.length - INSTANCES_PER_PERSON_MAX))
}
