/**
 * What late-arrival remembers of a person: open trips and the ids of closed ones, each list sorted by id and bounded.
 *
 * A trip has two parts that age by themselves: its schedule (newest statement wins) and its progress (newest update wins). So a
 * schedule that arrives behind an update of its trip still counts, and merging in any order ends equal.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { StateShape } from '../../model/operator.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'

export interface Schedule {
  /** Event time of the statement. */
  readonly statedAt: EpochMs
  readonly arrivalAt: EpochMs
}

export interface Progress {
  /** Event time of the newest update applied; one without a known schedule counts here too (L5). */
  readonly updatedAt: EpochMs
  /** Updates in a row that showed the trip late, while it has not fired. */
  readonly lateUpdates: number
  /** Lateness that the last firing said; undefined: on time, or not yet confirmed. */
  readonly firedMs: DurationMs | undefined
}

export interface Trip {
  readonly id: string
  readonly schedule: Schedule | undefined
  readonly progress: Progress | undefined
}

/** A trip that arrived or was stopped: further events of it are ignored (L4). */
export interface ClosedTrip {
  readonly id: string
  readonly closedAt: EpochMs
}

export interface LateArrivalState {
  readonly open: readonly Trip[]
  readonly closed: readonly ClosedTrip[]
}

const EMPTY: LateArrivalState = { open: [], closed: [] }

const newestOf = (trip: Trip): EpochMs =>
  Math.max(
    trip.schedule?.statedAt ?? Number.MIN_SAFE_INTEGER,
    trip.progress?.updatedAt ?? Number.MIN_SAFE_INTEGER,
  )

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0

/** The newest of `items` by `newest`, as many as one person may have; ties by id. Sorted by id. */
function bounded<T extends { readonly id: string }>(
  items: readonly T[],
  newest: (item: T) => EpochMs,
): readonly T[] {
  if (items.length <= INSTANCES_PER_PERSON_MAX) return items
  const kept = [...items].sort((a, b) => newest(b) - newest(a) || byId(a, b))
  return kept.slice(0, INSTANCES_PER_PERSON_MAX).sort(byId)
}

/** A state out of lists in any order; the oldest beyond the bound fall out. */
export const stateOf = (open: readonly Trip[], closed: readonly ClosedTrip[]): LateArrivalState => ({
  open: bounded([...open].sort(byId), newestOf),
  closed: bounded([...closed].sort(byId), (trip) => trip.closedAt),
})

function encodeTrip(trip: Trip, writer: ByteWriter): void {
  const { schedule, progress } = trip
  writer.text(trip.id)
  writer.byte(
    (schedule === undefined ? 0 : 1) |
      (progress === undefined ? 0 : 2) |
      (progress?.firedMs === undefined ? 0 : 4),
  )
  if (schedule !== undefined) {
    writer.int(schedule.statedAt)
    writer.int(schedule.arrivalAt)
  }
  if (progress === undefined) return
  writer.int(progress.updatedAt)
  writer.uint(progress.lateUpdates)
  if (progress.firedMs !== undefined) writer.int(progress.firedMs)
}

function decodeTrip(reader: ByteReader): Trip {
  const id = reader.text()
  const parts = reader.byte()
  const schedule = (parts & 1) === 0 ? undefined : { statedAt: reader.int(), arrivalAt: reader.int() }
  if ((parts & 2) === 0) return { id, schedule, progress: undefined }
  const updatedAt = reader.int()
  const lateUpdates = reader.uint()
  return {
    id,
    schedule,
    progress: { updatedAt, lateUpdates, firedMs: (parts & 4) === 0 ? undefined : reader.int() },
  }
}

export const lateArrivalState: StateShape<LateArrivalState> = {
  version: 1,
  initial: () => EMPTY,
  encode(state, writer) {
    writer.uint(state.open.length)
    for (const trip of state.open) encodeTrip(trip, writer)
    writer.uint(state.closed.length)
    for (const trip of state.closed) {
      writer.text(trip.id)
      writer.int(trip.closedAt)
    }
  },
  decode(reader, version) {
    knownVersion('the state of late-arrival', version, 1)
    const open: Trip[] = []
    for (let left = reader.uint(); left > 0; left--) open.push(decodeTrip(reader))
    const closed: ClosedTrip[] = []
    for (let left = reader.uint(); left > 0; left--)
      closed.push({ id: reader.text(), closedAt: reader.int() })
    return { open, closed }
  },
}
