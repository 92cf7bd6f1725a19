/**
 * Keys and changes as one argument of a script each: a client takes longer for every argument than Redis does for the key in it.
 *
 * What is packed is a copy. A client may send a call again after it has told its caller that it failed, and by then the caller has
 * written something else into its buffer.
 */
import type { StateChange, StateChanges } from '../../runtime/ports/state-store.ts'

/** Bytes that a change takes beside its key and its value: two lengths and a due time. */
const CHANGE_BYTES = 16
/** UTF-8 takes at most this many bytes for a UTF-16 unit. */
const UNIT_BYTES_MAX = 3

/** As `load.lua` takes them. */
export function packKeys(keys: readonly string[]): Buffer {
  let bound = 0
  for (const key of keys) bound += 4 + UNIT_BYTES_MAX * key.length
  const packed = Buffer.allocUnsafe(bound)
  let at = 0
  for (const key of keys) at = packKey(packed, at, key)
  return packed.subarray(0, at)
}

/** As `apply.lua` takes them: of a key that comes twice only the later change. */
export function packChanges({ buffer, changes }: StateChanges): Buffer {
  let bound = 0
  for (const { key, start, end } of changes)
    bound += CHANGE_BYTES + UNIT_BYTES_MAX * key.length + (end < 0 ? 0 : end - start)
  const packed = Buffer.allocUnsafe(bound)
  const seen = new Set<string>()
  let at = 0
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i] as StateChange
    const known = seen.size
    if (seen.add(change.key).size > known) at = packChange(packed, at, change, buffer)
  }
  return packed.subarray(0, at)
}

function packChange(
  packed: Buffer,
  from: number,
  { key, start, end, due }: StateChange,
  values: Buffer,
): number {
  let at = packKey(packed, from, key)
  at = packed.writeDoubleBE(due ?? Number.NaN, at)
  at = packed.writeInt32BE(end < 0 ? -1 : end - start, at)
  return end < 0 ? at : at + values.copy(packed, at, start, end)
}

function packKey(packed: Buffer, at: number, key: string): number {
  const bytes = packed.write(key, at + 4)
  packed.writeUInt32BE(bytes, at)
  return at + 4 + bytes
}
