/**
 * One instance on its way: what it does when a step is over, when an event comes, when its time is up. Pure; what is emitted carries the
 * moment at which it was due, so nothing hangs on when that was noticed.
 */
import type { Draft, Json } from '../../model/event.ts'
import type { Known } from '../../model/known.ts'
import { JOURNEY_STEPS_AT_ONCE_MAX, JOURNEY_STEPS_DONE_MAX } from '../../model/limits.ts'
import { type EpochMs, SECOND_MS } from '../../model/time.ts'
import type { JourneyReady, ReadyStep, Situation } from './ready.ts'
import type { Instance, OfferMade, WaitingEvent } from './state.ts'

/** What is known at a moment beside the instance. */
export interface Surroundings {
  readonly at: EpochMs
  readonly known: Known
  /** Of the person. */
  readonly zone: string
}

export interface Walked {
  readonly instance: Instance
  readonly drafts: readonly Draft[]
}

const NO_OFFERS: readonly OfferMade[] = []

/** As outputs show it. */
const nameOf = (key: string): string | null => (key === '' ? null : key)

function situationOf({ key, entered }: Instance, { at, known }: Surroundings, event?: Json): Situation {
  return event === undefined ? { key, entered, at, known } : { key, entered, at, known, event }
}

/** A key sets out. */
export function entered(key: string, view: Json, around: Surroundings, ready: JourneyReady): Walked {
  const { at } = around
  const instance: Instance = {
    key,
    enteredAt: at,
    entered: ready.enteredOf(view),
    step: ready.first,
    since: at,
    due: undefined,
    endsAt: ready.forMs === undefined ? undefined : at + ready.forMs,
    doneCount: 0,
    done: [],
    offers: NO_OFFERS,
  }
  const draft: Draft = {
    type: 'journey.entered',
    time: at,
    data: { journey: ready.operatorId, instance: nameOf(key) },
  }
  const { instance: stands, drafts } = walkedFrom(instance, ready.first, around, ready)
  return { instance: stands, drafts: [draft, ...drafts] }
}

/** It ends: what is left of it says that it has been. */
export function ended(instance: Instance, outcome: string, at: EpochMs, ready: JourneyReady): Walked {
  const { key, enteredAt, done, doneCount } = instance
  const data = {
    journey: ready.operatorId,
    instance: nameOf(key),
    outcome,
    steps: done,
    took_seconds: Math.floor((at - enteredAt) / SECOND_MS),
  }
  const over: Instance = {
    key,
    enteredAt,
    entered: {},
    step: undefined,
    since: at,
    due: undefined,
    endsAt: undefined,
    doneCount,
    done: [],
    offers: NO_OFFERS,
  }
  return { instance: over, drafts: [{ type: 'journey.ended', time: at, data }] }
}

/** With the step at which it stands completed. */
function completed(instance: Instance): Instance {
  const done = [...instance.done, instance.step as string].slice(-JOURNEY_STEPS_DONE_MAX)
  return { ...instance, done, doneCount: instance.doneCount + 1 }
}

/** Begins a step, and goes on as far as there is nothing to wait for; undefined: there is no step left. */
function walkedFrom(
  from: Instance,
  first: string | undefined,
  around: Surroundings,
  ready: JourneyReady,
): Walked {
  const { at } = around
  const drafts: Draft[] = []
  const over = (instance: Instance, outcome: string): Walked => {
    const end = ended(instance, outcome, at, ready)
    return { instance: end.instance, drafts: [...drafts, ...end.drafts] }
  }
  let instance = from
  let next = first
  for (let left = JOURNEY_STEPS_AT_ONCE_MAX; left > 0; left--) {
    if (next === undefined) return over(instance, 'completed')
    const step = ready.steps.get(next)
    if (step === undefined) return over(instance, 'step-removed')
    instance = { ...instance, step: next, since: at, due: undefined }
    if (step.kind === 'wait' || step.kind === 'waitFor') {
      const rest = restOf(step, instance, around)
      if (rest === 'no-date') return over(instance, rest)
      if (rest !== 'over') return { instance: { ...instance, due: rest.due }, drafts }
    }
    instance = completed(instance)
    if (step.kind === 'end') return over(instance, step.outcome)
    const draft = draftOf(step, next, instance, around, ready)
    if (draft !== undefined) drafts.push(draft)
    next = step.kind === 'branch' ? step.choose(situationOf(instance, around)) : step.next
  }
  return over(instance, 'too-many-steps')
}

/** How long a step rests that has just begun. */
function restOf(
  step: Extract<ReadyStep, { readonly kind: 'wait' | 'waitFor' }>,
  instance: Instance,
  around: Surroundings,
): { readonly due: EpochMs | undefined } | 'over' | 'no-date' {
  const { at, zone } = around
  if (step.kind === 'waitFor') return { due: step.withinMs === undefined ? undefined : at + step.withinMs }
  const due = step.until(situationOf(instance, around), zone)
  if (due === undefined) return 'no-date'
  return due <= at ? 'over' : { due }
}

function draftOf(
  step: ReadyStep,
  id: string,
  instance: Instance,
  around: Surroundings,
  { operatorId }: JourneyReady,
): Draft | undefined {
  const { at } = around
  const name = nameOf(instance.key)
  if (step.kind === 'trigger')
    return { type: 'trigger.fired', time: at, data: { trigger: operatorId, instance: name, step: id } }
  if (step.kind === 'emit')
    return {
      type: step.type,
      time: at,
      data: { ...step.data(situationOf(instance, around)), instance: name },
    }
  return undefined
}

/** When something happens to an instance by itself. */
export const dueOf = ({ due, endsAt }: Instance): EpochMs | undefined =>
  due === undefined || endsAt === undefined ? (due ?? endsAt) : Math.min(due, endsAt)

/** Its time is up, or that of its step. */
export function elapsed(instance: Instance, around: Surroundings, ready: JourneyReady): Walked {
  const { at } = around
  if (instance.endsAt !== undefined && instance.endsAt <= at) return ended(instance, 'timeout', at, ready)
  const step = ready.steps.get(instance.step as string)
  // The document has changed since: a step that is gone ends it, one that rests no more begins anew.
  if (step === undefined) return ended(instance, 'step-removed', at, ready)
  if (step.kind === 'wait') return walkedFrom(completed(instance), step.next, around, ready)
  if (step.kind === 'waitFor') return walkedFrom(completed(instance), step.otherwise, around, ready)
  return walkedFrom(instance, instance.step, around, ready)
}

/** What an event makes of an instance that is under way; undefined: it says nothing to it. */
export function told(
  instance: Instance,
  event: WaitingEvent,
  around: Surroundings,
  ready: JourneyReady,
): Walked | undefined {
  if (instance.step === undefined || event.at < instance.enteredAt) return undefined
  const situation = situationOf(instance, around, event.view)
  const exit = ready.exits.find(
    ({ type, where }) => type === event.type && (where === undefined || where(situation)),
  )
  if (exit !== undefined) return ended(instance, exit.outcome, event.at, ready)
  const step = ready.steps.get(instance.step)
  if (step?.kind !== 'waitFor' || step.type !== event.type || event.at < instance.since) return undefined
  if (step.ofOffers && !instance.offers.some(({ id }) => id === event.view['offer_id'])) return undefined
  if (step.where !== undefined && !step.where(situation)) return undefined
  return walkedFrom(completed(instance), step.next, around, ready)
}
