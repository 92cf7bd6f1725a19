/**
 * geofence: says when a person enters and leaves places, from the positions that are reported of them; and of places that move.
 *
 * Promise (contracts, section 5 and G1 to G12): a place is entered when `confirm` readings in a row are within it, accuracy and all, and
 * left with the first one beyond radius x exitFactor. Readings count in the order of event time, whatever arrived first.
 *
 * Why so. Answering at once and ignoring what is older than the newest would be quicker by the lateness; but two readings that change
 * places on their way would then be one, or none in a row, and whoever reads `dwell_seconds` would read the network. It would be one
 * more exception to the rule that emissions follow from event times, and what stands behind it would inherit it. So a reading is decided
 * when the watermark has passed it. What costs then is not the wait, it is a timer for each reading: positions are the most frequent
 * events there are, and hardly one in a hundred enters or leaves anything. Hence:
 *
 * 1. What a reading says of each place that stays is worked out once, on arrival; coordinates are not remembered.
 * 2. The timer is set behind the first waiting reading that enters or leaves something, as things stand. People who are in no place, or
 *    stay in theirs, have none; their readings are decided in passing, when the next one comes.
 * 3. So no emission is behind its timer. It is due 1 ms behind the reading: another one of the same moment is late only then.
 * 4. A late reading is decided at once if it is newer than all that were decided; else it is too late for this operator.
 * 5. Two people who become one are where either was: no emission, and the next reading leaves what it is beyond. So whatever was
 *    entered is left at most once.
 *
 * A place that moves makes it dearer, and only then:
 *
 * 6. What a reading says of it is known when the watermark has passed the reading, so readings keep their coordinates, and each has a timer.
 * 7. It may come to somebody who stands still. So whoever was seen in the last `positionFor` watches it, and its moves are measured against
 *    the newest reading from before. A move that changes nothing for somebody writes nothing.
 * 8. One timer a person ends the watching; it is not moved with each reading, it looks whether there was one.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { READINGS_WAITING_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange, WatchChange } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { entityOf } from '../../model/world.ts'
import {
  type GeofenceConfig,
  geofenceConfig,
  geofenceProblems,
  type GeofenceReady,
  hasMovers,
  prepareGeofence,
} from './config.ts'
import { type Course, decidedBelow, withDecided, withMoved, withRoom, withWaiting } from './course.ts'
import { describe } from './describe.ts'
import { newerSpot } from './moving.ts'
import { decided, mergePresences, type Presence } from './presence.ts'
import { type Position, type Reading, readingOf } from './reading.ts'
import { type GeofenceState, geofenceState, type Watch } from './state.ts'

const TIMER = 'zones'
const WATCH_TIMER = 'watch'
const NO_PLACES: readonly string[] = []

/** Behind the first waiting reading that enters or leaves something; where places move, behind the first. */
function dueOf(from: Presence, waiting: readonly Reading[], ready: GeofenceReady): EpochMs | undefined {
  const { confirm, movers } = ready
  if (movers.length > 0) return waiting.length === 0 ? undefined : (waiting[0] as Reading).at + 1
  let presence = from
  for (const reading of waiting) {
    const change = decided(presence, reading, confirm)
    if (change.left.length > 0 || change.entered.length > 0) return reading.at + 1
    presence = change.presence
  }
  return undefined
}

/** Who was seen lately watches every place that moves. The timer stays where it is until it fires: then it is asked again. */
function watchOf(
  { spot, waiting }: Course,
  was: Watch | undefined,
  watermark: EpochMs,
  { movers, positionForMs }: GeofenceReady,
): Watch | undefined {
  if (movers.length === 0) return undefined
  const newest = waiting.at(-1)?.at ?? spot?.at
  if (newest === undefined || newest + positionForMs <= watermark) return undefined
  if (was === undefined || was.until <= watermark)
    return { until: newest + positionForMs, places: movers.map(({ id }) => id), spot }
  return was.spot === spot ? was : { until: was.until, places: was.places, spot }
}

function watchChanges(was: Watch | undefined, is: Watch | undefined): readonly WatchChange[] {
  const before = was?.places ?? NO_PLACES
  const after = is?.places ?? NO_PLACES
  if (before === after) return []
  const change = (on: boolean) => (place: string) => ({ entity: entityOf('place', place), on })
  return [
    ...before.filter((place) => !after.includes(place)).map(change(false)),
    ...after.filter((place) => !before.includes(place)).map(change(true)),
  ]
}

/** What the timers are set to, and what is watched, before this step. */
interface Before {
  readonly armed: EpochMs | undefined
  readonly watch: Watch | undefined
}

