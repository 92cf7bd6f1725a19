/** What encounters remembers of a person, and its bytes. */
import { readList, writeList } from '../../model/byte-lists.ts'
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Encounter, Feeling, Kind } from './encounter.ts'

/** An encounter that was recorded. */
export interface Recorded {
  readonly at: EpochMs
  /** Hundredths, so that sums are exact. */
  readonly quality: number
}

export interface EncountersState {
  /** Those that wait for the watermark to pass their end. By end, then by what they are. */
  readonly waiting: readonly Encounter[]
  /** By time, then by value. */
  readonly moods: readonly Feeling[]
  readonly posts: readonly Feeling[]
  /** By time, then by quality; older ones as their number and the sum of their quality, in hundredths. */
  readonly recorded: readonly Recorded[]
  readonly before: { readonly count: number; readonly quality: number }
}

const EMPTY: EncountersState = {
  waiting: [],
  moods: [],
  posts: [],
  recorded: [],
  before: { count: 0, quality: 0 },
}

function encodeEncounter(encounter: Encounter, writer: ByteWriter): void {
  const { at, from, to, kind, channel, sentiment, converted } = encounter
  writer.int(at)
  writer.int(at - to)
  writer.uint(to - from)
  writer.text(kind)
  writer.optionalText(channel)
  writer.value(sentiment)
  writer.value(converted)
}

function decodeEncounter(reader: ByteReader): Encounter {
  const at = reader.int()
  const to = at - reader.int()
  const from = to - reader.uint()
  const kind = reader.text() as Kind
  const channel = reader.optionalText()
  const sentiment = (reader.value() ?? undefined) as number | undefined
  return {
    at,
    from,
    to,
    kind,
    channel,
    sentiment,
    converted: (reader.value() ?? undefined) as boolean | undefined,
  }
}

export const encountersState: StateShape<EncountersState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ waiting, moods, posts, recorded, before }, writer) {
    const feeling = ({ at, value }: Feeling): void => {
      writer.int(at)
      writer.value(value)
    }
    writeList(writer, waiting, (encounter) => encodeEncounter(encounter, writer))
    writeList(writer, moods, feeling)
    writeList(writer, posts, feeling)
    writeList(writer, recorded, ({ at, quality }) => {
      writer.int(at)
      writer.int(quality)
    })
    writer.uint(before.count)
    writer.int(before.quality)
  },
  decode(reader, version) {
    knownVersion('the state of encounters', version, 1)
    const feeling = (): Feeling => ({ at: reader.int(), value: reader.value() as number })
    return {
      waiting: readList(reader, () => decodeEncounter(reader)),
      moods: readList(reader, feeling),
      posts: readList(reader, feeling),
      recorded: readList(reader, () => ({ at: reader.int(), quality: reader.int() })),
      before: { count: reader.uint(), quality: reader.int() },
    }
  },
}
