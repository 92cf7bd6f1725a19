/** What warmth remembers of a person, and its bytes. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { type Decayed, decodeDecayed, encodeDecayed } from '../../model/decay.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'

export const COLD = 0
export const WARM = 1
export const HOT = 2
export type Level = typeof COLD | typeof WARM | typeof HOT

/** An event with what it adds. */
export interface Note {
  readonly at: EpochMs
  readonly type: string
  readonly amount: number
}

/** What the events of one type added. */
export interface Sum {
  readonly type: string
  readonly sum: Decayed
}

/** Everything older than the notes. */
export interface Past {
  /** Up to when its level is known: nothing older raises it any more. */
  readonly at: EpochMs
  readonly level: Level
  /** Sorted by type. */
  readonly sums: readonly Sum[]
}

export interface WarmthState {
  /** Under which `past` was summed up; 0: nothing was. */
  readonly halfLifeMs: DurationMs
  readonly past: Past
  /** By time, then type, then amount. */
  readonly notes: readonly Note[]
  /** What the timer is set to: 1 ms behind the first note to come that makes the person hot. Undefined: there is no timer. */
  readonly armed: EpochMs | undefined
}

export const NO_PAST: Past = { at: -(2 ** 50), level: COLD, sums: [] }
const EMPTY: WarmthState = { halfLifeMs: 0, past: NO_PAST, notes: [], armed: undefined }

/** Types are written once: notes of one person name the same ones. */
function typesIn({ past, notes }: WarmthState): readonly string[] {
  return [...new Set([...past.sums.map(({ type }) => type), ...notes.map(({ type }) => type)])].sort()
}

function encode(state: WarmthState, writer: ByteWriter): void {
  const { halfLifeMs, past, notes, armed } = state
  writer.uint(halfLifeMs)
  writer.bool(armed !== undefined)
  if (armed !== undefined) writer.int(armed)
  const types = typesIn(state)
  const numbers = new Map(types.map((type, i) => [type, i]))
  writer.uint(types.length)
  for (const type of types) writer.text(type)
  writer.int(past.at)
  writer.byte(past.level)
  writer.uint(past.sums.length)
  for (const { type, sum } of past.sums) {
    writer.uint(numbers.get(type) as number)
    encodeDecayed(sum, writer)
  }
  writer.uint(notes.length)
  let last = 0
  for (const { at, type, amount } of notes) {
    writer.int(at - last)
    last = at
    writer.uint(numbers.get(type) as number)
    writer.value(amount)
  }
}

function decode(reader: ByteReader, version: number): WarmthState {
  knownVersion('the state of warmth', version, 1)
  const halfLifeMs = reader.uint()
  const armed = reader.bool() ? reader.int() : undefined
  const types: string[] = []
  for (let left = reader.uint(); left > 0; left--) types.push(reader.text())
  const pastAt = reader.int()
  const level = reader.byte() as Level
  const sums: Sum[] = []
  for (let left = reader.uint(); left > 0; left--)
    sums.push({ type: types[reader.uint()] as string, sum: decodeDecayed(reader) })
  const notes: Note[] = []
  let at = 0
  for (let left = reader.uint(); left > 0; left--) {
    at += reader.int()
    notes.push({ at, type: types[reader.uint()] as string, amount: reader.value() as number })
  }
  return { halfLifeMs, past: { at: pastAt, level, sums }, notes, armed }
}

export const warmthState: StateShape<WarmthState> = { version: 1, initial: () => EMPTY, encode, decode }
