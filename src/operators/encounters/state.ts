/** What encounters remembers of a person, and its bytes. */
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

function list<Item>(writer: ByteWriter, items: readonly Item[], write: (item: Item) => void): void {
  writer.uint(items.length)
  for (const item of items) write(item)
}
function read<Item>(reader: ByteReader, item: () => Item): Item[] {
  const items: Item[] = []
  for (let left = reader.uint(); left > 0; left--) items.push(item())
  return items
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
    list(writer, waiting, (encounter) => encodeEncounter(encounter, writer))
    list(writer, moods, feeling)
    list(writer, posts, feeling)
    list(writer, recorded, ({ at, quality }) => {
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
      waiting: read(reader, () => decodeEncounter(reader)),
      moods: read(reader, feeling),
      posts: read(reader, feeling),
      recorded: read(reader, () => ({ at: reader.int(), quality: reader.int() })),
      before: { count: reader.uint(), quality: reader.int() },
    }
  },
}
