/**
 * `offer`: for each trigger one decision, and never more to a person than was promised.
 *
 * 1. Each `trigger.fired` of an operator in `from` ends in exactly one final `decision.made` (emitted, none, holdout); before it there
 *    may be ones with `held`. Which offers were turned down, and why, stands in it.
 * 2. Caps hold in every sliding window of event time, whatever the order of decisions, through merges and revocations.
 * 3. A refusal of consent, an unsubscription and a new address count as soon as they are known; zone, locale, traits and endings as of
 *    the time decided for, so that an answer does not hang on what arrived first within the lateness.
 * 4. Held-out people are decided for like all others, wait like all others, use no cap, and hear nothing.
 *
 * Why this shape: it hears every event of the person (`hears: '*'`), because reach, consent, zone and ends of offers come from anywhere,
 * and so the step of an event that says nothing must cost nothing. All decisions that wait share one timer, `held`, at the earliest end
 * of quiet hours; it works off what is due by time of trigger. Nothing else needs a timer: expiry is compared, never awaited.
 */
import type { StreamEvent } from '../../model/event.ts'
import { deriveId } from '../../model/hash.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { DecisionMoment } from './candidates.ts'
import { offerConfig, type OfferConfig, type OfferReady } from './config.ts'
import { describe } from './describe.ts'
import { mergeConsents } from './consent.ts'
import { decide, type Decided, mergeHeld } from './decide.ts'
import { mergeEndings } from './endings.ts'
import { erased } from './erased.ts'
import { mergeSent } from './frequency-cap.ts'
import { mergeTexts, mergeTraits } from './history.ts'
import { mergeHoldouts } from './holdout.ts'
import { learn } from './learn.ts'
import { checkOffers, prepareOffers } from './prepare.ts'
import { withIdentifiers } from './reach.ts'
import { retract } from './retract.ts'
import { type OfferState, offerState, type OfferTrigger } from './state.ts'

const HELD = 'held'

/** The earliest end of quiet hours that a decision waits for. */
function dueOf(state: OfferState): EpochMs | undefined {
  let due: EpochMs | undefined
  for (const { until } of state.held) if (due === undefined || until < due) due = until
  return due
}

function timersBetween(before: EpochMs | undefined, state: OfferState): readonly TimerChange[] {
  const due = dueOf(state)
  return due === before ? [] : [{ name: HELD, due }]
}

const instanceOf = (event: StreamEvent): string | undefined => {
  const { instance } = event.data
  return typeof instance === 'string' || typeof instance === 'number' ? String(instance) : undefined
}

function triggerOf(event: StreamEvent, person: string, ready: OfferReady): OfferTrigger {
  const { trigger } = event.data
  return {
    decisionId: deriveId(ready.key, ready.operatorId, 'decision', person, event.id),
    operator: event.source,
    name: typeof trigger === 'string' ? trigger : event.source,
    instance: instanceOf(event),
    data: event.data,
    context: event.context,
    at: event.time,
  }
}

/** A trigger of an operator upstream, fired or taken back. Its cause may have said something too, should it come here first. */
function onTrigger(
  state: OfferState,
  event: StreamEvent,
  moment: Moment,
  ready: OfferReady,
): Step<OfferState> | undefined {
  const learnt = learn(state, event, moment, ready)
  const at: DecisionMoment = {
    at: event.time,
    watermark: moment.watermark,
    person: moment.person,
    shared: event.shared,
    known: moment.known,
  }
  const decided: Decided | undefined =
    event.type === 'trigger.fired'
      ? decide(learnt, triggerOf(event, moment.person, ready), at, ready)
      : retract(learnt, { operator: event.source, instance: instanceOf(event) }, at, ready)
  if (decided === undefined) return learnt === state ? undefined : { state: learnt }
  return { state: decided.state, emit: decided.drafts, timers: timersBetween(dueOf(state), decided.state) }
}

function onEvent(
  state: OfferState,
  event: StreamEvent,
  moment: Moment,
  ready: OfferReady,
): Step<OfferState> | undefined {
  if (event.cause !== undefined) {
    return event.type === 'trigger.fired' || event.type === 'trigger.retracted'
      ? onTrigger(state, event, moment, ready)
      : undefined
  }
  const next = learn(state, event, moment, ready)
  return next === state ? undefined : { state: next }
}

/** Quiet hours are over: each decision that waited for it is made again as a whole, by time of trigger (O9, O12). */
function onTimer(state: OfferState, _timer: string, moment: Moment, ready: OfferReady): Step<OfferState> {
  const due = state.held.filter(({ until }) => until <= moment.at)
  let next: OfferState = { ...state, held: state.held.filter(({ until }) => until > moment.at) }
  const emit = []
  for (const held of due) {
    // The anonymous person of a shared identifier has nothing held.
    const decided = decide(next, held, { ...moment, shared: false }, ready)
    next = decided.state
    emit.push(...decided.drafts)
  }
  return { state: next, emit, timers: timersBetween(undefined, next) }
}

function merge(kept: OfferState, absorbed: OfferState, moment: Moment, ready: OfferReady): Step<OfferState> {
  const state: OfferState = {
    holdout: mergeHoldouts(kept.holdout, absorbed.holdout, ready.holdout, ready.key, moment.person),
    zones: mergeTexts(kept.zones, absorbed.zones),
    locales: mergeTexts(kept.locales, absorbed.locales),
    traits: mergeTraits(kept.traits, absorbed.traits),
    consents: mergeConsents(kept.consents, absorbed.consents),
    identifiers: withIdentifiers(kept.identifiers, absorbed.identifiers),
    endings: mergeEndings(kept.endings, absorbed.endings, moment.watermark, ready),
    sent: mergeSent(kept.sent, absorbed.sent, moment.watermark, ready),
    held: mergeHeld(kept.held, absorbed.held),
  }
  return { state, timers: timersBetween(undefined, state) }
}

export const offer: Operator<OfferConfig, OfferState, OfferReady> = {
  type: 'offer',
  stage: 'profile',
  summary: 'Decides for each trigger what is offered to the person, on which channel, or why nothing is.',
  config: offerConfig,
  accepts: ['trigger.fired', 'trigger.retracted'],
  hears: '*',
  emits: ['offer.emitted', 'offer.revoked', 'decision.made'],
  fields: {
    offer_id: 'text',
    offer: 'text',
    decision_id: 'text',
    channel: 'text',
    priority: 'number',
    expires_at: 'time',
    outcome: 'text',
    chosen: 'text',
    reason: 'text',
  },
  state: offerState,
  check: checkOffers,
  prepare: prepareOffers,
  onEvent,
  onTimer,
  merge,
  erased: (state, _moment, ready) => erased(state, ready),
  describe,
}
