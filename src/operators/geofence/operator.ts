/**
 * geofence: says when a person enters and leaves places that stay where they are, from the positions that are reported of them.
 *
 * Promise (contracts, section 5 and G1 to G6): a place is entered when `confirm` readings in a row are within it, accuracy and all, and
 * left with the first one beyond radius x exitFactor. Readings count in the order of event time, whatever arrived first.
 *
 * Why so. Answering at once and ignoring what is older than the newest would be quicker by the lateness; but two readings that change
 * places on their way would then be one, or none in a row, and whoever reads `dwell_seconds` would read the network. It would be one
 * more exception to the rule that emissions follow from event times, and what stands behind it would inherit it. So a reading is decided
 * when the watermark has passed it. What costs then is not the wait, it is a timer for each reading: positions are the most frequent
 * events there are, and hardly one in a hundred enters or leaves anything. Hence:
 *
 * 1. What a reading says of each place is worked out once, on arrival; coordinates are not remembered.
 * 2. The timer is set behind the first waiting reading that enters or leaves something, as things stand. People who are in no place, or
 *    stay in theirs, have none; their readings are decided in passing, when the next one comes.
 * 3. So no emission is behind its timer. It is due 1 ms behind the reading: another one of the same moment is late only then.
 * 4. A late reading is decided at once if it is newer than all that were decided; else it is too late for this operator.
 * 5. Two people who become one are where either was: no emission, and the next reading leaves what it is beyond. So whatever was
 *    entered is left at most once.
 *
 * A place that moves needs facts of the world, and with them readings that keep their coordinates: not in this version.
 */
