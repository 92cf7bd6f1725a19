/**
 * journey: takes people along a path that has alternative paths, one instance for each key.
 *
 * Promise (contracts, section 5 and J1 to J10): events count when the watermark reaches them, in the order of event time, so the order of
 * arrival within the lateness makes no difference. What is due at a moment happens before the events of that moment. Everything that is
 * emitted has the event time at which it was due.
 *
 * Shape: events of which the journey speaks wait in the state, with those of their fields that expressions read, until the one timer,
 * `journey`, brings their time; it stands at the first waiting event or the first step that is over, whichever comes first. A late event
 * has its time behind it: its timer fires behind the step that it came with, and goes through the same door.
 *
 * `waitFor` of `offer.*` asks for answers to offers of the instance. Offers are made behind the journey, and the topology has no circles,
 * so it overhears them: when `offer` emits one on a trigger of this journey, the instance notes its id. Refused: working the id out from the
 * trigger's, which would tie this operator to how another one derives ids, and would be wrong for each further offer on one
 * trigger; and asking the answer for its journey, which senders of messages would have to pass on.
 */
import { type Draft, fieldOf, type Json, type StreamEvent } from '../../model/event.ts'
import type { Known } from '../../model/known.ts'
import type { Operator, Step, TimerChange } from '../../model/operator.ts'
import { isNewest, mergeTexts, valueAt, withText } from '../../model/timed-texts.ts'
import type { EpochMs } from '../../model/time.ts'
import { isZone } from '../../model/zone.ts'
import { journeyProblems } from './check.ts'
import { journeyConfig, type JourneyConfig } from './config.ts'
import { describe } from './describe.ts'
import { boundedInstances, mergeInstances, withInstance, withOffers, withWaiting } from './instances.ts'
import { pictureOf } from './picture.ts'
import { isAnswer, prepareJourney, typesOf } from './prepare.ts'
import type { JourneyReady } from './ready.ts'
import { type Instance, journeyState, type JourneyState, type WaitingEvent } from './state.ts'
import { dueOf, elapsed, ended, entered, type Surroundings, told } from './walk.ts'

const TIMER = 'journey'

/** The first moment at which something happens. */
function firstDue({ waiting, instances }: JourneyState): EpochMs | undefined {
  let first = waiting[0]?.at
  for (const instance of instances) {
    const due = dueOf(instance)
    if (due !== undefined && (first === undefined || due < first)) first = due
  }
  return first
}

const isEmpty = ({ waiting, instances, zones }: JourneyState): boolean =>
  waiting.length === 0 && instances.length === 0 && zones.length === 0

/** `before`: what the timer stands at. */
function stepOf(
  state: JourneyState,
  before: EpochMs | undefined,
  emit: readonly Draft[],
  fellOut = 0,
): Step<JourneyState> {
  const due = firstDue(state)
  const timers: readonly TimerChange[] = due === before ? [] : [{ name: TIMER, due }]
  return { state: isEmpty(state) ? undefined : state, emit, timers, fellOut }
}

/** The zones of the person, with what the event says of it. */
function zonesWith(zones: JourneyState['zones'], event: StreamEvent): JourneyState['zones'] {
  if (event.cause !== undefined) return zones
  let next = zones
  const said = [event.context?.['timezone']]
  if (event.type === 'person.described') said.push(traitsOf(event)['timezone'])
  for (const zone of said) {
    if (typeof zone !== 'string') continue
    if (isNewest(next, zone, event.time) || isZone(zone)) next = withText(next, zone, event.time)
  }
  return next
}

function traitsOf(event: StreamEvent): Json {
  const traits = fieldOf(event, 'traits')
  return typeof traits === 'object' && traits !== null ? (traits as Json) : {}
}

/** The event as it waits; undefined: the journey does not speak of it, or it comes by a way that the document does not name. */
function waitingOf(event: StreamEvent, ready: JourneyReady): WaitingEvent | undefined {
  const view = ready.views.get(event.type)
  if (view === undefined || (event.cause === undefined && !ready.takesSources)) return undefined
  return { at: event.time, type: event.type, id: event.id, view: view(event) }
}

interface Course {
  readonly instances: readonly Instance[]
  readonly drafts: readonly Draft[]
}

/** With an instance as it stands now; one that has ended stays where it may never set out again. */
function withWalked(
  { instances, drafts }: Course,
  { instance, drafts: more }: { readonly instance: Instance; readonly drafts: readonly Draft[] },
  { reenter }: JourneyReady,
): Course {
  const gone = instance.step === undefined && reenter !== 'never'
  return {
    instances: gone ? instances.filter(({ key }) => key !== instance.key) : withInstance(instances, instance),
    drafts: more.length === 0 ? drafts : [...drafts, ...more],
  }
}

/** Everything that an event means: to those under way, and whether somebody sets out. */
function withEvent(course: Course, event: WaitingEvent, around: Surroundings, ready: JourneyReady): Course {
  let next = course
  for (const instance of course.instances) {
    const walked = told(instance, event, around, ready)
    if (walked !== undefined) next = withWalked(next, walked, ready)
  }
  return event.type === ready.enterType ? withEntered(next, event, around, ready) : next
}

