/** What segments remembers of a person, and its bytes. */
import { readList, writeList } from '../../model/byte-lists.ts'
import type { ByteReader } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'

/** A moment at which the conditions are asked. */
export interface Waiting {
  readonly at: EpochMs
  /** The person did something then: days are counted from it. */
  readonly own: boolean
}

export interface Change {
  readonly at: EpochMs
  readonly segment: string
  readonly entered: boolean
}

export interface SegmentsState {
  /** Segments that the person is in, sorted. */
  readonly members: readonly string[]
  /** Rising, one of each moment. */
  readonly waiting: readonly Waiting[]
  /** By time, then by segment. */
  readonly changes: readonly Change[]
  /** Newest event of the person among the moments that were judged; undefined: none was. */
  readonly seenAt: EpochMs | undefined
  /** Newest moment that was judged. */
  readonly judgedAt: EpochMs | undefined
}

const EMPTY: SegmentsState = {
  members: [],
  waiting: [],
  changes: [],
  seenAt: undefined,
  judgedAt: undefined,
}

const optional = (reader: ByteReader): EpochMs | undefined => (reader.bool() ? reader.int() : undefined)

export const segmentsState: StateShape<SegmentsState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ members, waiting, changes, seenAt, judgedAt }, writer) {
    for (const at of [seenAt, judgedAt]) {
      writer.bool(at !== undefined)
      if (at !== undefined) writer.int(at)
    }
    writeList(writer, members, (segment) => writer.text(segment))
    writeList(writer, waiting, ({ at, own }) => {
      writer.int(at)
      writer.bool(own)
    })
    writeList(writer, changes, ({ at, segment, entered }) => {
      writer.int(at)
      writer.text(segment)
      writer.bool(entered)
    })
  },
  decode(reader, version) {
    knownVersion('the state of segments', version, 1)
    const seenAt = optional(reader)
    const judgedAt = optional(reader)
    const members = readList(reader, () => reader.text())
    const waiting = readList(reader, (): Waiting => ({ at: reader.int(), own: reader.bool() }))
    const changes = readList(
      reader,
      (): Change => ({ at: reader.int(), segment: reader.text(), entered: reader.bool() }),
    )
    return { members, waiting, changes, seenAt, judgedAt }
  },
}
