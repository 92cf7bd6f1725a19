/** What brief remembers of a person: notes in lanes, and what calls for a brief and waits for the watermark. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { invariant, knownVersion } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { LANES, type Lane, type Note } from './lanes.ts'
import { KINDS } from './notes.ts'

/** An event that calls for a brief. */
export interface Call {
  readonly at: EpochMs
  readonly type: string
  readonly id: string
  readonly about: Json
}

export type Lanes = Readonly<Record<Lane, readonly Note[]>>

export interface BriefState {
  readonly lanes: Lanes
  /** By time, type and id. */
  readonly calls: readonly Call[]
}

const NONE: readonly Note[] = []
export const NO_NOTES = Object.fromEntries(LANES.map((lane) => [lane, NONE])) as unknown as Lanes

function encodeNotes(notes: readonly Note[], writer: ByteWriter): void {
  writer.uint(notes.length)
  let last = 0
  for (const { at, kind, said } of notes) {
    writer.int(at - last)
    writer.uint(kind)
    writer.value(said)
    last = at
  }
}

function decodeNotes(reader: ByteReader): readonly Note[] {
  const notes: Note[] = []
  let last = 0
  for (let left = reader.uint(); left > 0; left--) {
    const at = last + reader.int()
    const kind = reader.uint()
    invariant(kind < KINDS.length, 'a state of brief has a note of no kind')
    notes.push({ at, kind, said: reader.value() as Json })
    last = at
  }
  return notes
}

export const briefState: StateShape<BriefState> = {
  version: 1,
  initial: () => ({ lanes: NO_NOTES, calls: [] }),
  encode({ lanes, calls }, writer) {
    // How many lanes there are, so that one at the end can be added.
    writer.uint(LANES.length)
    for (const lane of LANES) encodeNotes(lanes[lane], writer)
    writer.uint(calls.length)
    for (const { at, type, id, about } of calls) {
      writer.int(at)
      writer.text(type)
      writer.text(id)
      writer.value(about)
    }
  },
  decode(reader, version) {
    knownVersion('the state of brief', version, 1)
    const lanes: Record<string, readonly Note[]> = { ...NO_NOTES }
    const written = reader.uint()
    for (const lane of LANES.slice(0, written)) lanes[lane] = decodeNotes(reader)
    const calls: Call[] = []
    for (let left = reader.uint(); left > 0; left--)
      calls.push({ at: reader.int(), type: reader.text(), id: reader.text(), about: reader.value() as Json })
    return { lanes: lanes as Lanes, calls }
  },
}
