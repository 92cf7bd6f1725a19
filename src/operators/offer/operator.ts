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
import { mergeExtras, NO_EXTRAS, type Tally } from './extras.ts'
import { fallBack } from './fallback.ts'
import { mergeSent } from './frequency-cap.ts'
import { mergeTexts, mergeTraits } from './history.ts'
import { mergeHoldouts } from './holdout.ts'
import { learn } from './learn.ts'
import { checkOffers, prepareOffers } from './prepare.ts'
import { withIdentifiers } from './reach.ts'
import { retract } from './retract.ts'
import { type OfferState, offerState, type OfferTrigger } from './state.ts'

const HELD = 'held'
const FAILED = 'failed'

/** Where nothing can fall out, nothing is made to count it. */
const NOTHING_COUNTS: Tally = Object.freeze({ fellOut: 0 })

const counted = (step: Step<OfferState>, { fellOut }: Tally): Step<OfferState> =>
  fellOut === 0 ? step : { ...step, fellOut }

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

/** They stand in the order in which they are due. */
const failedTimer = (state: OfferState): TimerChange => ({ name: FAILED, due: state.extras.failures[0]?.due })

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
  const tally: Tally = { fellOut: 0 }
  const learnt = learn(state, event, moment, ready, tally)
  const at: DecisionMoment = {
    at: event.time,
    watermark: moment.watermark,
    person: moment.person,
    shared: event.shared,
    known: moment.known,
    tally,
  }
  const decided: Decided | undefined =
    event.type === 'trigger.fired'
      ? decide(learnt, triggerOf(event, moment.person, ready), at, ready)
      : retract(learnt, { operator: event.source, instance: instanceOf(event) }, at, ready)
  if (decided === undefined) return learnt === state ? undefined : counted({ state: learnt }, tally)
  const timers = timersBetween(dueOf(state), decided.state)
  return counted({ state: decided.state, emit: decided.drafts, timers }, tally)
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
  const tally: Tally = ready.usesExtras ? { fellOut: 0 } : NOTHING_COUNTS
  const next = learn(state, event, moment, ready, tally)
  if (next === state) return undefined
  if (next.extras.failures === state.extras.failures) return counted({ state: next }, tally)
  return counted({ state: next, timers: [failedTimer(next)] }, tally)
}

function onTimer(state: OfferState, timer: string, moment: Moment, ready: OfferReady): Step<OfferState> {
  const tally: Tally = { fellOut: 0 }
  // The anonymous person of a shared identifier has nothing held and was sent nothing.
  const at: DecisionMoment = { ...moment, shared: false, tally }
  if (timer !== FAILED) return onQuietEnd(state, at, ready)
  const { state: next, drafts } = fallBack(state, at, ready)
  return counted({ state: next, emit: drafts, timers: [failedTimer(next)] }, tally)
}

/** Quiet hours are over: each decision that waited for it is made again as a whole, by time of trigger (O9, O12). */
function onQuietEnd(state: OfferState, moment: DecisionMoment, ready: OfferReady): Step<OfferState> {
  const due = state.held.filter(({ until }) => until <= moment.at)
  let next: OfferState = { ...state, held: state.held.filter(({ until }) => until > moment.at) }
  const emit = []
  for (const held of due) {
    const decided = decide(next, held, moment, ready)
    next = decided.state
    emit.push(...decided.drafts)
  }
  return counted({ state: next, emit, timers: timersBetween(undefined, next) }, moment.tally)
}

function merge(kept: OfferState, absorbed: OfferState, moment: Moment, ready: OfferReady): Step<OfferState> {
  const tally: Tally = { fellOut: 0 }
  const state: OfferState = {
    holdout: mergeHoldouts(kept.holdout, absorbed.holdout, ready.holdout, ready.key, moment.person),
    zones: mergeTexts(kept.zones, absorbed.zones),
    locales: mergeTexts(kept.locales, absorbed.locales),
    traits: mergeTraits(kept.traits, absorbed.traits),
    consents: mergeConsents(kept.consents, absorbed.consents),
    identifiers: withIdentifiers(kept.identifiers, absorbed.identifiers),
    endings: mergeEndings(kept.endings, absorbed.endings, moment.watermark, ready),
    sent: mergeSent(kept.sent, absorbed.sent, moment.watermark, ready, tally),
    held: mergeHeld(kept.held, absorbed.held),
    extras: mergeExtras(kept.extras, absorbed.extras, moment.watermark, ready, tally),
  }
  const failed = state.extras === NO_EXTRAS ? [] : [failedTimer(state)]
  return counted({ state, timers: [...timersBetween(undefined, state), ...failed] }, tally)
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
