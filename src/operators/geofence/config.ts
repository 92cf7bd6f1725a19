/** Config of geofence (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { MOVING_PLACES_MAX, PLACES_MAX, READINGS_CONFIRM_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Point } from './distance.ts'
import { type Mover, moverOf } from './moving.ts'
import { type Atlas, atlasOf } from './reading.ts'

const NAME_LENGTH_MAX = 200
/** A place wider than a country is a typing error. */
const RADIUS_M_MAX = 1_000_000

const place = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(NAME_LENGTH_MAX)
    .describe('Id of the place, unique within this operator; `place_id` and `zone_id` of what is emitted'),
  lat: z
    .number()
    .min(-90)
    .max(90)
    .optional()
    .describe(
      'Latitude of its centre in degrees; south is negative. Of a place that moves: where it is until it is said to be elsewhere; without, nowhere',
    ),
  lon: z
    .number()
    .min(-180)
    .max(180)
    .optional()
    .describe('Longitude of its centre in degrees; west is negative'),
  radius_m: z
    .number()
    .positive()
    .max(RADIUS_M_MAX)
    .describe('Metres from the centre to the edge, which is part of the place'),
  kind: z
    .string()
    .min(1)
    .max(NAME_LENGTH_MAX)
    .optional()
    .describe('What kind of place it is, in your own words; passed on as `kind`'),
  moves: z
    .boolean()
    .default(false)
    .describe(
      `Whether it moves: \`place.moved\` of its id, from a source with \`world: true\`, says where it is. At most ${MOVING_PLACES_MAX} do`,
    ),
})

export const geofenceConfig = z
  .strictObject({
    places: z
      .array(place)
      .min(1)
      .max(PLACES_MAX)
      .describe('The places, as circles; one may move, and so may be a person'),
    confirm: z
      .int()
      .min(1)
      .max(READINGS_CONFIRM_MAX)
      .default(1)
      .describe(
        'How many readings in a row must be within a place, accuracy and all, before it counts as entered',
      ),
    exitFactor: z
      .number()
      .min(1)
      .max(100)
      .default(1.2)
      .describe(
        'A place is left beyond its radius times this, so that positions that waver at its edge say nothing',
      ),
    positionFor: duration('15m', 1).describe(
      'How long a position of a person counts when a place that moves comes to them or goes, right border excluded',
    ),
  })
  .describe('Which places there are, and when a person is in one')

export type GeofenceConfig = z.infer<typeof geofenceConfig>

export interface GeofenceReady {
  /** Of the places that stay where they are. */
  readonly atlas: Atlas
  /** Sorted by id. */
  readonly movers: readonly Mover[]
  readonly confirm: number
  readonly kinds: ReadonlyMap<string, string>
  readonly positionForMs: DurationMs
}

type Place = GeofenceConfig['places'][number]
type Problems = readonly ConfigProblem[]

const MOVED = 'place.moved'
const SOURCE_HINT = `add to sources: movers: { topic: positions, world: true, types: [${MOVED}] }`

export const hasMovers = ({ places }: GeofenceConfig): boolean => places.some(({ moves }) => moves)

function centreProblems({ id, lat, lon, moves }: Place, i: number): Problems {
  const missing = lat === undefined ? 'lat' : lon === undefined ? 'lon' : undefined
  const isNowhere = lat === undefined && lon === undefined
  if (missing === undefined || (moves && isNowhere)) return []
  const message = `place ${id} has no ${missing}`
  const hint = moves
    ? `give it ${missing} too, or neither: then it is nowhere until ${MOVED} says where`
    : `add ${missing} in degrees, or moves: true if ${MOVED} says where it is`
  return [{ path: ['places', i], code: 'missing-key', message, hint }]
}

/** Who says where the places are that move? */
function moverProblems({ places }: GeofenceConfig, { world, worldTypes }: Wiring): Problems {
  const first = places.findIndex(({ moves }) => moves)
  if (first < 0) return []
  const count = places.filter(({ moves }) => moves).length
  const path = ['places', first, 'moves']
  const brought = world && (worldTypes === undefined || worldTypes.includes(MOVED))
  if (!brought) {
    const message = `where a place is that moves says ${MOVED}, a fact of the world, and no source with world: true brings it`
    return [{ path, code: 'no-input', message, hint: SOURCE_HINT }]
  }
  if (count <= MOVING_PLACES_MAX) return []
  const message = `${count} places move, and at most ${MOVING_PLACES_MAX} may: each time that one does, everybody is asked`
  const hint = 'let those move that people are to meet; of several geofences each has a bound of its own'
  return [{ path: ['places'], code: 'bad-value', message, hint }]
}

export function geofenceProblems(config: GeofenceConfig, wiring: Wiring): Problems {
  const { places } = config
  const seen = new Set<string>()
  const again = places.flatMap(({ id }, i): Problems => {
    const known = seen.has(id)
    seen.add(id)
    if (!known) return []
    const message = `there is a place ${id} already`
    const hint = 'give each place an id of its own; the parts of one that is no circle are places too'
    return [{ path: ['places', i, 'id'], code: 'duplicate-id', message, hint }]
  })
  return [...again, ...places.flatMap(centreProblems), ...moverProblems(config, wiring)]
}

/** Of a place that stays: it has one, which was checked. */
const centreOf = ({ lat, lon }: Place): Point | undefined =>
  lat === undefined || lon === undefined ? undefined : { lat, lon }

export const prepareGeofence = ({
  places,
  confirm,
  exitFactor,
  positionFor,
}: GeofenceConfig): GeofenceReady => ({
  atlas: atlasOf(
    places.flatMap((place) => {
      const centre = place.moves ? undefined : centreOf(place)
      return centre === undefined ? [] : [{ id: place.id, radius_m: place.radius_m, ...centre }]
    }),
    exitFactor,
  ),
  movers: places
    .filter(({ moves }) => moves)
    .map((place) => moverOf(place.id, place.radius_m, exitFactor, centreOf(place)))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
  confirm,
  kinds: new Map(places.flatMap(({ id, kind }) => (kind === undefined ? [] : [[id, kind]]))),
  positionForMs: positionFor,
})
