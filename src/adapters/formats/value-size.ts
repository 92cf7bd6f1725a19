/** How much a value takes once it is written out, counted without writing it: what comes in few bytes may be made into very many. */

import { NESTING_MAX } from '../../model/limits.ts'

/** Two for the envelope around the data. */
const DEPTH_MAX = NESTING_MAX + 2
/** A tag, and a length. */
const FRAME_BYTES = 5
const NUMBER_BYTES = 9

/**
 * What is left of `room` bytes when `ByteWriter.value` has written a value; below 0: it does not fit, by some bytes or by all. Nothing
 * behind the end of the room is looked at, nor what is nested deeper than any event may be.
 */
export function roomBehind(value: unknown, room: number, depth = 0): number {
  if (typeof value === 'string') return room - FRAME_BYTES - Buffer.byteLength(value)
  if (typeof value === 'number') return room - NUMBER_BYTES
  if (typeof value !== 'object' || value === null) return room - 1
  let left = room - FRAME_BYTES
  if (depth > DEPTH_MAX) return left
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left >= 0; i++) left = roomBehind(value[i], left, depth + 1)
    return left
  }
  for (const name in value) {
    if (left < 0) return left
    left -= FRAME_BYTES + Buffer.byteLength(name)
    left = roomBehind((value as Record<string, unknown>)[name], left, depth + 1)
  }
  return left
}
