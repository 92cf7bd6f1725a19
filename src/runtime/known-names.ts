/**
 * Lists of identifiers found by their bytes. A person's events carry the same names again and again; as bytes they are compared in
 * 40 ns, where making their texts and asking for the owner of each costs 500.
 *
 * 1. What is found was decoded and judged when it came first: the same bytes are the same names, and as valid.
 * 2. Bounded: who came longest ago in a set of {@link WAYS} makes room.
 */
import { hashOfBytes, sameBytes, viewOf } from '../model/byte-words.ts'
import type { Identifier } from '../model/identifiers.ts'
import type { Known } from '../operators/identity/known.ts'

/** The identifiers of an event, and whom the gate last knew by them. */
export interface Names {
  readonly identifiers: readonly Identifier[]
  /** Of the person; to be asked whether it still holds. */
  known: Known | undefined
}

/** Not kept. */
export function namesOf(identifiers: readonly Identifier[]): Names {
  return { identifiers, known: undefined }
}

export interface KnownNames {
  /** Those of `[start, end)`; undefined: they are to be decoded and judged, and kept. */
  find(view: DataView, start: number, end: number): Names | undefined
  keep(buffer: Buffer, view: DataView, start: number, end: number, identifiers: readonly Identifier[]): Names
}

/** Longer lists are decoded each time. */
const BYTES_MAX = 192
const WAYS = 4
/** 8,192 lists: 1.5 MB of bytes. */
const SETS_FIRST = 2048
/** 65,536 lists: 12 MB of bytes, and about 30 of texts. */
const SETS_MAX = 16_384

export function createKnownNames(): KnownNames {
  let sets = SETS_FIRST
  let bytes = Buffer.alloc(0)
  let view = viewOf(bytes)
  let hashes = new Int32Array(0)
  let sizes = new Uint8Array(0)
  let names: (Names | undefined)[] = []
  /** Lists that made room since the table grew last. */
  let displaced = 0
  let turn = 0

  function clear(): void {
    const slots = sets * WAYS
    bytes = Buffer.allocUnsafe(slots * BYTES_MAX)
    view = viewOf(bytes)
    hashes = new Int32Array(slots)
    sizes = new Uint8Array(slots)
    names = Array.from({ length: slots }, () => undefined)
    displaced = 0
  }

  const firstOf = (hash: number): number => (hash & (sets - 1)) * WAYS

  return {
    find(of, start, end) {
      if (names.length === 0) return undefined
      const hash = hashOfBytes(of, start, end)
      const size = end - start
      const first = firstOf(hash)
      for (let slot = first; slot < first + WAYS; slot++) {
        if (hashes[slot] !== hash || sizes[slot] !== size) continue
        if (sameBytes(of, start, end, view, slot * BYTES_MAX)) return names[slot]
      }
      return undefined
    },
    keep(buffer, of, start, end, identifiers) {
      const made = namesOf(identifiers)
      const size = end - start
      if (size > BYTES_MAX) return made
      if (names.length === 0) clear()
      // Whoever is forgotten comes back at the price of one decoding, so growing may forget everybody.
      if (displaced > sets / 2 && sets < SETS_MAX) {
        sets = SETS_MAX
        clear()
      }
      const hash = hashOfBytes(of, start, end)
      const first = firstOf(hash)
      let slot = first
      while (slot < first + WAYS && names[slot] !== undefined) slot++
      if (slot === first + WAYS) {
        slot = first + (turn++ & (WAYS - 1))
        displaced++
      }
      hashes[slot] = hash
      sizes[slot] = size
      names[slot] = made
      buffer.copy(bytes, slot * BYTES_MAX, start, end)
      return made
    },
  }
}
