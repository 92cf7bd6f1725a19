/**
 * What geofence remembers of a person: the places they are in, and the readings that the watermark has not reached, without their
 * coordinates. Places are written once, as a table that all else points into, since readings of one walk name the same ones.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { invariant, knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import { decodeTimes, encodeTimes } from '../../model/rising-times.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Approach, Presence, Stay } from './presence.ts'
import type { Reading } from './reading.ts'

export interface GeofenceState extends Presence {
  /** Rising, one of each moment. */
  readonly waiting: readonly Reading[]
  /** What the timer is set to: 1 ms behind the first waiting reading that enters or leaves anything. Undefined: there is no timer. */
  readonly armed: EpochMs | undefined
}

const EMPTY: GeofenceState = {
  decidedAt: undefined,
  stays: [],
  approaches: [],
  waiting: [],
  armed: undefined,
}

const HAS_DECIDED = 1
const HAS_TIMER = 2

function placesIn({ stays, approaches, waiting }: GeofenceState): readonly string[] {
  const places = new Set<string>()
  for (const { place } of stays) places.add(place)
  for (const { place } of approaches) places.add(place)
  for (const { within, about } of waiting) {
    for (const place of within) places.add(place)
    if (about !== 'all') for (const place of about) places.add(place)
  }
  return [...places].sort()
}

/** 0: about all places; else one more than how many. */
function encodeReading(
  reading: Reading,
  last: EpochMs,
  numbers: (place: string) => number,
  writer: ByteWriter,
): void {
  const { at, accuracyM, within, about } = reading
  writer.uint(at - last)
  writer.value(accuracyM)
  writer.uint(within.length)
  for (const place of within) writer.uint(numbers(place))
  writer.uint(about === 'all' ? 0 : about.length + 1)
  if (about !== 'all') for (const place of about) writer.uint(numbers(place))
}

function decodeReading(reader: ByteReader, last: EpochMs, places: readonly string[]): Reading {
  const at = last + reader.uint()
  const accuracyM = reader.value() as number
  const within: string[] = []
  for (let left = reader.uint(); left > 0; left--) within.push(placeOf(reader, places))
  const many = reader.uint()
  if (many === 0) return { at, accuracyM, within, about: 'all' }
  const about: string[] = []
  for (let left = many - 1; left > 0; left--) about.push(placeOf(reader, places))
  return { at, accuracyM, within, about }
}

function placeOf(reader: ByteReader, places: readonly string[]): string {
  const place = places[reader.uint()]
  invariant(place !== undefined, 'a state of geofence names a place that is not in its table')
  return place
}

export const geofenceState: StateShape<GeofenceState> = {
  version: 1,
  initial: () => EMPTY,
  encode(state, writer) {
    const { decidedAt, stays, approaches, waiting, armed } = state
    writer.byte((decidedAt === undefined ? 0 : HAS_DECIDED) | (armed === undefined ? 0 : HAS_TIMER))
    if (decidedAt !== undefined) writer.int(decidedAt)
    if (armed !== undefined) writer.int(armed)
    const places = placesIn(state)
    const numbers = new Map(places.map((place, i) => [place, i]))
    const numberOf = (place: string): number => numbers.get(place) as number
    writer.uint(places.length)
    for (const place of places) writer.text(place)
    writer.uint(stays.length)
    for (const { place, since } of stays) {
      writer.uint(numberOf(place))
      writer.int(since)
    }
    writer.uint(approaches.length)
    for (const { place, brokenAt, times } of approaches) {
      writer.uint(numberOf(place))
      writer.bool(brokenAt !== undefined)
      if (brokenAt !== undefined) writer.int(brokenAt)
      encodeTimes(times, writer)
    }
    writer.uint(waiting.length)
    if (waiting.length === 0) return
    let last = (waiting[0] as Reading).at
    writer.int(last)
    for (const reading of waiting) {
      encodeReading(reading, last, numberOf, writer)
      last = reading.at
    }
  },
  decode(reader, version) {
    knownVersion('the state of geofence', version, 1)
    const flags = reader.byte()
    const decidedAt = (flags & HAS_DECIDED) === 0 ? undefined : reader.int()
    const armed = (flags & HAS_TIMER) === 0 ? undefined : reader.int()
    const places: string[] = []
    for (let left = reader.uint(); left > 0; left--) places.push(reader.text())
    const stays: Stay[] = []
    for (let left = reader.uint(); left > 0; left--)
      stays.push({ place: placeOf(reader, places), since: reader.int() })
    const approaches: Approach[] = []
    for (let left = reader.uint(); left > 0; left--) {
      const place = placeOf(reader, places)
      const brokenAt = reader.bool() ? reader.int() : undefined
      approaches.push({ place, brokenAt, times: decodeTimes(reader) })
    }
    const waiting: Reading[] = []
    let left = reader.uint()
    for (let last = left === 0 ? 0 : reader.int(); left > 0; left--) {
      const reading = decodeReading(reader, last, places)
      waiting.push(reading)
      last = reading.at
    }
    return { decidedAt, stays, approaches, waiting, armed }
  },
}
