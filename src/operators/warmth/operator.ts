/**
 * warmth: how near a person is to a talk, from 0 to 100, and the moment at which somebody should have it.
 *
 * Promise (contracts, section 5 and K7 to K9): warmth is the sum of what events add, each halved with every half-life since; a person is cold, warm
 * or hot by it, and leaves a level only when warmth has fallen well below where it begins. Becoming hot is said once, as `lead.warmed`, with
 * the time of the event that did it, whatever arrived first.
 *
 * Shape: the sum of the past by type, exact in any order, and the events behind it, along which the course of warmth is gone through anew when it matters:
 * a level hangs on all that was before it, so an event that comes in between may change it. It matters seldom. Most people cannot be hot whatever
 * the order, which adding up shows; for the others one timer stands 1 ms behind the first event that makes them so.
 *
 * A late event counts for its time. If with it the person is hot by now, and was not without it, that is said at once. People who become one have one
 * course, as if they always had been one; a merge by itself says nothing, also not later of what was before it.
 */
import { type Draft, fieldOf, type StreamEvent } from '../../model/event.ts'
import { NOTES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { withHalfLife } from '../../model/decay.ts'
import { prepareWarmth, type WarmthConfig, warmthConfig, warmthProblems, type WarmthReady } from './config.ts'
import { courseOf, mayBeHot, reasonsAt, sumsOfNotes, withSums } from './course.ts'
import { HOT, type Level, type Note, type Past, warmthState, type WarmthState } from './state.ts'

const TIMER = 'warmth'
const LEVELS = ['cold', 'warm', 'hot'] as const
/** Old events are summed up by so many at once: the sum is copied each time. */
const NOTES_SUMMED_AT_ONCE = 32

type Held = Omit<WarmthState, 'armed'>

/** The past as the config of today has it: worth the same at its end. */
function readable(state: WarmthState, { halfLifeMs }: WarmthReady): Held {
  const { halfLifeMs: fromMs, past, notes } = state
  if (fromMs === halfLifeMs || fromMs === 0) return { halfLifeMs, past, notes }
  const sums = past.sums.map(({ type, sum }) => ({
    type,
    sum: withHalfLife(sum, past.at, { fromMs, toMs: halfLifeMs }),
  }))
  return { halfLifeMs, past: { at: past.at, level: past.level, sums }, notes }
}

const inOrder = (a: Note, b: Note): number =>
  a.at - b.at || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0) || a.amount - b.amount

function withNote(notes: readonly Note[], note: Note): readonly Note[] {
  let place = notes.length
  while (place > 0 && inOrder(notes[place - 1] as Note, note) > 0) place--
  return notes.toSpliced(place, 0, note)
}

/** The past up to `at`, which is not before its end. */
function pastAt({ past, notes }: Held, old: number, at: EpochMs, ready: WarmthReady): Past {
  const gone = notes.slice(0, old)
  const { level } = courseOf(past, gone, at, ready)
  return { at, level, sums: withSums(past.sums, sumsOfNotes(gone, ready)) }
}

/** Without the events that nobody asks about one by one any more, if they are many. */
function summedUp(held: Held, oldest: EpochMs, ready: WarmthReady): Held {
  const { notes } = held
  let old = 0
  while (old < notes.length && (notes[old] as Note).at < oldest) old++
  old = Math.max(old < NOTES_SUMMED_AT_ONCE ? 0 : old, notes.length - NOTES_PER_PERSON_MAX)
  if (old === 0) return held
  const at = Math.max(held.past.at, (notes[old - 1] as Note).at)
  return { halfLifeMs: held.halfLifeMs, past: pastAt(held, old, at, ready), notes: notes.slice(old) }
}

/** The first moment from `from` on at which the person becomes hot. */
function nextCrossing({ past, notes }: Held, from: EpochMs, ready: WarmthReady): EpochMs | undefined {
  const newest = notes.at(-1)
  if (newest === undefined || newest.at < from || !mayBeHot(past, notes, ready)) return undefined
  return courseOf(past, notes, newest.at, ready).crossings.find((at) => at >= from)
}

const levelAt = ({ past, notes }: Held, at: EpochMs, ready: WarmthReady): Level =>
  mayBeHot(past, notes, ready) ? courseOf(past, notes, at, ready).level : past.level

function warmed({ past, notes }: Held, at: EpochMs, ready: WarmthReady): Draft {
  const { warmth } = courseOf(past, notes, at, ready)
  const reasons = reasonsAt(past, notes, at, ready)
  return { type: 'lead.warmed', time: at, data: { warmth, reasons } }
}

