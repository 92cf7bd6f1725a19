/**
 * A reading: what a position, with the accuracy that it claims for itself, says of each place: within it, about it, or beyond; and one
 * that is at the edge of too many places at once says nothing of any.
 */
import { PLACES_PER_READING_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import { distanceM, METRES_PER_DEGREE, type Point } from './distance.ts'

export interface Reading {
  readonly at: EpochMs
  /** Metres by which the position may be off. */
  readonly accuracyM: number
  /** Places that it is within: distance + accuracy is at most the radius. Sorted. */
  readonly within: readonly string[]
  /** Places that it is neither within nor beyond. Sorted; all others are left behind. */
  readonly about: readonly string[] | 'all'
  /** Where it was, if some place moves; else whoever reads it needs no coordinates, and so none are remembered. */
  readonly point: Point | undefined
}

/** A position that was reported. */
export interface Position extends Point {
  readonly at: EpochMs
  readonly accuracyM: number
}

interface Circle extends Point {
  readonly id: string
  readonly radiusM: number
  /** Beyond it: the distance alone is more than this. */
  readonly exitM: number
}

/** The places by latitude, so that a reading meets only those of its own stripe of the globe. */
export interface Atlas {
  readonly circles: readonly Circle[]
  readonly widestM: number
}

const NONE: readonly string[] = []
/** Of degrees: more than rounding can be off by, less than a millimetre. */
const SLACK = 1e-9

export function atlasOf(
  places: readonly (Point & { readonly id: string; readonly radius_m: number })[],
  exitFactor: number,
): Atlas {
  const circles = places
    .map(
      ({ id, lat, lon, radius_m: radiusM }): Circle => ({
        id,
        lat,
        lon,
        radiusM,
        exitM: radiusM * exitFactor,
      }),
    )
    .sort((a, b) => a.lat - b.lat)
  return { circles, widestM: Math.max(0, ...circles.map(({ exitM }) => exitM)) }
}

/** The first circle at or above a latitude. */
function firstFrom(circles: readonly Circle[], lat: number): number {
  let low = 0
  let high = circles.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((circles[middle] as Circle).lat < lat) low = middle + 1
    else high = middle
  }
  return low
}

/** What it says of places that stay. `keepsPoint`: with the coordinates, for those that move. */
export function readingOf(position: Position, { circles, widestM }: Atlas, keepsPoint: boolean): Reading {
  const { at, accuracyM, lat } = position
  const point = keepsPoint ? { lat, lon: position.lon } : undefined
  const stripe = widestM / METRES_PER_DEGREE + SLACK
  const within: string[] = []
  const about: string[] = []
  for (let i = firstFrom(circles, lat - stripe); i < circles.length; i++) {
    const circle = circles[i] as Circle
    if (circle.lat > lat + stripe) break
    const distance = distanceM(position, circle)
    if (distance + accuracyM <= circle.radiusM) within.push(circle.id)
    else if (distance <= circle.exitM) about.push(circle.id)
    if (within.length + about.length > PLACES_PER_READING_MAX)
      return { at, accuracyM, within: NONE, about: 'all', point }
  }
  return { at, accuracyM, within: sorted(within), about: sorted(about), point }
}

const sorted = (ids: string[]): readonly string[] =>
  ids.length === 0 ? NONE : ids.length === 1 ? ids : ids.sort()

/** Whether it leaves a place behind that the person was in. */
export const isBeyond = ({ within, about }: Reading, place: string): boolean =>
  about !== 'all' && !within.includes(place) && !about.includes(place)

const said = ({ within, about, point }: Reading): string => JSON.stringify([within, about, point])

/** Of two readings of one moment the one that counts: the more accurate; of equals always the same, whichever came first. */
export function better(a: Reading, b: Reading): Reading {
  if (a.accuracyM !== b.accuracyM) return a.accuracyM < b.accuracyM ? a : b
  return said(a) <= said(b) ? a : b
}
