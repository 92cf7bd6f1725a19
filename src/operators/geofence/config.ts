/** Config of geofence (contracts, section 5), and the form in which the steps get it. */
import { z } from 'zod'
import { PLACES_MAX, READINGS_CONFIRM_MAX } from '../../model/limits.ts'
import type { ConfigProblem } from '../../model/operator.ts'
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
  lat: z.number().min(-90).max(90).describe('Latitude of its centre in degrees; south is negative'),
  lon: z.number().min(-180).max(180).describe('Longitude of its centre in degrees; west is negative'),
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
})

export const geofenceConfig = z
  .strictObject({
    places: z.array(place).min(1).max(PLACES_MAX).describe('The places, as circles that stay where they are'),
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
  })
  .describe('Which places there are, and when a person is in one')

export type GeofenceConfig = z.infer<typeof geofenceConfig>

export interface GeofenceReady {
  readonly atlas: Atlas
  readonly confirm: number
  readonly kinds: ReadonlyMap<string, string>
}

export function geofenceProblems({ places }: GeofenceConfig): readonly ConfigProblem[] {
  const seen = new Set<string>()
  return places.flatMap(({ id }, i): ConfigProblem[] => {
    const again = seen.has(id)
    seen.add(id)
    if (!again) return []
    const message = `there is a place ${id} already`
    const hint = 'give each place an id of its own; the parts of one that is no circle are places too'
    return [{ path: ['places', i, 'id'], code: 'duplicate-id', message, hint }]
  })
}

export const prepareGeofence = ({ places, confirm, exitFactor }: GeofenceConfig): GeofenceReady => ({
  atlas: atlasOf(places, exitFactor),
  confirm,
  kinds: new Map(places.flatMap(({ id, kind }) => (kind === undefined ? [] : [[id, kind]]))),
})