function withEntered(course: Course, event: WaitingEvent, around: Surroundings, ready: JourneyReady): Course {
  const { view } = event
  const { at, known } = around
  const key = ready.keyOf(view, at, known)
  if (key === undefined) return course
  const before = course.instances.find((instance) => instance.key === key)
  if (before !== undefined && !mayReenter(before, at, ready)) return course
  if (ready.enters?.({ key, entered: view, at, known, event: view }) === false) return course
  const left =
    before?.step === undefined ? course : withWalked(course, ended(before, 'reentered', at, ready), ready)
  return withWalked(left, entered(key, view, around, ready), ready)
}

/** Whether a key sets out again that has set out before; one that set out later than `at` stays as it is. */
function mayReenter({ step, enteredAt }: Instance, at: EpochMs, { reenter }: JourneyReady): boolean {
  if (at < enteredAt) return false
  return step === undefined ? reenter !== 'never' : reenter === 'always'
}

/** Everything up to `at`, moment by moment: first what is over by itself, by key, then the events. */
function workedOff(
  state: JourneyState,
  at: EpochMs,
  known: Known,
  ready: JourneyReady,
): Course & {
  readonly waiting: readonly WaitingEvent[]
} {
  let course: Course = { instances: state.instances, drafts: [] }
  let { waiting } = state
  for (;;) {
    const moment = firstDue({ waiting, instances: course.instances, zones: state.zones })
    if (moment === undefined || moment > at) return { ...course, waiting }
    const zone = valueAt(state.zones, moment) ?? ready.timezone
    const around: Surroundings = { at: moment, known, zone }
    const over = course.instances.find((instance) => (dueOf(instance) ?? moment + 1) <= moment)
    if (over !== undefined) {
      course = withWalked(course, elapsed(over, around, ready), ready)
      continue
    }
    course = withEvent(course, waiting[0] as WaitingEvent, around, ready)
    waiting = waiting.slice(1)
  }
}

export const journey: Operator<JourneyConfig, JourneyState, JourneyReady> = {
  type: 'journey',
  stage: 'profile',
  summary:
    'Takes people along a path with alternative paths: waits, asks, fires triggers, and says how it ended.',
  config: journeyConfig,
  accepts: '*',
  takes: typesOf,
  hears: '*',
  overhears: ({ steps }) =>
    steps.some(({ waitFor }) => waitFor !== undefined && isAnswer(waitFor.type)) ? ['offer.emitted'] : [],
  emits: ['journey.entered', 'journey.ended', 'trigger.fired'],
  fields: {
    journey: 'text',
    instance: 'text',
    outcome: 'text',
    steps: { list: 'text' },
    took_seconds: 'number',
    trigger: 'text',
    step: 'text',
  },
  says: ({ steps }) => ({
    emits: steps.flatMap(({ emit }) => emit?.type ?? []),
    triggerSteps: steps.flatMap(({ id, trigger }) => (trigger === true ? [id] : [])),
  }),
  state: journeyState,
  check: journeyProblems,
  prepare: prepareJourney,
  picture: pictureOf,
  describe,

  onEvent(state, event, _moment, ready) {
    const zones = ready.readsZone ? zonesWith(state.zones, event) : state.zones
    const waits = waitingOf(event, ready)
    if (waits === undefined)
      return zones === state.zones
        ? undefined
        : { state: { waiting: state.waiting, instances: state.instances, zones } }
    const { kept, fellOut } = withWaiting(state.waiting, [waits])
    return stepOf({ waiting: kept, instances: state.instances, zones }, firstDue(state), [], fellOut)
  },

  onOverheard(state, { type, time, data }, { operatorId }) {
    const trigger = data['trigger'] as Json | undefined
    const id = data['offer_id']
    if (type !== 'offer.emitted' || trigger?.['operator'] !== operatorId || typeof id !== 'string')
      return undefined
    const instance = state.instances.find(({ key }) => key === (trigger['instance'] ?? ''))
    if (instance?.step === undefined) return undefined
    const offers = withOffers(instance.offers, [{ at: time, id }])
    return { ...state, instances: withInstance(state.instances, { ...instance, offers }) }
  },

  onTimer(state, _timer, { at, known }, ready) {
    const { waiting, instances, drafts } = workedOff(state, at, known, ready)
    const { kept, fellOut } = boundedInstances(instances)
    return stepOf({ waiting, instances: kept, zones: state.zones }, undefined, drafts, fellOut)
  },

  merge(kept, absorbed) {
    let { instances } = kept
    for (const theirs of absorbed.instances) {
      const ours = instances.find(({ key }) => key === theirs.key)
      instances = withInstance(instances, ours === undefined ? theirs : mergeInstances(ours, theirs))
    }
    const events = withWaiting(kept.waiting, absorbed.waiting)
    const within = boundedInstances(instances)
    const zones = mergeTexts(kept.zones, absorbed.zones)
    const state: JourneyState = { waiting: events.kept, instances: within.kept, zones }
    return stepOf(state, undefined, [], events.fellOut + within.fellOut)
  },
}
