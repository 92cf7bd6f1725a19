/**
 * pattern: fires a trigger on behaviour that somebody describes instead of programming: steps, in which order, how close together,
 * and what must stay away afterwards.
 *
 * Promise (contracts, section 5 and P1 to P8): the steps match in the order of event time, others may lie between, first to last in less than
 * `within`. A match fires when the watermark reaches its last event; with `unless`, when it reaches the end of that span, iff nothing
 * of that kind lies inside. Matching goes on behind the last event of a match. `decide: at-once` fires when that event arrives.
 *
 * Shape: it keeps events, and looks for a match when time is up, instead of keeping the states of an automaton, which would be
 * smaller: for each step the best beginning so far. Two things speak against that. Events come out of order, so an automaton needs a sorted
 * buffer in front of it all the same, and can take back nothing that it has read when a late event turns up. And two people who become one
 * may have done the steps between them: states of an automaton cannot be united so that the order of merges makes no difference, lists of
 * events can. An event is kept as time, roles and id, some 45 bytes, and for no longer than a match may still need it.
 *
 * An event whose conditions ask for more than the event waits until the watermark is past it (`asked.ts`): only then all of that is known. It
 * is then taken as if it had come at that moment, whatever came in between.
 *
 * One timer a person, `pattern`, for the first match to decide, or else for the end of all that is kept; what comes later leaves it
 * where it is, and when it fires too early it is set again, so that the true firing carries exactly the due time. A match that
 * only a late event makes has its time behind it already: a timer of its own is due then, and fires behind the same step. It bears
 * its due time in its name, since operators upstream may say several things of the past in one step.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import { formatTime, type EpochMs } from '../../model/time.ts'
import { PATTERN_EVENTS_PER_PERSON_MAX } from '../../model/limits.ts'
import { type Asked, askedOf, compareAsked, eventOf } from './asked.ts'
import { patternProblems } from './check.ts'
import { patternConfig, type PatternConfig, type PatternReady, type TypeRule, UNLESS } from './config.ts'
import { describe } from './describe.ts'
import {
  endOf,
  type Firing,
  firstDue,
  isEmpty,
  matchTo,
  mergeInstances,
  newInstance,
  pruned,
  settled,
  withMatch,
  withTrace,
} from './instance.ts'
import { bounded, withInstance } from './instances.ts'
import { preparePattern } from './prepare.ts'
import { type Instance, patternState, type PatternState, rankOf, type Trace } from './state.ts'

const TIMER = 'pattern'
/** Sorts in front of the other: what is asked as of a moment comes before what that moment decides. */
const ASKED = 'asked'
const NEVER = Number.MAX_SAFE_INTEGER
const EVER = Number.MIN_SAFE_INTEGER
const SILENT: readonly Draft[] = []
const UNCHANGED: readonly TimerChange[] = []

function fired({ key, at, matched }: Firing, ready: PatternReady): Draft {
  const typeOf = (roles: number): string => ready.types[Math.log2(rankOf(roles)) - 1] as string
  return {
    type: 'trigger.fired',
    time: at,
    data: {
      trigger: ready.trigger,
      instance: key === '' ? null : key,
      matched: matched.map(({ id, at: time, roles }) => ({
        id,
        type: typeOf(roles),
        time: formatTime(time),
      })),
    },
  }
}

/** Under another config events had other roles: they are forgotten, and only when it fired last is still true. */
function readable(state: PatternState, { print }: PatternReady): PatternState {
  if (state.print === print) return state
  const instances = state.instances.flatMap(({ key, firedAt }) =>
    firedAt === undefined ? [] : [{ key, traces: [], past: undefined, firedAt }],
  )
  return { print, armed: undefined, instances, asked: [] }
}

/** The first match to decide above `watermark`, else the end of all that is kept; undefined: nothing is. */
function dueOf(instances: readonly Instance[], watermark: EpochMs, ready: PatternReady): EpochMs | undefined {
  let due = NEVER
  if (!ready.atOnce)
    for (const instance of instances)
      due = firstDue(instance, ready, { from: 0, above: watermark, below: due }) ?? due
  if (due < NEVER || instances.length === 0) return due < NEVER ? due : undefined
  return Math.max(watermark + 1, ...instances.map((instance) => endOf(instance, ready)))
}