import { type Draft, fieldOf, type StreamEvent } from '../../model/event.ts'
import { READINGS_WAITING_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import { type EpochMs, SECOND_MS } from '../../model/time.ts'
import {
  type GeofenceConfig,
  geofenceConfig,
  geofenceProblems,
  type GeofenceReady,
  prepareGeofence,
} from './config.ts'
import { describe } from './describe.ts'
import { type Change, decided, mergePresences, type Presence } from './presence.ts'
import { better, type Position, type Reading, readingOf } from './reading.ts'
import { type GeofenceState, geofenceState } from './state.ts'

const TIMER = 'zones'
const NOTHING: readonly Draft[] = []

/** Whoever goes from one place into another is out before they are in. */
function draftsOf({ left, entered }: Change, at: EpochMs, { kinds }: GeofenceReady): readonly Draft[] {
  const about = (place: string) => ({ place_id: place, zone_id: place, kind: kinds.get(place) ?? null })
  return [
    ...left.map(
      ({ place, since }): Draft => ({
        type: 'zone.left',
        time: at,
        data: { ...about(place), dwell_seconds: Math.trunc((at - since) / SECOND_MS) },
      }),
    ),
    ...entered.map((place): Draft => ({ type: 'zone.entered', time: at, data: about(place) })),
  ]
}

/** A state on its way: what is decided, what waits, and what was said. */
interface Course {
  readonly presence: Presence
  readonly waiting: readonly Reading[]
  readonly emit: readonly Draft[]
}

function withDecided(course: Course, reading: Reading, ready: GeofenceReady): Course {
  const change = decided(course.presence, reading, ready.confirm)
  const drafts = draftsOf(change, reading.at, ready)
  const emit = drafts.length === 0 ? course.emit : [...course.emit, ...drafts]
  return { presence: change.presence, waiting: course.waiting, emit }
}

/** Decides the waiting readings below a watermark, as far as which nothing on time can come any more. */
function decidedBelow(state: GeofenceState, watermark: EpochMs, ready: GeofenceReady): Course {
  const { waiting } = state
  let course: Course = { presence: state, waiting, emit: NOTHING }
  let count = 0
  while (count < waiting.length && (waiting[count] as Reading).at < watermark) {
    course = withDecided(course, waiting[count] as Reading, ready)
    count++
  }
  if (count === 0) return course
  return { presence: course.presence, waiting: waiting.slice(count), emit: course.emit }
}

/** Decides the oldest of too many that wait. */
function withRoom(course: Course, ready: GeofenceReady): Course {
  const { waiting } = course
  if (waiting.length <= READINGS_WAITING_MAX) return course
  const { presence, emit } = withDecided(course, waiting[0] as Reading, ready)
  return { presence, waiting: waiting.slice(1), emit }
}

/** The readings with one more in its place; of one moment the better one stays. */
function withWaiting(waiting: readonly Reading[], reading: Reading): readonly Reading[] {
  let place = waiting.length
  while (place > 0 && (waiting[place - 1] as Reading).at > reading.at) place--
  const same = waiting[place - 1]
  return same?.at === reading.at
    ? waiting.with(place - 1, better(same, reading))
    : waiting.toSpliced(place, 0, reading)
}

/** Behind the first waiting reading that enters or leaves something. */
function dueOf(from: Presence, waiting: readonly Reading[], confirm: number): EpochMs | undefined {
  let presence = from
  for (const reading of waiting) {
    const change = decided(presence, reading, confirm)
    if (change.left.length > 0 || change.entered.length > 0) return reading.at + 1
    presence = change.presence
  }
  return undefined
}

/** `armed`: what the timer is set to before this step. */
function stepOf(course: Course, armed: EpochMs | undefined, ready: GeofenceReady): Step<GeofenceState> {
  const { presence, waiting, emit } = course
  const { decidedAt, stays, approaches } = presence
  const due = dueOf(presence, waiting, ready.confirm)
  const state: GeofenceState = { decidedAt, stays, approaches, waiting, armed: due }
  if (due === armed) return { state, emit }
  const timers: readonly TimerChange[] = [{ name: TIMER, due }]
  return { state, emit, timers }
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
  { watermark }: Moment,
  ready: GeofenceReady,
): Step<GeofenceState> | undefined {
  const position = positionOf(event)
  if (position === undefined) return undefined
  const isLate = event.time < watermark
  const course = decidedBelow(state, watermark, ready)
  const { presence, waiting, emit } = course
  if (presence.decidedAt !== undefined && event.time <= presence.decidedAt) {
    // What an operator upstream made of the past has no line of input that could be called late.
    return isLate && event.cause === undefined ? { state, late: true } : undefined
  }
  const reading = readingOf(position, ready.atlas)
  const next = isLate
    ? withDecided(course, reading, ready)
    : withRoom({ presence, waiting: withWaiting(waiting, reading), emit }, ready)
  return stepOf(next, state.armed, ready)
}

/** What both wait for, as far as there is room: the oldest fall out, since a merge decides nothing. */
function mergeWaiting(a: readonly Reading[], b: readonly Reading[]): readonly Reading[] {
  const all = b.reduce(withWaiting, a)
  return all.length <= READINGS_WAITING_MAX ? all : all.slice(all.length - READINGS_WAITING_MAX)
}

export const geofence: Operator<GeofenceConfig, GeofenceState, GeofenceReady> = {
  type: 'geofence',
  stage: 'profile',
  summary: 'Turns positions into entering and leaving of places.',
  config: geofenceConfig,
  accepts: ['location.updated'],
  emits: ['zone.entered', 'zone.left'],
  fields: { place_id: 'text', zone_id: 'text', kind: 'text', dwell_seconds: 'number' },
  state: geofenceState,
  check: geofenceProblems,
  prepare: prepareGeofence,
  onEvent,

  onTimer: (state, _timer, { at }, ready) => stepOf(decidedBelow(state, at, ready), undefined, ready),

  merge(kept, absorbed, { watermark }, ready) {
    const a = decidedBelow(kept, watermark, ready)
    const b = decidedBelow(absorbed, watermark, ready)
    const presence = mergePresences(a.presence, b.presence, ready.confirm)
    const waiting = mergeWaiting(a.waiting, b.waiting)
    return stepOf({ presence, waiting, emit: [...a.emit, ...b.emit] }, undefined, ready)
  },
  describe,
}
