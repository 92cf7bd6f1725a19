/**
 * late-arrival: says at once that a trip is going to be late, that it is later still, that it is on time again, or that it came late.
 *
 * Promise (contracts, section 5 and L1 to L6): fires when `confirm` updates in a row show a lateness of `lateBy` or more; again
 * when it has grown by `step`; is retracted when it falls to `clearBy` or less, and then all starts anew. An arrival at or after
 * schedule + lateBy fires once with phase `arrived`. A trip that arrived or stopped is closed for good.
 *
 * It answers at once, so it follows the order of the log (M1) and needs no timer. Whatever is older than what is applied
 * changes nothing, so what came out of order cannot confirm, clear or fire.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import type { Operator, Step } from '../../model/operator.ts'
import { formatTime, MINUTE_MS, parseTime, type EpochMs } from '../../model/time.ts'
import { lateArrivalConfig, lateArrivalProblems, type LateArrivalConfig } from './config.ts'
import { describe } from './describe.ts'
import {
  lateArrivalState,
  stateOf,
  type ClosedTrip,
  type LateArrivalState,
  type Schedule,
  type Trip,
} from './state.ts'
import { judge, mergeTrips, newerSchedule } from './trip.ts'

const TRIGGER = 'late-arrival'

function fired(trip: string, phase: 'en-route' | 'arrived', etaAt: EpochMs, scheduledAt: EpochMs): Draft {
  return {
    type: 'trigger.fired',
    data: {
      trigger: TRIGGER,
      instance: trip,
      phase,
      late_minutes: Math.trunc((etaAt - scheduledAt) / MINUTE_MS),
      eta_at: formatTime(etaAt),
      scheduled_arrival_at: formatTime(scheduledAt),
    },
  }
}

const retracted = (trip: string): Draft => ({
  type: 'trigger.retracted',
  data: { trigger: TRIGGER, instance: trip, reason: 'on-time-again' },
})

const withTrip = (state: LateArrivalState, trip: Trip): LateArrivalState =>
  stateOf([...state.open.filter((other) => other.id !== trip.id), trip], state.closed)

/** `trip.started` and `trip.eta_updated`. */
function onUpdate(
  state: LateArrivalState,
  event: StreamEvent,
  known: Trip | undefined,
  config: LateArrivalConfig,
): Step<LateArrivalState> | undefined {
  const id = event.data.trip_id as string
  const etaAt = parseTime(event.data.eta_at)
  const arrivalAt = parseTime(event.data.scheduled_arrival_at)
  const old = known?.progress !== undefined && event.time < known.progress.updatedAt
  // An update that is too old is ignored whole; a start that is outrun by an update still brings the schedule.
  if (old && event.type !== 'trip.started') return undefined
  const stated: Schedule | undefined =
    arrivalAt === undefined ? undefined : { statedAt: event.time, arrivalAt }
  const schedule = newerSchedule(stated, known?.schedule)
  if (etaAt === undefined || old) {
    if (schedule === undefined || schedule === known?.schedule) return undefined
    return { state: withTrip(state, { id, schedule, progress: known?.progress }) }
  }
  const lateMs = schedule === undefined ? undefined : etaAt - schedule.arrivalAt
  const { progress, fires, clears } = judge(known?.progress, event.time, lateMs, config)
  const next = withTrip(state, { id, schedule, progress })
  if (fires !== undefined && schedule !== undefined)
    return { state: next, emit: [fired(id, 'en-route', etaAt, schedule.arrivalAt)] }
  return clears ? { state: next, emit: [retracted(id)] } : { state: next }
}

/** `trip.arrived` and `trip.stopped`: whatever its age, it ends the trip (L4). */
function onEnd(
  state: LateArrivalState,
  event: StreamEvent,
  known: Trip | undefined,
  config: LateArrivalConfig,
): Step<LateArrivalState> {
  const id = event.data.trip_id as string
  const next = stateOf(
    state.open.filter((trip) => trip.id !== id),
    [...state.closed, { id, closedAt: event.time }],
  )
  const scheduledAt = known?.schedule?.arrivalAt
  if (event.type !== 'trip.arrived' || scheduledAt === undefined || event.time < scheduledAt + config.lateBy)
    return { state: next }
  return { state: next, emit: [fired(id, 'arrived', event.time, scheduledAt)] }
}

/** Closed wins over open; of two closings the later one is remembered, so that the order of merges does not matter. */
function mergeClosed(a: readonly ClosedTrip[], b: readonly ClosedTrip[]): readonly ClosedTrip[] {
  const byId = new Map(a.map((trip) => [trip.id, trip]))
  for (const trip of b)
    if ((byId.get(trip.id)?.closedAt ?? Number.NEGATIVE_INFINITY) < trip.closedAt) byId.set(trip.id, trip)
  return [...byId.values()]
}

export const lateArrival: Operator<LateArrivalConfig, LateArrivalState> = {
  type: 'late-arrival',
  stage: 'profile',
  summary: 'Says at once when a trip is going to be late, is on time again, or has come late.',
  config: lateArrivalConfig,
  accepts: ['trip.started', 'trip.eta_updated', 'trip.arrived', 'trip.stopped'],
  emits: ['trigger.fired', 'trigger.retracted'],
  fields: {
    trigger: 'text',
    instance: 'text',
    phase: 'text',
    late_minutes: 'number',
    eta_at: 'time',
    scheduled_arrival_at: 'time',
    reason: 'text',
  },
  state: lateArrivalState,
  check: lateArrivalProblems,
  prepare: (config) => config,

  onEvent(state, event, _moment, config) {
    const id = event.data.trip_id
    if (typeof id !== 'string' || state.closed.some((trip) => trip.id === id)) return undefined
    const known = state.open.find((trip) => trip.id === id)
    if (event.type === 'trip.started' || event.type === 'trip.eta_updated')
      return onUpdate(state, event, known, config)
    return event.type === 'trip.arrived' || event.type === 'trip.stopped'
      ? onEnd(state, event, known, config)
      : undefined
  },

  merge(kept, absorbed) {
    const closed = mergeClosed(kept.closed, absorbed.closed)
    const gone = new Set(closed.map((trip) => trip.id))
    const open = new Map<string, Trip>()
    for (const trip of [...kept.open, ...absorbed.open]) {
      const other = open.get(trip.id)
      if (!gone.has(trip.id)) open.set(trip.id, other === undefined ? trip : mergeTrips(other, trip))
    }
    return { state: stateOf([...open.values()], closed) }
  },
  describe,
}