/** The state with its timer where it belongs, whatever it was before. */
function rearmed(
  instances: readonly Instance[],
  asked: readonly Asked[],
  watermark: EpochMs,
  ready: PatternReady,
): { readonly state: PatternState | undefined; readonly timers: readonly TimerChange[] } {
  const due = dueOf(instances, watermark, ready)
  const isNothing = due === undefined && asked.length === 0
  const state = isNothing ? undefined : { print: ready.print, armed: due, instances, asked }
  return { state, timers: [{ name: TIMER, due }] }
}

/** What an event of the pattern makes of its instance: `late` is the due time of a match that is decided behind this step. */
interface Taken {
  readonly instance: Instance
  readonly firing: Firing | undefined
  readonly due: EpochMs | undefined
  readonly late: EpochMs | undefined
}

function taken(
  known: Instance,
  trace: Trace,
  watermark: EpochMs,
  armed: EpochMs,
  ready: PatternReady,
): Taken | undefined {
  const added = withTrace(known, trace)
  if (added === undefined) return undefined
  const { instance, place } = added
  if (ready.atOnce) {
    const matched = matchTo(instance.traces, place, ready)
    const left = matched === undefined ? undefined : withMatch(instance, place, matched, ready)
    return { instance: left?.instance ?? instance, firing: left?.firing, due: undefined, late: undefined }
  }
  if (trace.roles === UNLESS) return { instance, firing: undefined, due: undefined, late: undefined }
  const due = firstDue(instance, ready, { from: place, above: watermark, below: armed })
  const late =
    trace.at + ready.waitMs > watermark
      ? undefined
      : firstDue(instance, ready, { from: place, above: EVER, below: watermark + 1, newBy: place })
  return { instance, firing: undefined, due, late }
}

function onTrace(
  state: PatternState,
  key: string,
  trace: Trace,
  { watermark }: Moment,
  ready: PatternReady,
): Step<PatternState> | undefined {
  const known = state.instances.find((instance) => instance.key === key) ?? newInstance(key)
  const made = taken(pruned(known, watermark, ready), trace, watermark, state.armed ?? NEVER, ready)
  if (made === undefined) return undefined
  const { instances, fellOut } = bounded(withInstance(state.instances, made.instance))
  const armed = made.due ?? state.armed ?? dueOf(instances, watermark, ready)
  return {
    state: { print: ready.print, armed, instances, asked: state.asked },
    emit: made.firing === undefined ? SILENT : [fired(made.firing, ready)],
    timers: timersOf(armed === state.armed ? undefined : armed, made.late),
    fellOut,
  }
}

function timersOf(armed: EpochMs | undefined, late: EpochMs | undefined): readonly TimerChange[] {
  if (armed === undefined && late === undefined) return UNCHANGED
  const timers: TimerChange[] = []
  if (armed !== undefined) timers.push({ name: TIMER, due: armed })
  if (late !== undefined) timers.push({ name: `${TIMER}:late:${late}`, due: late })
  return timers
}

const askedTimer = (asked: readonly Asked[]): TimerChange => ({
  name: ASKED,
  due: asked[0] === undefined ? undefined : asked[0].at + 1,
})

/** An event that waits until all is known that its conditions ask about; the oldest of too many falls out. */
function onAsked(state: PatternState, one: Asked): Step<PatternState> {
  const all = [...state.asked, one].sort(compareAsked)
  const fellOut = Math.max(0, all.length - PATTERN_EVENTS_PER_PERSON_MAX)
  const asked = fellOut === 0 ? all : all.slice(fellOut)
  const { print, armed, instances } = state
  return { state: { print, armed, instances, asked }, timers: [askedTimer(asked)], fellOut }
}

