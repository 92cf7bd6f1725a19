/**
 * What only some documents need to know of a person: where somebody is, how often an offer went out, what failed. With most it is
 * empty, and then one object and one byte for all of it, so that who does not use it does not pay.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import type { EpochMs } from '../../model/time.ts'
import { type Failure, mergeFailures } from './failures.ts'
import { type Given, mergeGiven } from './lifetime.ts'
import { mergeRuns, type Run } from './onsite.ts'
import { decodeSigns, encodeSigns, mergeSigns, type Sign } from './visits.ts'
import type { OfferReady } from './config.ts'

export interface Extras {
  /** Spans of web and app events without a longer silence than `onsiteWithin`, by time; if some offer goes `onsite`. */
  readonly runs: readonly Run[]
  /** What shows that a visit begins or ends, by time; if some offer goes to the `store`. */
  readonly signs: readonly Sign[]
  /** By id; of offers that have `maxPerPerson`. */
  readonly given: readonly Given[]
  /** In the order in which they are worked off. */
  readonly failures: readonly Failure[]
}

export const NO_EXTRAS: Extras = { runs: [], signs: [], given: [], failures: [] }

/** Counts what falls out of bounded lists while one step is made. */
export interface Tally {
  fellOut: number
}

const isEmpty = ({ runs, signs, given, failures }: Extras): boolean =>
  runs.length === 0 && signs.length === 0 && given.length === 0 && failures.length === 0

/** The one empty object, if they are empty. */
export const extrasOf = (extras: Extras): Extras => (isEmpty(extras) ? NO_EXTRAS : extras)

export function mergeExtras(
  a: Extras,
  b: Extras,
  watermark: EpochMs,
  ready: OfferReady,
  tally: Tally,
): Extras {
  if (a === NO_EXTRAS && b === NO_EXTRAS) return a
  return extrasOf({
    runs: mergeRuns(a.runs, b.runs, watermark, ready, tally),
    signs: mergeSigns(a.signs, b.signs, watermark, ready, tally),
    given: mergeGiven(a.given, b.given, ready, tally),
    failures: mergeFailures(a.failures, b.failures, tally),
  })
}

export function encodeExtras(extras: Extras, writer: ByteWriter): void {
  writer.bool(!isEmpty(extras))
  if (isEmpty(extras)) return
  writer.uint(extras.runs.length)
  for (const { from, to } of extras.runs) {
    writer.int(from)
    writer.int(to - from)
  }
  encodeSigns(extras.signs, writer)
  writer.uint(extras.given.length)
  for (const { offer, times } of extras.given) {
    writer.text(offer)
    writer.uint(times)
  }
  writer.uint(extras.failures.length)
  for (const { due, at, offerId } of extras.failures) {
    writer.int(due)
    writer.int(at)
    writer.text(offerId)
  }
}

export function decodeExtras(reader: ByteReader): Extras {
  if (!reader.bool()) return NO_EXTRAS
  const runs: Run[] = []
  for (let left = reader.uint(); left > 0; left--) {
    const from = reader.int()
    runs.push({ from, to: from + reader.int() })
  }
  const signs = decodeSigns(reader)
  const given: Given[] = []
  for (let left = reader.uint(); left > 0; left--) given.push({ offer: reader.text(), times: reader.uint() })
  const failures: Failure[] = []
  for (let left = reader.uint(); left > 0; left--)
    failures.push({ due: reader.int(), at: reader.int(), offerId: reader.text() })
  return { runs, signs, given, failures }
}
