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
import { blockOf, join, type Block } from './block.ts'
import type { StreamEvent } from '../../model/event.ts'

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

/** The session that begins with the block at `start`. */
export function cutAt(blocks: readonly Block[], start: number, { gapMs, maxMs }: Limits): Cut {
  const first = blocks[start] as Block
  const border = first.from + maxMs
  let last = first.to
  let end = start + 1
  for (; end < blocks.length; end++) {
    const next = blocks[end] as Block
    if (next.from - last > gapMs || next.from >= border) break
    if (next.to > last) last = next.to
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

/** Joins neighbours of one session of which both end at or below `upTo`. */
export function folded(blocks: readonly Block[], upTo: EpochMs, limits: Limits): readonly Block[] {
  const result: Block[] = []
  for (let start = 0; start < blocks.length; ) {
    const { end } = cutAt(blocks, start, limits)
    let open = blocks[start] as Block
    for (let i = start + 1; i < end; i++) {
      const next = blocks[i] as Block
      if (open.to <= upTo && next.to <= upTo) open = join(open, next)
      else {
        result.push(open)
        open = next
      }
    }
    result.push(open)
    start = end
  }
  return result.length === blocks.length ? blocks : result
}

/**
 * What is kept when the watermark stands still while events pour in: sessions are joined as they are cut now, which is off only
 * where `max` cuts and an earlier event is still to come; and of too many sessions the oldest fall out.
 */
export function bounded(blocks: readonly Block[], limits: Limits): readonly Block[] {
  if (blocks.length <= INSTANCES_PER_PERSON_MAX) return blocks
  const joined = folded(blocks, Number.MAX_SAFE_INTEGER, limits)
  return joined.slice(Math.max(0, joined.length - INSTANCES_PER_PERSON_MAX))
}

/**
 * The step of nearly every event: the newest of the person's one open session, on time, which it prolongs. The same as putting its block
 * behind the others and folding them (a test holds the two together), in one walk. Undefined: it is no such event.
 */
export function prolonged(
  blocks: readonly Block[],
  event: StreamEvent,
  watermark: EpochMs,
  limits: Limits,
): readonly Block[] | undefined {
  const { time } = event
  const { gapMs, maxMs } = limits
  let open = blocks[0] as Block
  const border = open.from + maxMs
  let last = open.to
  if (time < watermark || time < last || time >= border) return undefined
  let front: Block[] | undefined
  for (let i = 1; i < blocks.length; i++) {
    const next = blocks[i] as Block
    if (next.from - last > gapMs || next.to > time) return undefined
    if (next.to > last) last = next.to
    if (open.to <= watermark && next.to <= watermark) open = join(open, next)
    else {
      if (front === undefined) front = [open]
      else front.push(open)
      open = next
    }
  }
  if (time - last > gapMs) return undefined
  const newest = blockOf(event)
  if (open.to <= watermark && time <= watermark) open = join(open, newest)
  else if (front === undefined) return [open, newest]
  else {
    front.push(open)
    open = newest
  }
  if (front === undefined) return [open]
  front.push(open)
  return bounded(front, limits)
}

/** The blocks of one session as one. */
export function joined(blocks: readonly Block[], end: number): Block {
  let session = blocks[0] as Block
  for (let i = 1; i < end; i++) session = join(session, blocks[i] as Block)
  return session
}
