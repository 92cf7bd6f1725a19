/** late-arrival: answers at once, so it follows the order of arrival (contract 5, L1 to L6). */
import { formatTime, parseTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Emission } from './person.ts'
import { durationOf, type Json, numberOf, type OperatorSettings } from './settings.ts'

const MINUTE_MS = 60_000

interface Trip {
  scheduledAt: number | undefined
  /** The time of the event that said so. */
  scheduleTime: number
  /** Time of the newest update. */
  newest: number
  /** Updates in a row that show lateness. */
  streak: number
  /** Lateness when it last fired, unless it was taken back. */
  fired: number | undefined
  closed: boolean
}

const FRESH: Trip = {
  scheduledAt: undefined,
  scheduleTime: Number.NEGATIVE_INFINITY,
  newest: Number.NEGATIVE_INFINITY,
  streak: 0,
  fired: undefined,
  closed: false,
}

/** L6 does not decide: equally new, and not equal. */
function isTie(a: Trip, b: Trip): boolean {
  return (
    (a.newest === b.newest && (a.streak !== b.streak || a.fired !== b.fired)) ||
    (a.scheduleTime === b.scheduleTime && a.scheduledAt !== b.scheduledAt)
  )
}

export function lateArrival(settings: OperatorSettings, unsettled: Unsettled): OracleOperator {
  const lateByMs = durationOf(settings.config['lateBy'], '10m')
  const clearByMs = durationOf(settings.config['clearBy'], '5m')
  const stepMs = durationOf(settings.config['step'], '15m')
  const confirm = numberOf(settings.config['confirm'], 2)
  const states = statesOf<Map<string, Trip>>(() => new Map())

  const emission = (event: OracleEvent, type: string, data: Json): Emission => ({
    type,
    time: event.time,
    cause: { source: event.source, id: event.id },
    data: { trigger: 'late-arrival', instance: String(event.data['trip_id']), ...data },
  })

  const fire = (
    event: OracleEvent,
    phase: string,
    etaAt: number,
    scheduledAt: number,
  ): readonly Emission[] => [
    emission(event, 'trigger.fired', {
      phase,
      late_minutes: Math.floor((etaAt - scheduledAt) / MINUTE_MS),
      eta_at: formatTime(etaAt),
      scheduled_arrival_at: formatTime(scheduledAt),
    }),
  ]

  function schedule(trip: Trip, event: OracleEvent): void {
    const scheduledAt = parseTime(event.data['scheduled_arrival_at'])
    if (scheduledAt === undefined) return
    if (event.type === 'trip.started' && trip.newest !== Number.NEGATIVE_INFINITY) {
      unsettled('trip: started after its first update')
    }
    if (event.time < trip.scheduleTime) return
    trip.scheduledAt = scheduledAt
    trip.scheduleTime = event.time
  }

  function update(trip: Trip, event: OracleEvent, etaAt: number): readonly Emission[] {
    if (event.time < trip.newest) return []
    if (event.time < trip.scheduleTime) unsettled('trip: an update from before its start')
    schedule(trip, event)
    trip.newest = event.time
    if (trip.scheduledAt === undefined) return []
    const lateness = etaAt - trip.scheduledAt
    trip.streak = lateness >= lateByMs ? trip.streak + 1 : 0
    if (trip.fired !== undefined && lateness <= clearByMs) {
      trip.fired = undefined
      trip.streak = 0
      return [emission(event, 'trigger.retracted', { reason: 'on-time-again' })]
    }
    const fires = trip.fired === undefined ? trip.streak >= confirm : lateness >= trip.fired + stepMs
    if (!fires) return []
    trip.fired = lateness
    return fire(event, 'en-route', etaAt, trip.scheduledAt)
  }

  function step(trip: Trip, event: OracleEvent): readonly Emission[] {
    if (trip.closed) return []
    const etaAt = parseTime(event.data['eta_at'])
    if (event.type === 'trip.started' || event.type === 'trip.eta_updated') {
      if (etaAt !== undefined) {
        // An older start still says when a trip was to arrive, if nobody else did.
        if (event.type === 'trip.started' && event.time < trip.newest) schedule(trip, event)
        return update(trip, event, etaAt)
      }
      schedule(trip, event)
    }
    if (event.type === 'trip.stopped') trip.closed = true
    if (event.type === 'trip.arrived') {
      trip.closed = true
      const { scheduledAt } = trip
      if (scheduledAt !== undefined && event.time >= scheduledAt + lateByMs) {
        return fire(event, 'arrived', event.time, scheduledAt)
      }
    }
    return []
  }

  return {
    settings,
    onEvent(person, event) {
      const types = ['trip.started', 'trip.eta_updated', 'trip.stopped', 'trip.arrived']
      if (!types.includes(event.type)) return { emissions: [] }
      const trips = states.of(person)
      const id = String(event.data['trip_id'])
      const trip = trips.get(id) ?? { ...FRESH }
      trips.set(id, trip)
      return { emissions: step(trip, event) }
    },
    due: () => undefined,
    onDue: () => [],
    merge(kept, absorbed) {
      const trips = states.of(kept)
      for (const [id, other] of states.take(absorbed)) {
        const own = trips.get(id)
        if (own !== undefined && !own.closed && !other.closed && isTie(own, other)) {
          unsettled('trip: two states of one trip, and the newest update does not decide')
        }
        if (own === undefined || other.closed) {
          trips.set(id, other)
          continue
        }
        if (own.closed) continue
        // The newest schedule stays known, whoever heard of it: as if one person had had all of the trip.
        const { scheduledAt, scheduleTime } = other.scheduleTime > own.scheduleTime ? other : own
        trips.set(id, { ...(other.newest > own.newest ? other : own), scheduledAt, scheduleTime })
      }
      return []
    },
  }
}
