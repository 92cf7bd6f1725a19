/** A state on its way through one step: readings are decided, places that move come and go, and what is said of it adds up. */
import type { Draft } from '../../model/event.ts'
import { READINGS_WAITING_MAX } from '../../model/limits.ts'
import type { Moment } from '../../model/operator.ts'
import { type EpochMs, SECOND_MS } from '../../model/time.ts'
import type { WorldFact } from '../../model/world.ts'
import type { GeofenceReady } from './config.ts'
import { measured, type Spot, spotOf, verdictOf } from './moving.ts'
import { type Change, decided, observed, type Presence } from './presence.ts'
import { better, type Reading } from './reading.ts'
import type { GeofenceState } from './state.ts'

/** What is decided, what waits, where the person was last as far as that counts, and what was said. */
export interface Course {
  readonly presence: Presence
  readonly waiting: readonly Reading[]
  readonly spot: Spot | undefined
  readonly emit: readonly Draft[]
}

type Known = Moment['known']

const NOTHING: readonly Draft[] = []

/** Whoever goes from one place into another is out before they are in. */
function draftsOf({ left, entered }: Change, at: EpochMs, { kinds }: GeofenceReady): readonly Draft[] {
  if (left.length === 0 && entered.length === 0) return NOTHING
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

export const courseOf = (state: GeofenceState): Course => ({
  presence: state,
  waiting: state.waiting,
  spot: state.watch?.spot,
  emit: NOTHING,
})

function withChange(course: Course, change: Change, at: EpochMs, ready: GeofenceReady): Course {
  if (change.presence === course.presence) return course
  const drafts = draftsOf(change, at, ready)
  const emit = drafts.length === 0 ? course.emit : [...course.emit, ...drafts]
  return { presence: change.presence, waiting: course.waiting, spot: course.spot, emit }
}

/** `worldAt`: its own time, or, of a late reading, the watermark. */
export function withDecided(
  course: Course,
  reading: Reading,
  worldAt: EpochMs,
  known: Known,
  ready: GeofenceReady,
): Course {
  const { movers, confirm } = ready
  if (movers.length === 0)
    return withChange(course, decided(course.presence, reading, confirm), reading.at, ready)
  const { reading: whole, since } = measured(reading, movers, known.world(worldAt))
  const first = decided(course.presence, whole, confirm)
  const { presence, waiting, emit } = course
  let next = withChange({ presence, waiting, spot: spotOf(reading), emit }, first, reading.at, ready)
  for (const { mover, at, verdict } of since) {
    const change = observed(next.presence, mover.id, verdict, { at, confirm })
    next = withChange(next, change, at, ready)
  }
  return next
}

/** Decides the waiting readings below a watermark, as far as which nothing on time can come any more. */
export function decidedBelow(
  state: GeofenceState,
  watermark: EpochMs,
  known: Known,
  ready: GeofenceReady,
): Course {
  const { waiting } = state
  let course = courseOf(state)
  let count = 0
  while (count < waiting.length && (waiting[count] as Reading).at < watermark) {
    const reading = waiting[count] as Reading
    course = withDecided(course, reading, reading.at, known, ready)
    count++
  }
  if (count === 0) return course
  const { presence, spot, emit } = course
  return { presence, waiting: waiting.slice(count), spot, emit }
}

/** Decides the oldest of too many that wait. */
export function withRoom(course: Course, known: Known, ready: GeofenceReady): Course {
  const { waiting } = course
  if (waiting.length <= READINGS_WAITING_MAX) return course
  const oldest = waiting[0] as Reading
  const { presence, spot, emit } = withDecided(course, oldest, oldest.at, known, ready)
  return { presence, waiting: waiting.slice(1), spot, emit }
}

/** The readings with one more in its place; of one moment the better one stays. */
export function withWaiting(waiting: readonly Reading[], reading: Reading): readonly Reading[] {
  let place = waiting.length
  while (place > 0 && (waiting[place - 1] as Reading).at > reading.at) place--
  const same = waiting[place - 1]
  return same?.at === reading.at
    ? waiting.with(place - 1, better(same, reading))
    : waiting.toSpliced(place, 0, reading)
}

/** A place has moved. If that was late it counts as of the newest reading, since what was said of the past stays said. */
export function withMoved(course: Course, fact: WorldFact, watermark: EpochMs, ready: GeofenceReady): Course {
  const { spot, presence } = course
  const mover = ready.movers.find(({ id }) => id === fact.id)
  if (mover === undefined || spot === undefined || watermark >= spot.at + ready.positionForMs) return course
  const at = Math.max(fact.time, spot.at)
  const verdict = verdictOf(mover, spot, { lat: fact.value, lon: fact.more as number })
  return withChange(course, observed(presence, mover.id, verdict, { at, confirm: ready.confirm }), at, ready)
}
