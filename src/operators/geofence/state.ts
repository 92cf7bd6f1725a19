/**
 * What geofence remembers of a person: the places they are in, and the readings that the watermark has not reached. Coordinates only where
 * places move: those of what waits, and of the newest reading for as long as it counts. Places are written once, as a table that all else points into, since readings of one walk name the same ones.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { invariant, knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import { decodeTimes, encodeTimes } from '../../model/rising-times.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Point } from './distance.ts'
import type { Spot } from './moving.ts'
import type { Approach, Presence, Stay } from './presence.ts'
import type { Reading } from './reading.ts'

export interface GeofenceState extends Presence {
  /** Rising, one of each moment. */
  readonly waiting: readonly Reading[]
  /** What the timer is set to: 1 ms behind the first waiting reading that enters or leaves anything. Undefined: there is no timer. */
  readonly armed: EpochMs | undefined
  /** Undefined, as everywhere where no place moves: nothing is watched, and no place that moves meets this person. */
  readonly watch: Watch | undefined
}

/** What is remembered so that a place that moves may come to somebody who stands still. */
export interface Watch {
  /** When it is looked whether there were newer readings: a timer. */
  readonly until: EpochMs
  /** Places that are watched, sorted. */
  readonly places: readonly string[]
  /** The newest reading that was decided, if it still counts. */
  readonly spot: Spot | undefined
}

const EMPTY: GeofenceState = {
  decidedAt: undefined,
  stays: [],
  approaches: [],
  waiting: [],
  armed: undefined,
  watch: undefined,
}

const HAS_DECIDED = 1
const HAS_TIMER = 2
/** Since version 2. */
const HAS_WATCH = 4
const HAS_POINTS = 8

function placesIn({ stays, approaches, waiting, watch }: GeofenceState): readonly string[] {
  const places = new Set<string>(watch?.places)
  for (const { place } of stays) places.add(place)
  for (const { place } of approaches) places.add(place)
  for (const { within, about } of waiting) {
    for (const place of within) places.add(place)
    if (about !== 'all') for (const place of about) places.add(place)
  }
  return [...places].sort()
}

function encodeNames(
  places: readonly string[],
  numberOf: (place: string) => number,
  writer: ByteWriter,
): void {
  writer.uint(places.length)
  for (const place of places) writer.uint(numberOf(place))
}

function decodeNames(reader: ByteReader, places: readonly string[], count: number): readonly string[] {
  const names: string[] = []
  for (let left = count; left > 0; left--) names.push(placeOf(reader, places))
  return names
}

/** 0: about all places; else one more than how many. */
function encodeReading(
  reading: Reading,
  last: EpochMs,
  numberOf: (place: string) => number,
  writer: ByteWriter,
): void {
  const { at, accuracyM, within, about } = reading
  writer.uint(at - last)
  writer.value(accuracyM)
  encodeNames(within, numberOf, writer)
  writer.uint(about === 'all' ? 0 : about.length + 1)
  if (about !== 'all') for (const place of about) writer.uint(numberOf(place))
}

function decodeReading(reader: ByteReader, last: EpochMs, places: readonly string[]): Omit<Reading, 'point'> {
  const at = last + reader.uint()
  const accuracyM = reader.value() as number
  const within = decodeNames(reader, places, reader.uint())
  const many = reader.uint()
  return { at, accuracyM, within, about: many === 0 ? 'all' : decodeNames(reader, places, many - 1) }
}

function encodePoint(point: Point | undefined, writer: ByteWriter): void {
  writer.bool(point !== undefined)
  if (point === undefined) return
  writer.float(point.lat)
  writer.float(point.lon)
}

const decodePoint = (reader: ByteReader): Point | undefined =>
  reader.bool() ? { lat: reader.float(), lon: reader.float() } : undefined

function encodeWatch(
  { until, places, spot }: Watch,
  numberOf: (place: string) => number,
  writer: ByteWriter,
): void {
  writer.int(until)
  encodeNames(places, numberOf, writer)
  encodePoint(spot, writer)
  if (spot === undefined) return
  writer.int(spot.at)
  writer.value(spot.accuracyM)
}

function decodeWatch(reader: ByteReader, places: readonly string[]): Watch {
  const until = reader.int()
  const watched = decodeNames(reader, places, reader.uint())
  const point = decodePoint(reader)
  if (point === undefined) return { until, places: watched, spot: undefined }
  return {
    until,
    places: watched,
    spot: { at: reader.int(), lat: point.lat, lon: point.lon, accuracyM: reader.value() as number },
  }
}

function placeOf(reader: ByteReader, places: readonly string[]): string {
  const place = places[reader.uint()]
  invariant(place !== undefined, 'a state of geofence names a place that is not in its table')
  return place
}

function flagsOf({ decidedAt, armed, watch, waiting }: GeofenceState): number {
  return (
    (decidedAt === undefined ? 0 : HAS_DECIDED) |
    (armed === undefined ? 0 : HAS_TIMER) |
    (watch === undefined ? 0 : HAS_WATCH) |
    (waiting.some(({ point }) => point !== undefined) ? HAS_POINTS : 0)
  )
}

function decodeWaiting(reader: ByteReader, places: readonly string[], hasPoints: boolean): Reading[] {
  const waiting: Reading[] = []
  let left = reader.uint()
  for (let last = left === 0 ? 0 : reader.int(); left > 0; left--) {
    const { at, accuracyM, within, about } = decodeReading(reader, last, places)
    waiting.push({ at, accuracyM, within, about, point: hasPoints ? decodePoint(reader) : undefined })
    last = at
  }
  return waiting
}

export const geofenceState: StateShape<GeofenceState> = {
  version: 2,
  initial: () => EMPTY,
  encode(state, writer) {
    const { decidedAt, stays, approaches, waiting, armed, watch } = state
    const flags = flagsOf(state)
    writer.byte(flags)
    if (decidedAt !== undefined) writer.int(decidedAt)
    if (armed !== undefined) writer.int(armed)
    const places = placesIn(state)
    const numbers = new Map(places.map((place, i) => [place, i]))
    const numberOf = (place: string): number => numbers.get(place) as number
    writer.uint(places.length)
    for (const place of places) writer.text(place)
    if (watch !== undefined) encodeWatch(watch, numberOf, writer)
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
      if ((flags & HAS_POINTS) !== 0) encodePoint(reading.point, writer)
      last = reading.at
    }
  },
  decode(reader, version) {
    knownVersion('the state of geofence', version, 2)
    const flags = reader.byte()
    const decidedAt = (flags & HAS_DECIDED) === 0 ? undefined : reader.int()
    const armed = (flags & HAS_TIMER) === 0 ? undefined : reader.int()
    const places: string[] = []
    for (let left = reader.uint(); left > 0; left--) places.push(reader.text())
    const watch = (flags & HAS_WATCH) === 0 ? undefined : decodeWatch(reader, places)
    const stays: Stay[] = []
    for (let left = reader.uint(); left > 0; left--)
      stays.push({ place: placeOf(reader, places), since: reader.int() })
    const approaches: Approach[] = []
    for (let left = reader.uint(); left > 0; left--) {
      const place = placeOf(reader, places)
      const brokenAt = reader.bool() ? reader.int() : undefined
      approaches.push({ place, brokenAt, times: decodeTimes(reader) })
    }
    const waiting = decodeWaiting(reader, places, (flags & HAS_POINTS) !== 0)
    return { decidedAt, stays, approaches, waiting, armed, watch }
  },
}