/** `armed`: what the timer is set to before this step; crossings from `watermark` on are to come. */
function stepOf(
  held: Held,
  { armed, watermark, emit }: { armed: EpochMs | undefined; watermark: EpochMs; emit?: Draft | undefined },
  ready: WarmthReady,
): Step<WarmthState> {
  const crossing = nextCrossing(held, watermark, ready)
  const due = crossing === undefined ? undefined : crossing + 1
  const { halfLifeMs, past, notes } = summedUp(held, watermark - ready.keptMs, ready)
  const state: WarmthState = { halfLifeMs, past, notes, armed: due }
  const timers: readonly TimerChange[] = due === armed ? [] : [{ name: TIMER, due }]
  return { state, timers, emit: emit === undefined ? [] : [emit] }
}

/** What an event adds: a bad word takes away as much as a good one would add. */
function amountOf(event: StreamEvent, weight: number): number {
  const sentiment = fieldOf(event, 'sentiment')
  return weight > 0 && typeof sentiment === 'number' && sentiment < 0 ? weight * sentiment : weight
}

function onEvent(
  state: WarmthState,
  event: StreamEvent,
  { watermark }: Moment,
  ready: WarmthReady,
): Step<WarmthState> | undefined {
  const weight = ready.weights.get(event.type)
  if (weight === undefined || weight === 0) return undefined
  const before = readable(state, ready)
  const note: Note = { at: event.time, type: event.type, amount: amountOf(event, weight) }
  const held: Held = { halfLifeMs: before.halfLifeMs, past: before.past, notes: withNote(before.notes, note) }
  const { armed } = state
  const decided = watermark - 1
  if (event.time > decided) return stepOf(held, { armed, watermark }, ready)
  const fires = levelAt(held, decided, ready) === HOT && levelAt(before, decided, ready) !== HOT
  // Where the past has risen so far that it is hot from its end on, that is the moment.
  const at = fires ? courseOf(held.past, held.notes, decided, ready).crossings.at(-1) : undefined
  const emit = fires ? warmed(held, at ?? event.time, ready) : undefined
  return stepOf(held, { armed, watermark, emit }, ready)
}

/** Two pasts as one, both up to the same time. */
const mergePasts = (a: Past, b: Past): Past => ({
  at: Math.max(a.at, b.at),
  level: Math.max(a.level, b.level) as Level,
  sums: withSums(a.sums, b.sums),
})

/** All that is older than `oldest` is past. */
function broughtTo(held: Held, oldest: EpochMs, ready: WarmthReady): Held {
  const { halfLifeMs, past, notes } = held
  if (past.at >= oldest) return held
  const found = notes.findIndex(({ at }) => at >= oldest)
  const old = found < 0 ? notes.length : found
  return { halfLifeMs, past: pastAt(held, old, oldest, ready), notes: notes.slice(old) }
}

export const warmth: Operator<WarmthConfig, WarmthState, WarmthReady> = {
  type: 'warmth',
  stage: 'profile',
  summary: 'Says how warm a person is by what they do, and when they have become hot.',
  config: warmthConfig,
  accepts: '*',
  takes: ({ weights }) => Object.keys(weights),
  emits: ['lead.warmed'],
  fields: { warmth: 'number', reasons: { list: { fields: { type: 'text', share: 'number' } } } },
  tells: {
    warmth: 'number',
    warmth_level: 'text',
    warmth_reasons: { list: { fields: { type: 'text', share: 'number' } } },
  },
  state: warmthState,
  check: warmthProblems,
  prepare: prepareWarmth,
  onEvent,

  tell(state, at, ready) {
    const { past, notes } = readable(state, ready)
    const course = courseOf(past, notes, at, ready)
    return {
      warmth: course.warmth,
      warmth_level: LEVELS[course.level],
      warmth_reasons: reasonsAt(past, notes, at, ready),
    }
  },

  onTimer(state, _timer, { at }, ready) {
    const held = readable(state, ready)
    const crossing = nextCrossing(held, at - 1, ready)
    const emit = crossing === at - 1 ? warmed(held, crossing, ready) : undefined
    return stepOf(held, { armed: undefined, watermark: at, emit }, ready)
  },

  merge(kept, absorbed, { watermark }, ready) {
    const oldest = watermark - ready.keptMs
    const [a, b] = [kept, absorbed].map((state) => broughtTo(readable(state, ready), oldest, ready)) as [
      Held,
      Held,
    ]
    const notes = [...a.notes, ...b.notes].sort(inOrder)
    const held: Held = { halfLifeMs: ready.halfLifeMs, past: mergePasts(a.past, b.past), notes }
    const step = stepOf(held, { armed: undefined, watermark }, ready)
    return { ...step, timers: [{ name: TIMER, due: step.state?.armed }] }
  },
}