function onEventOf(
  state: PatternState,
  event: StreamEvent,
  rule: TypeRule,
  moment: Moment,
  ready: PatternReady,
): Step<PatternState> | undefined {
  const roles = rule.rolesOf(event, moment.known)
  const key = roles === 0 ? undefined : rule.keyOf(event, moment.known)
  if (key === undefined) return undefined
  const trace = { at: event.time, roles, id: roles === UNLESS ? '' : event.id }
  return onTrace(state, key, trace, moment, ready)
}

/** The events of the first moment that waits are asked about. Those of the next one are behind what these fire. */
function onAskedTimer(state: PatternState, moment: Moment, ready: PatternReady): Step<PatternState> {
  const first = state.asked[0]?.at
  const over = first === undefined || first >= moment.at ? [] : state.asked.filter(({ at }) => at === first)
  const asked = state.asked.slice(over.length)
  const { print, armed, instances } = state
  let now: PatternState = { print, armed, instances, asked }
  const timers = new Map<string, TimerChange>()
  let fellOut = 0
  for (const one of over) {
    const rule = ready.rules.get(one.type)
    const step = rule === undefined ? undefined : onEventOf(now, eventOf(one), rule, moment, ready)
    if (step === undefined) continue
    now = step.state ?? now
    fellOut += step.fellOut ?? 0
    // Of a name of their own: what else was late for that moment may have fired under the other.
    for (const { name, due } of step.timers ?? [])
      timers.set(name, { name: name === TIMER ? name : `${ASKED}:${name}`, due })
  }
  return { state: now, timers: [...timers.values(), askedTimer(asked)], fellOut }
}

export const pattern: Operator<PatternConfig, PatternState, PatternReady> = {
  type: 'pattern',
  stage: 'profile',
  summary:
    'Fires when a person does what is described: steps in order, close together, and then not something else.',
  config: patternConfig,
  accepts: '*',
  takes: ({ steps, unless }) => [...steps, ...(unless === undefined ? [] : [unless])].map(({ type }) => type),
  emits: ['trigger.fired'],
  fields: {
    trigger: 'text',
    instance: 'text',
    matched: { list: { fields: { id: 'text', type: 'text', time: 'time' } } },
  },
  state: patternState,
  check: patternProblems,
  prepare: preparePattern,

  onEvent(state, event: StreamEvent, moment, ready) {
    const rule = ready.rules.get(event.type)
    if (rule === undefined) return undefined
    const now = readable(state, ready)
    const waits = rule.asks !== undefined && !ready.atOnce && event.time >= moment.watermark
    return waits ? onAsked(now, askedOf(event, rule.asks)) : onEventOf(now, event, rule, moment, ready)
  },

  onTimer(state, timer, moment, ready) {
    const { at } = moment
    // Of a config that is no more: nothing that was open is still readable.
    if (state.print !== ready.print) return undefined
    if (timer === ASKED) return onAskedTimer(state, moment, ready)
    const emit: Draft[] = []
    const instances = state.instances.flatMap((known) => {
      const { instance, firings } = ready.atOnce
        ? { instance: known, firings: [] }
        : settled(known, at, ready)
      for (const firing of firings) emit.push(fired(firing, ready))
      return instance
    })
    const { print, armed, asked } = state
    if (timer !== TIMER) return { state: { print, armed, instances, asked }, emit }
    const left = instances
      .map((instance) => pruned(instance, at, ready))
      .filter((instance) => !isEmpty(instance))
    const { state: next, timers } = rearmed(left, asked, at, ready)
    return { state: next, timers, emit }
  },

  merge(kept, absorbed, { watermark }, ready) {
    let instances = readable(kept, ready).instances
    for (const theirs of readable(absorbed, ready).instances) {
      const ours = instances.find(({ key }) => key === theirs.key)
      instances = withInstance(instances, ours === undefined ? theirs : mergeInstances(ours, theirs))
    }
    const left = instances
      .map((instance) => pruned(instance, watermark, ready))
      .filter((instance) => !isEmpty(instance))
    const { instances: within, fellOut } = bounded(left)
    const asked = [...readable(kept, ready).asked, ...readable(absorbed, ready).asked].sort(compareAsked)
    const { state, timers } = rearmed(within, asked, watermark, ready)
    return { state, timers: [...timers, askedTimer(asked)], fellOut }
  },
  describe,
}
