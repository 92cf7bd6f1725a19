/**
 * Places that move: where each of them is, and what a position of a person says of it. Where they are is a fact of the world, so a position
 * is measured against it when both are known: when the watermark has passed the position.
 */
import type { EpochMs } from '../../model/time.ts'
import { entityOf, type WorldView } from '../../model/world.ts'
import { distanceM, type Point } from './distance.ts'
import type { Reading } from './reading.ts'

export interface Mover {
  readonly id: string
  /** As it is watched. */
  readonly entity: string
  readonly radiusM: number
  /** Beyond it: the distance alone is more than this. */
  readonly exitM: number
  /** Where it is as long as nothing was said; undefined: nowhere. */
  readonly home: Point | undefined
}

/** Where somebody was, and when. */
export interface Spot extends Point {
  readonly at: EpochMs
  readonly accuracyM: number
}

/** What a position says of a place. */
export type Verdict = 'within' | 'about' | 'beyond'

export const moverOf = (id: string, radiusM: number, exitFactor: number, home: Point | undefined): Mover => ({
  id,
  entity: entityOf('place', id),
  radiusM,
  exitM: radiusM * exitFactor,
  home,
})

/** Of a place that is nowhere nothing can be said. */
export function verdictOf({ radiusM, exitM }: Mover, spot: Spot, centre: Point | undefined): Verdict {
  if (centre === undefined) return 'about'
  const distance = distanceM(spot, centre)
  if (distance + spot.accuracyM <= radiusM) return 'within'
  return distance <= exitM ? 'about' : 'beyond'
}

export function spotOf({ at, accuracyM, point }: Reading): Spot | undefined {
  return point && { at, lat: point.lat, lon: point.lon, accuracyM }
}

const orderOf = ({ at, accuracyM, lat, lon }: Spot): readonly number[] => [at, -accuracyM, lat, lon]

/** Of one moment the more accurate; of equals always the same one. */
export function newerSpot(a: Spot | undefined, b: Spot | undefined): Spot | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const [ofA, ofB] = [orderOf(a), orderOf(b)]
  const place = ofA.findIndex((value, i) => value !== ofB[i])
  return place < 0 || (ofA[place] as number) > (ofB[place] as number) ? a : b
}

/** What a late position says of a place that has moved since: it counts at the time of that move. */
export interface Since {
  readonly mover: Mover
  readonly at: EpochMs
  readonly verdict: Verdict
}

export interface Measured {
  /** With what it says of all places. */
  readonly reading: Reading
  /** In the order in which it counts. */
  readonly since: readonly Since[]
}

const NONE: readonly Since[] = []

/** `world`: as of the reading; of a late one as of the watermark, so that what is known already is not said of the past. */
export function measured(reading: Reading, movers: readonly Mover[], world: WorldView): Measured {
  if (movers.length === 0 || reading.about === 'all') return { reading, since: NONE }
  const spot = spotOf(reading)
  const within = [...reading.within]
  const about = [...reading.about]
  const since: Since[] = []
  for (const mover of movers) {
    const position = world.position(mover.id)
    const verdict = spot === undefined ? 'about' : verdictOf(mover, spot, position ?? mover.home)
    const isPast = position !== undefined && position.since > reading.at
    if (isPast) since.push({ mover, at: position.since, verdict })
    if (isPast || verdict === 'about') about.push(mover.id)
    else if (verdict === 'within') within.push(mover.id)
  }
  const { at, accuracyM, point } = reading
  return {
    reading: { at, accuracyM, point, within: within.sort(), about: about.sort() },
    since: since.length === 0 ? NONE : since.sort((a, b) => a.at - b.at),
  }
}
