/**
 * segments: groups of people by what is known of them, and who comes and goes.
 *
 * Promise (contracts, section 5 and K13 to K15): the conditions are asked as of each event of the person, and of somebody who does nothing once in a while,
 * since warmth fades and days go by. Whoever a condition has become true for enters, whoever it is not true for any more leaves, with the
 * time as of which it was asked, whatever arrived first.
 *
 * Shape: moments that wait for the watermark, with one timer, due 1 ms behind the first: only then all is known that was to be known of it. One moment
 * a firing, so that each sees the segments of the one before. A merge asks nobody: who was in a segment is in it, and the next moment says whether
 * they still are.
 *
 * Asking again is counted from the newest event, and not by the clock on the wall: days since then are whole at those very moments, and nobody's partition has
 * to ask a million people at midnight.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX, NOTES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import {
  prepareSegments,
  segmentsConfig,
  type SegmentsConfig,
  segmentsProblems,
  type SegmentsReady,
} from './config.ts'
import { describe } from './describe.ts'
import { type Change, segmentsState, type SegmentsState, type Waiting } from './state.ts'

const TIMER = 'segments'

const byMoment = (a: Waiting, b: Waiting): number => a.at - b.at
const byChange = (a: Change, b: Change): number =>
  a.at - b.at ||
  (a.segment === b.segment ? Number(a.entered) - Number(b.entered) : a.segment < b.segment ? -1 : 1)

/** Moments in order, each once. */
function mergeWaiting(a: readonly Waiting[], b: readonly Waiting[]): readonly Waiting[] {
  const all = new Map(a.map((moment) => [moment.at, moment]))
  for (const { at, own } of b) all.set(at, { at, own: own || all.get(at)?.own === true })
  return [...all.values()].sort(byMoment)
}

/** When somebody who does nothing is asked next. */
function recheckOf({ members, seenAt, judgedAt }: SegmentsState, ready: SegmentsReady): EpochMs | undefined {
  if (seenAt === undefined || judgedAt === undefined) return undefined
  const times = Math.floor((judgedAt - seenAt) / ready.recheckMs) + 1
  const at = seenAt + times * ready.recheckMs
  return members.length > 0 || at - seenAt <= ready.recheckForMs ? at : undefined
}

/** The first moment to judge. */
function nextOf(state: SegmentsState, ready: SegmentsReady): Waiting | undefined {
  const first = state.waiting[0]
  const recheck = recheckOf(state, ready)
  if (recheck === undefined || (first !== undefined && first.at <= recheck)) return first
  return { at: recheck, own: false }
}

function stepOf(
  state: SegmentsState,
  ready: SegmentsReady,
  emit: readonly Draft[] = [],
): Step<SegmentsState> {
  const fellOut = Math.max(0, state.waiting.length - INSTANCES_PER_PERSON_MAX)
  const kept = fellOut === 0 ? state : { ...state, waiting: state.waiting.slice(fellOut) }
  const next = nextOf(kept, ready)
  const timers = [{ name: TIMER, due: next === undefined ? undefined : next.at + 1 }]
  return { state: kept, timers, emit, fellOut }
}

/** What a phone says by itself is no doing of the person, and changes nothing that is known of them. */
const isNoDoing = (type: string): boolean =>
  type === 'location.updated' || type === 'trip.eta_updated' || type.startsWith('identity:')

function onEvent(
  state: SegmentsState,
  event: StreamEvent,
  ready: SegmentsReady,
): Step<SegmentsState> | undefined {
  if (isNoDoing(event.type)) return undefined
  const { members, waiting, changes, seenAt, judgedAt } = state
  const own = event.cause === undefined
  const isPast = judgedAt !== undefined && event.time <= judgedAt
  // Of what is late the present is asked anew: what was said of the past stands.
  const moment: Waiting = isPast ? { at: judgedAt, own: false } : { at: event.time, own }
  const seen = own && isPast ? Math.max(seenAt ?? event.time, event.time) : seenAt
  return stepOf({ members, waiting: mergeWaiting(waiting, [moment]), changes, seenAt: seen, judgedAt }, ready)
}

/** Changes that somebody may still ask about. */
function keptChanges(changes: readonly Change[], oldest: EpochMs): readonly Change[] {
  const fresh = changes.filter(({ at }) => at >= oldest).sort(byChange)
  return fresh.slice(Math.max(0, fresh.length - NOTES_PER_PERSON_MAX))
}

/** Asks all conditions as of a moment. Who leaves is out before somebody enters. */
function judged(
  state: SegmentsState,
  { at, own }: Waiting,
  { known, watermark }: Moment,
  ready: SegmentsReady,
): Step<SegmentsState> {
  const inside = ready.segments.filter(({ holds }) => holds(at, known)).map(({ id }) => id)
  const left = state.members.filter((segment) => !inside.includes(segment))
  const entered = inside.filter((segment) => !state.members.includes(segment))
  const changes: readonly Change[] = [
    ...left.map((segment): Change => ({ at, segment, entered: false })),
    ...entered.map((segment): Change => ({ at, segment, entered: true })),
  ]
  const emit = changes.map(
    (change): Draft => ({
      type: change.entered ? 'segment.entered' : 'segment.left',
      time: at,
      data: { segment: change.segment },
    }),
  )
  const next: SegmentsState = {
    members: inside.toSorted(),
    waiting: state.waiting.filter((moment) => moment.at > at),
    changes: keptChanges([...state.changes, ...changes], watermark - ready.keptMs),
    seenAt: own ? Math.max(state.seenAt ?? at, at) : (state.seenAt ?? undefined),
    judgedAt: at,
  }
  return stepOf(next, ready, emit)
}

/** Those of before a moment: what is judged as of that very moment is known only behind it. */
function segmentsBefore({ members, changes }: SegmentsState, at: EpochMs): readonly string[] {
  const then = new Set(members)
  for (const change of changes.toReversed()) {
    if (change.at < at) break
    if (change.entered) then.delete(change.segment)
    else then.add(change.segment)
  }
  return [...then].sort()
}

const later = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)

export const segments: Operator<SegmentsConfig, SegmentsState, SegmentsReady> = {
  type: 'segments',
  stage: 'profile',
  summary: 'Says who enters and leaves groups that are described by what is known of people.',
  config: segmentsConfig,
  accepts: '*',
  hears: '*',
  emits: ['segment.entered', 'segment.left'],
  fields: { segment: 'text' },
  tells: { segments: { list: 'text' } },
  state: segmentsState,
  check: segmentsProblems,
  prepare: prepareSegments,
  tell: (state, at) => ({ segments: segmentsBefore(state, at) }),
  describe,

  onEvent: (state, event, _moment, ready) => onEvent(state, event, ready),

  onTimer(state, _timer, moment, ready) {
    const next = nextOf(state, ready)
    // Under another config the first moment may be another one.
    return next === undefined || next.at >= moment.at
      ? stepOf(state, ready)
      : judged(state, next, moment, ready)
  },

  merge(kept, absorbed, { watermark }, ready) {
    const state: SegmentsState = {
      members: [...new Set([...kept.members, ...absorbed.members])].sort(),
      waiting: mergeWaiting(kept.waiting, absorbed.waiting),
      changes: keptChanges([...kept.changes, ...absorbed.changes], watermark - ready.keptMs),
      seenAt: later(kept.seenAt, absorbed.seenAt),
      judgedAt: later(kept.judgedAt, absorbed.judgedAt),
    }
    return stepOf(state, ready)
  },
}
