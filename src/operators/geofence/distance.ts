/** Metres between two points of the globe, along a great circle of a sphere with the mean radius: at most 0.6 % off the ellipsoid. */

export interface Point {
  /** Degrees, north positive. */
  readonly lat: number
  /** Degrees, east positive. */
  readonly lon: number
}

const EARTH_RADIUS_M = 6_371_008.8
const RADIANS_PER_DEGREE = Math.PI / 180

/** Two points are at least this far apart for each degree between their latitudes. */
export const METRES_PER_DEGREE = EARTH_RADIUS_M * RADIANS_PER_DEGREE

/** By haversines, which stay exact for points that are close together. */
export function distanceM(a: Point, b: Point): number {
  const byLat = Math.sin(((b.lat - a.lat) * RADIANS_PER_DEGREE) / 2)
  const byLon = Math.sin(((b.lon - a.lon) * RADIANS_PER_DEGREE) / 2)
  const cosines = Math.cos(a.lat * RADIANS_PER_DEGREE) * Math.cos(b.lat * RADIANS_PER_DEGREE)
  const square = byLat * byLat + cosines * byLon * byLon
  // Rounding may carry antipodes a bit past 1, of which there is no arc.
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(square)))
}
