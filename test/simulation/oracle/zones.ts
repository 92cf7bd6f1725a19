/** geofence: every reading in the order of its time, and all of them kept (contract 5, G1 to G6). */
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Cause, Emission } from './person.ts'
import { listOf, numberOf, objectOf, type OperatorSettings, textOf } from './settings.ts'

const EARTH_RADIUS_M = 6_371_008.8
const WAITING_MAX = 200

interface Place {
  readonly id: string
  readonly lat: number
  readonly lon: number
  readonly radiusM: number
  readonly kind: string | null
}

interface Reading {
  readonly at: number
  readonly lat: number
  readonly lon: number
  readonly accuracyM: number
}

interface Walk {
  /** All that counted. */
  decided: Reading[]
  waiting: Reading[]
  /** Places that the person is in, and since when. */
  inside: Map<string, number>
}

/** By the chord through the sphere. */
function metresBetween(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const vector = ({ lat, lon }: { lat: number; lon: number }): readonly number[] => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180]
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)]
  }
  const [from, to] = [vector(a), vector(b)]
  const chord = Math.hypot(...from.map((x, i) => x - (to[i] as number)))
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, chord / 2))
}

export function geofence(settings: OperatorSettings, unsettled: Unsettled): OracleOperator {
  const confirm = numberOf(settings.config['confirm'], 1)
  const exitFactor = numberOf(settings.config['exitFactor'], 1.2)
  const places = listOf(settings.config['places']).map((entry): Place => {
    const { id, lat, lon, radius_m: radius, kind } = objectOf(entry)
    return {
      id: textOf(id, ''),
      lat: numberOf(lat, 0),
      lon: numberOf(lon, 0),
      radiusM: numberOf(radius, 0),
      kind: typeof kind === 'string' ? kind : null,
    }
  })
  const walks = statesOf<Walk>(() => ({ decided: [], waiting: [], inside: new Map() }))

  const isWithin = (reading: Reading, place: Place): boolean =>
    metresBetween(reading, place) + reading.accuracyM <= place.radiusM
  const isBeyond = (reading: Reading, place: Place): boolean =>
    metresBetween(reading, place) > place.radiusM * exitFactor

  /** Moments in a row, from the newest backwards, at which nothing was seen that is not within. */
  function rowOf({ decided }: Walk, place: Place): number {
    const moments = [...new Set(decided.map(({ at }) => at))].sort((a, b) => b - a)
    const broken = moments.findIndex((at) =>
      decided.some((reading) => reading.at === at && !isWithin(reading, place)),
    )
    return broken < 0 ? moments.length : broken
  }

  function decide(walk: Walk, reading: Reading, cause: Cause): readonly Emission[] {
    walk.decided.push(reading)
    const about = (place: Place) => ({ place_id: place.id, zone_id: place.id, kind: place.kind })
    return places.flatMap((place): Emission[] => {
      const since = walk.inside.get(place.id)
      const time = reading.at
      if (since !== undefined && isBeyond(reading, place)) {
        walk.inside.delete(place.id)
        const dwell = Math.floor((reading.at - since) / 1000)
        return [{ type: 'zone.left', time, cause, data: { ...about(place), dwell_seconds: dwell } }]
      }
      if (since !== undefined || rowOf(walk, place) < confirm) return []
      walk.inside.set(place.id, time)
      return [{ type: 'zone.entered', time, cause, data: about(place) }]
    })
  }

  /** Of each moment the most accurate. */
  function wait(walk: Walk, reading: Reading): void {
    const same = walk.waiting.find(({ at }) => at === reading.at)
    if (same !== undefined && same.accuracyM === reading.accuracyM)
      unsettled('places: two readings of one moment, and accuracy does not decide')
    if (same !== undefined && same.accuracyM <= reading.accuracyM) return
    walk.waiting = [...walk.waiting.filter((other) => other !== same), reading]
    if (walk.waiting.length > WAITING_MAX) unsettled('places: more readings than may wait')
  }

  const newestOf = ({ decided }: Walk): number => Math.max(...decided.map(({ at }) => at))
  const firstOf = ({ waiting }: Walk): Reading | undefined => [...waiting].sort((a, b) => a.at - b.at)[0]

  return {
    settings,
    onEvent(person, event: OracleEvent, watermark) {
      if (event.type !== 'location.updated') return { emissions: [] }
      const { lat, lon, accuracy_m: accuracy } = event.data
      const reading = {
        at: event.time,
        lat: numberOf(lat, 0),
        lon: numberOf(lon, 0),
        accuracyM: numberOf(accuracy, 0),
      }
      const walk = walks.of(person)
      if (reading.at <= newestOf(walk)) return { emissions: [], late: true }
      if (reading.at < watermark)
        return { emissions: decide(walk, reading, { source: event.source, id: event.id }) }
      wait(walk, reading)
      return { emissions: [] }
    },
    due(person) {
      const first = firstOf(walks.of(person))
      return first === undefined ? undefined : { at: first.at + 1, rank: 0, order: 0, name: 'zones' }
    },
    onDue(person, { at }) {
      const walk = walks.of(person)
      const first = firstOf(walk) as Reading
      walk.waiting = walk.waiting.filter((other) => other !== first)
      return decide(walk, first, { timer: 'zones', due: at })
    },
    merge(kept, absorbed) {
      const walk = walks.of(kept)
      const other = walks.take(absorbed)
      walk.decided.push(...other.decided)
      for (const [place, since] of other.inside)
        walk.inside.set(place, Math.min(since, walk.inside.get(place) ?? since))
      for (const reading of other.waiting) wait(walk, reading)
      return []
    },
  }
}