const NOTHING_BEFORE: Before = { armed: undefined, watch: undefined }

function stepOf(
  course: Course,
  before: Before,
  watermark: EpochMs,
  ready: GeofenceReady,
): Step<GeofenceState> {
  const { presence, waiting, emit } = course
  const { decidedAt, stays, approaches } = presence
  const due = dueOf(presence, waiting, ready)
  const watch = watchOf(course, before.watch, watermark, ready)
  const state: GeofenceState = { decidedAt, stays, approaches, waiting, armed: due, watch }
  const timers: TimerChange[] = []
  if (due !== before.armed) timers.push({ name: TIMER, due })
  if (watch === before.watch) return timers.length === 0 ? { state, emit } : { state, emit, timers }
  if (watch?.until !== before.watch?.until) timers.push({ name: WATCH_TIMER, due: watch?.until })
  return { state, emit, timers, watch: watchChanges(before.watch, watch) }
}

function positionOf(event: StreamEvent): Position | undefined {
  const lat = fieldOf(event, 'lat')
  const lon = fieldOf(event, 'lon')
  const accuracy = fieldOf(event, 'accuracy_m')
  if (typeof lat !== 'number' || typeof lon !== 'number') return undefined
  return { at: event.time, lat, lon, accuracyM: typeof accuracy === 'number' ? accuracy : 0 }
}

function onEvent(
  state: GeofenceState,
  event: StreamEvent,
  { watermark, known }: Moment,
  ready: GeofenceReady,
): Step<GeofenceState> | undefined {
  const position = positionOf(event)
  if (position === undefined) return undefined
  const isLate = event.time < watermark
  const course = decidedBelow(state, watermark, known, ready)
  const { presence, waiting, spot, emit } = course
  if (presence.decidedAt !== undefined && event.time <= presence.decidedAt) {
    // What an operator upstream made of the past has no line of input that could be called late.
    return isLate && event.cause === undefined ? { state, late: true } : undefined
  }
  const reading = readingOf(position, ready.atlas, ready.movers.length > 0)
  const next = isLate
    ? withDecided(course, reading, watermark, known, ready)
    : withRoom({ presence, waiting: withWaiting(waiting, reading), spot, emit }, known, ready)
  return stepOf(next, state, watermark, ready)
}

/** What both wait for, as far as there is room: the oldest fall out, since a merge decides nothing. */
function mergeWaiting(a: readonly Reading[], b: readonly Reading[]): readonly Reading[] {
  const all = b.reduce(withWaiting, a)
  return all.length <= READINGS_WAITING_MAX ? all : all.slice(all.length - READINGS_WAITING_MAX)
}

export const geofence: Operator<GeofenceConfig, GeofenceState, GeofenceReady> = {
  type: 'geofence',
  stage: 'profile',
  summary: 'Turns positions into entering and leaving of places, also of places that move.',
  config: geofenceConfig,
  accepts: ['location.updated'],
  emits: ['zone.entered', 'zone.left'],
  fields: { place_id: 'text', zone_id: 'text', kind: 'text', dwell_seconds: 'number' },
  watches: (config) => (hasMovers(config) ? ['place'] : []),
  // Where a place is counts also for whoever was nowhere when it was said.
  asks: (config) => (hasMovers(config) ? ['place'] : []),
  state: geofenceState,
  check: geofenceProblems,
  prepare: prepareGeofence,
  onEvent,

  onTimer(state, timer, { at, known }, ready) {
    const armed = timer === TIMER ? undefined : state.armed
    return stepOf(decidedBelow(state, at, known, ready), { armed, watch: state.watch }, at, ready)
  },

  onWorld(state, fact, { watermark, known }, ready) {
    if (fact.field !== 'position') return undefined
    const course = withMoved(decidedBelow(state, watermark, known, ready), fact, watermark, ready)
    if (course.presence === state) return undefined
    return stepOf(course, state, watermark, ready)
  },

  merge(kept, absorbed, { watermark, known }, ready) {
    const a = decidedBelow(kept, watermark, known, ready)
    const b = decidedBelow(absorbed, watermark, known, ready)
    const moves = (place: string): boolean => ready.movers.some(({ id }) => id === place)
    const presence = mergePresences(a.presence, b.presence, { confirm: ready.confirm, moves })
    const waiting = mergeWaiting(a.waiting, b.waiting)
    const spot = newerSpot(a.spot, b.spot)
    const course: Course = { presence, waiting, spot, emit: [...a.emit, ...b.emit] }
    return stepOf(course, NOTHING_BEFORE, watermark, ready)
  },
  describe,
}
