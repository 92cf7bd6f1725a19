/** geofence: every reading in the order of its time, and all of them kept (contract 5, G1 to G12). */
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Cause, Emission } from './person.ts'
import { durationOf, listOf, numberOf, objectOf, type OperatorSettings, textOf } from './settings.ts'
import type { OracleFact, OracleWorld } from './world.ts'

const EARTH_RADIUS_M = 6_371_008.8
const WAITING_MAX = 200

interface Point {
  readonly lat: number
  readonly lon: number
}

interface Place {
  readonly id: string
  /** Undefined: nowhere. */
  readonly home: Point | undefined
  readonly moves: boolean
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
  /** Of places that move: each time that person and place met, whether it was within. */
  met: Map<string, boolean[]>
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

export function geofence(
  settings: OperatorSettings,
  world: OracleWorld,
  unsettled: Unsettled,
): OracleOperator {
  const confirm = numberOf(settings.config['confirm'], 1)
  const { config } = settings
  const exitFactor = numberOf(settings.config['exitFactor'], 1.2)
  const places = listOf(settings.config['places']).map((entry): Place => {
    const { id, lat, lon, radius_m: radius, kind, moves } = objectOf(entry)
    return {
      id: textOf(id, ''),
      home: lat === undefined ? undefined : { lat: numberOf(lat, 0), lon: numberOf(lon, 0) },
      moves: moves === true,
      radiusM: numberOf(radius, 0),
      kind: typeof kind === 'string' ? kind : null,
    }
  })
  const walks = statesOf<Walk>(() => ({ decided: [], waiting: [], inside: new Map(), met: new Map() }))
  const positionForMs = durationOf(config['positionFor'], '15m')

  const isWithin = (reading: Reading, place: Place, centre = place.home): boolean =>
    centre !== undefined && metresBetween(reading, centre) + reading.accuracyM <= place.radiusM
  const isBeyond = (reading: Reading, place: Place, centre = place.home): boolean =>
    centre !== undefined && metresBetween(reading, centre) > place.radiusM * exitFactor

  /** Moments in a row, from the newest backwards, at which nothing was seen that is not within. */
  function rowOf({ decided }: Walk, place: Place): number {
    const moments = [...new Set(decided.map(({ at }) => at))].sort((a, b) => b - a)
    const broken = moments.findIndex((at) =>
      decided.some((reading) => reading.at === at && !isWithin(reading, place)),
    )
    return broken < 0 ? moments.length : broken
  }

  function turned(walk: Walk, place: Place, to: 'in' | 'out' | 'same', time: number, cause: Cause) {
    const about = { place_id: place.id, zone_id: place.id, kind: place.kind }
    const since = walk.inside.get(place.id)
    if (since !== undefined && to === 'out') {
      walk.inside.delete(place.id)
      const dwell = Math.floor((time - since) / 1000)
      return [{ type: 'zone.left', time, cause, data: { ...about, dwell_seconds: dwell } }]
    }
    if (since !== undefined || to !== 'in') return []
    walk.inside.set(place.id, time)
    return [{ type: 'zone.entered', time, cause, data: about }]
  }

  /** A person and a place that moves are measured against each other. */
  function meet(
    walk: Walk,
    place: Place,
    reading: Reading,
    centre: Point | undefined,
    time: number,
    cause: Cause,
  ) {
    const met = walk.met.get(place.id) ?? []
    walk.met.set(place.id, met)
    met.push(isWithin(reading, place, centre))
    const row = met.length - 1 - met.lastIndexOf(false)
    const to = row >= confirm ? 'in' : isBeyond(reading, place, centre) ? 'out' : 'same'
    return turned(walk, place, to, time, cause)
  }

  const pointOf = (fact: OracleFact): Point => ({ lat: fact.value, lon: fact.more ?? 0 })

  /** `knownAt`: the reading's own time; of a late one the watermark. */
  function decide(walk: Walk, reading: Reading, knownAt: number, cause: Cause): readonly Emission[] {
    walk.decided.push(reading)
    const time = reading.at
    return places.flatMap((place): Emission[] => {
      if (!place.moves) {
        const to = rowOf(walk, place) >= confirm ? 'in' : isBeyond(reading, place) ? 'out' : 'same'
        return turned(walk, place, to, time, cause)
      }
      const said = world.position(place.id, knownAt)
      const centre = said === undefined ? place.home : pointOf(said)
      if (said === undefined || said.time <= time) return meet(walk, place, reading, centre, time, cause)
      // The place has moved since: it is as if nothing was known of it at the time of the reading.
      walk.met.get(place.id)?.push(false)
      return meet(walk, place, reading, centre, said.time, cause)
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
        return { emissions: decide(walk, reading, watermark, { source: event.source, id: event.id }) }
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
      return decide(walk, first, first.at, { timer: 'zones', due: at })
    },
    onFact(person, fact) {
      const place = places.find(({ id, moves }) => moves && id === fact.id && fact.field === 'position')
      if (place === undefined) return []
      const walk = walks.of(person)
      const told = fact.toldAt as number
      const emissions: Emission[] = []
      for (let first = firstOf(walk); first !== undefined && first.at < told; first = firstOf(walk)) {
        const reading = first
        walk.waiting = walk.waiting.filter((other) => other !== reading)
        emissions.push(...decide(walk, reading, reading.at, fact.cause))
      }
      const last = walk.decided.filter(({ at }) => at === newestOf(walk))
      const reading = last.sort((a, b) => a.accuracyM - b.accuracyM)[0]
      if (reading === undefined || told >= reading.at + positionForMs) return emissions
      if (last.length > 1 && last[1]?.accuracyM === reading.accuracyM)
        unsettled('places: two newest readings of people who became one')
      const time = Math.max(fact.time, reading.at)
      return [...emissions, ...meet(walk, place, reading, pointOf(fact), time, fact.cause)]
    },
    merge(kept, absorbed) {
      const walk = walks.of(kept)
      const other = walks.take(absorbed)
      // Rows begin anew where both were seen somewhere; else they are those of the one who was.
      const wereSeen = walk.decided.length > 0 && other.decided.length > 0
      walk.met = wereSeen ? new Map() : new Map([...walk.met, ...other.met])
      walk.decided.push(...other.decided)
      for (const [place, since] of other.inside)
        walk.inside.set(place, Math.min(since, walk.inside.get(place) ?? since))
      for (const reading of other.waiting) wait(walk, reading)
      return []
    },
  }
}
