/**
 * Seeds with places: a geofence in the topology, and people who walk about its edges. Drawn from a stream of their own, so that a seed
 * without places is what it was before there were any.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'
import type { Actor } from './cast.ts'

const PLACES = 0x9e0f
/** Places that move are drawn from a stream of their own, too. */
const MOVERS = 0x3b0e
const METRES_PER_DEGREE = (6_371_008.8 * Math.PI) / 180

export interface Walking {
  readonly document: Json
  /** How many of the people there are; undefined: all. With fewer there is more of each walk. */
  readonly people: number | undefined
  readonly kinds: readonly (readonly [
    number,
    (actor: Actor) => { readonly type: string; readonly data: Json },
  ])[]
}

interface Place {
  readonly id: string
  readonly lat: number
  readonly lon: number
  readonly radius_m: number
  readonly kind?: string
  readonly moves?: boolean
}

function drawPlaces(prng: Prng): readonly Place[] {
  const centre = { lat: prng.pick([55.6736, -33.8688, 0]), lon: prng.pick([12.5681, 179.9999, 0]) }
  return Array.from({ length: prng.between(1, 4) }, (_, i) => ({
    id: `place-${i}`,
    lat: centre.lat + (prng.below(6) * 50) / METRES_PER_DEGREE,
    lon: centre.lon,
    radius_m: prng.pick([30, 60, 100, 100, 250]),
    ...(prng.chance(1, 2) ? { kind: prng.pick(['shop', 'ride']) } : {}),
  }))
}

/** Half a metre off every edge, since nobody measures better. */
function positionAt(prng: Prng, place: Place, exitFactor: number): Json {
  const edge = place.radius_m
  const exit = Math.round(edge * exitFactor)
  const metres = prng.pick([0, 0, 0, edge / 2, edge / 2, edge - 10, edge, exit - 1, exit, 600]) + 0.5
  const side = prng.pick([-1, 1])
  // Hardly ever twice the same, so that of two readings of one moment one is better.
  const accuracy = prng.pick([0, 0, 5, 20, 200]) + prng.below(4096) / 8192
  return {
    lat: place.lat + (side * metres) / METRES_PER_DEGREE,
    lon: place.lon,
    ...(prng.chance(7, 8) ? { accuracy_m: accuracy } : {}),
  }
}

interface Moving {
  readonly places: readonly Place[]
  readonly config: Json
  readonly sources: Json
  readonly kinds: Walking['kinds']
}

/** Some of them have a home, and some of those that are about them may stand still. Undefined: nobody moves. */
function drawMovers(seed: number, around: readonly Place[], exitFactor: number): Moving | undefined {
  const prng = prngOf(seed ^ MOVERS)
  if (!prng.chance(1, 2)) return undefined
  const places = Array.from({ length: prng.between(1, 2) }, (_, i) => {
    const { lat, lon } = prng.pick(around)
    return { id: `mover-${i}`, lat, lon, radius_m: prng.pick([30, 60, 100]), moves: true }
  })
  const source = {
    topic: 'movers',
    format: 'json',
    world: true,
    types: ['place.moved'],
    lateness: prng.pick(['0s', '5s', '1m', '10m']),
    grace: prng.pick(['0s', '1m', '10m', '2h']),
    idle: prng.pick(['30s', '5m', '1h']),
  }
  const moved = (): { readonly type: string; readonly data: Json } => {
    const { lat, lon } = positionAt(prng, prng.pick([...around, ...places]), exitFactor)
    // Off by another part of a metre than people are, so that no two are exactly an edge apart.
    const off = Number(lat) + 0.17 / METRES_PER_DEGREE
    return { type: 'place.moved', data: { place_id: prng.pick(places).id, lat: off, lon } }
  }
  const seen = (): { readonly type: string; readonly data: Json } => ({
    type: 'location.updated',
    data: positionAt(prng, prng.pick(places), exitFactor),
  })
  const config = prng.chance(1, 2) ? { positionFor: prng.pick(['1m', '10m', '2h']) } : {}
  const weight = prng.pick([10, 40])
  return {
    places: places.map((place) => {
      const { id, radius_m, moves } = place
      return prng.chance(1, 2) ? place : ({ id, radius_m, moves } as unknown as Place)
    }),
    config,
    sources: { movers: source },
    kinds: [
      [weight, moved],
      [weight, seen],
    ],
  }
}

/** The document with a geofence in it, and what its people do. Undefined: a seed without. */
export function drawWalking(seed: number, document: Json): Walking | undefined {
  const prng = prngOf(seed ^ PLACES)
  if (!prng.chance(1, 4)) return undefined
  const places = drawPlaces(prng)
  const exitFactor = prng.pick([1, 1.2, 1.2, 2])
  const moving = drawMovers(seed, places, exitFactor)
  const config = {
    places: [...places, ...(moving?.places ?? [])],
    ...moving?.config,
    ...(prng.chance(2, 3) ? { confirm: prng.pick([1, 2, 2, 3]) } : {}),
    ...(exitFactor === 1.2 ? {} : { exitFactor }),
  }
  const operators = listOf(document['operators'])
  const geofence = { id: 'places', type: 'geofence', from: 'identity', config }
  const zones = { from: 'places', topic: 'zones', format: 'json' }
  const weight = prng.pick([3, 10, 40])
  const moved = (): { readonly type: string; readonly data: Json } => ({
    type: 'location.updated',
    data: positionAt(prng, prng.pick(places), exitFactor),
  })
  return {
    document: {
      ...document,
      sources: { ...objectOf(document['sources']), ...moving?.sources },
      operators: [...operators, geofence],
      sinks: { ...objectOf(document['sinks']), zones },
    },
    people: prng.chance(2, 3) ? prng.between(1, 3) : undefined,
    kinds: [[weight, moved], ...(moving?.kinds ?? [])],
  }
}
