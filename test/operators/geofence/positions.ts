/** Positions as tests say them: metres north of the entrance of a park, and what a phone reports of them. */
import { METRES_PER_DEGREE } from '../../../src/operators/geofence/distance.ts'
import { emission, event, fact } from '../../support/given.ts'

const ENTRANCE = { lat: 55.6736, lon: 12.5681 }

export const northOf = (metres: number) => ({
  lat: ENTRANCE.lat + metres / METRES_PER_DEGREE,
  lon: ENTRANCE.lon,
})

/** `place('mill', 0, 50)`: a circle of 50 m around the entrance. */
export const place = (id: string, metres: number, radius: number, kind?: string) => ({
  id,
  ...northOf(metres),
  radius_m: radius,
  ...(kind === undefined ? {} : { kind }),
})

/** `seen('10:00', 30, 5)`: 30 m north of the entrance, give or take 5. */
export const seen = (at: string, metres: number, accuracy?: number) =>
  event(`${at} location.updated`, {
    ...northOf(metres),
    ...(accuracy === undefined ? {} : { accuracy_m: accuracy }),
  })

export const entered = (at: string, id: string) => emission(`${at} zone.entered`, { place_id: id })
export const left = (at: string, id: string, dwellSeconds?: number) =>
  emission(`${at} zone.left`, {
    place_id: id,
    ...(dwellSeconds === undefined ? {} : { dwell_seconds: dwellSeconds }),
  })

/** `mover('ann', 20)`: a place that is nowhere until it moves. */
export const mover = (id: string, radius: number, kind?: string) => ({
  id,
  radius_m: radius,
  moves: true,
  ...(kind === undefined ? {} : { kind }),
})

/** `moved('10:00', 'ann', 30)`: 30 m north of the entrance. */
export const moved = (at: string, id: string, metres: number) =>
  fact(`${at} place.moved`, { place_id: id, ...northOf(metres) })
