/** One decision: all candidates of a trigger, the best of them, quiet hours, holdout; and the records that say so (contracts, section 6). */
import type { Draft, Json } from '../../model/event.ts'
import { deriveId } from '../../model/hash.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import { type EpochMs, formatTime } from '../../model/time.ts'
import { type DecisionMoment, judgeOf, type Rejection } from './candidates.ts'
import type { CatalogueOffer, OfferReady } from './config.ts'
import { outrankedBy } from './details.ts'
import { offerEmitted, POLICY, type Said } from './emitted.ts'
import { capsUsed, mergeSent } from './frequency-cap.ts'
import { valueAt } from './history.ts'
import { mergeGiven } from './lifetime.ts'
import { quietUntil } from './quiet-hours.ts'
import type { HeldDecision, OfferState, OfferTrigger, SentOffer } from './state.ts'
import { triggerName } from './trigger-name.ts'

export interface Decided {
  readonly state: OfferState
  readonly drafts: readonly Draft[]
}

interface Chosen {
  readonly offer: CatalogueOffer
  readonly channels: readonly string[]
  readonly content: Json
}

/** Decides a trigger at a moment; `state` no longer holds it. */
export function decide(
  state: OfferState,
  trigger: OfferTrigger,
  moment: DecisionMoment,
  ready: OfferReady,
): Decided {
  const { at } = moment
  const offers = ready.offersOn.get(triggerName(trigger, ready)) ?? []
  const candidates = offers.map(judgeOf(state, trigger, moment, ready))
  const best = candidates.find((candidate): candidate is Chosen => 'channels' in candidate)
  const rejected = (instead: Rejection['reason'] | undefined, detail: string | null = null): Rejection[] =>
    candidates.flatMap((candidate): Rejection[] => {
      const offer = candidate.offer.id
      if ('reason' in candidate) return [{ offer, reason: candidate.reason, detail: candidate.detail }]
      if (best !== undefined && candidate.offer !== best.offer)
        return [{ offer, reason: 'outranked', detail: outrankedBy(best.offer, candidate.offer) }]
      return instead === undefined ? [] : [{ offer, reason: instead, detail }]
    })
  if (best === undefined) {
    const none: Rejection[] = offers.length === 0 ? noCandidate(trigger) : rejected(undefined)
    return { state, drafts: [decision(trigger, ready, { outcome: 'none', rejected: none })] }
  }
  const zone = valueAt(state.zones, at) ?? ready.timezone
  const until = quietUntil(at, ready.quiet, zone)
  if (until !== undefined) {
    const room = state.held.length < INSTANCES_PER_PERSON_MAX
    if (ready.quiet?.hold === true && room) {
      const held = mergeHeld(state.held, [{ ...triggerOf(trigger), until }])
      const record = {
        outcome: 'held',
        chosen: best.offer.id,
        rejected: rejected('quiet-hours', `quiet until ${formatTime(until)} in ${zone}`),
        until,
      } as const
      return { state: { ...state, held }, drafts: [decision(trigger, ready, record)] }
    }
    const detail = room ? `quiet until ${formatTime(until)} in ${zone}` : 'too many decisions wait'
    return {
      state,
      drafts: [decision(trigger, ready, { outcome: 'none', rejected: rejected('quiet-hours', detail) })],
    }
  }
  if (ready.holdout !== undefined && state.holdout?.out === true) {
    const detail = 'one of the people who are decided for and never contacted'
    const record = {
      outcome: 'holdout',
      chosen: best.offer.id,
      rejected: rejected('holdout', detail),
    } as const
    return { state, drafts: [decision(trigger, ready, record)] }
  }
  return emit(state, trigger, best, moment, ready, rejected(undefined))
}

/** No offer asks for this trigger. */
export const noCandidate = ({ operator }: OfferTrigger): Rejection[] => [
  { offer: null, reason: 'no-candidate', detail: `no offer is on ${operator}` },
]

/** The trigger alone, of a decision that was held before. */
const triggerOf = ({
  decisionId,
  operator,
  name,
  instance,
  data,
  context,
  at,
}: OfferTrigger): OfferTrigger => ({
  decisionId,
  operator,
  name,
  instance,
  data,
  context,
  at,
})

/** In the order in which they are worked off, each once. */
export function mergeHeld(a: readonly HeldDecision[], b: readonly HeldDecision[]): readonly HeldDecision[] {
  const all = [...a, ...b].sort(
    (x, y) => x.at - y.at || (x.decisionId < y.decisionId ? -1 : x.decisionId > y.decisionId ? 1 : 0),
  )
  return all.filter((held, i) => held.decisionId !== all[i - 1]?.decisionId)
}

function emit(
  state: OfferState,
  trigger: OfferTrigger,
  { offer, channels, content }: Chosen,
  moment: DecisionMoment,
  ready: OfferReady,
  rejected: readonly Rejection[],
): Decided {
  const { at, watermark, person, tally } = moment
  const { decisionId, operator, name, instance } = trigger
  const on = triggerName(trigger, ready)
  const said: Said = {
    decision_id: decisionId,
    content,
    priority: offer.priority,
    trigger: { operator, name, instance: instance ?? null, data: trigger.data },
  }
  const fallbacks = channels.slice(1)
  const sent: SentOffer = {
    at,
    offerId: deriveId(ready.key, ready.operatorId, 'offer', decisionId),
    offer: offer.id,
    operator: on,
    instance,
    channel: channels[0] as string,
    triggerAt: trigger.at,
    expiresAt: trigger.at + offer.expiresMs,
    revoked: false,
    person,
    gift: offer.gift,
    group: offer.group,
    again: false,
    retry: ready.fallsBack && fallbacks.length > 0 ? { channels: fallbacks, said } : undefined,
  }
  const caps = capsUsed(state.sent, offer.caps, sent)
  const made = { outcome: 'emitted', chosen: offer.id, offerId: sent.offerId, rejected } as const
  return {
    state: withSent(
      counted(state, offer, moment, ready),
      mergeSent(state.sent, [sent], watermark, ready, tally),
    ),
    drafts: [offerEmitted(state, sent, said, { fallbacks, caps }, ready), decision(trigger, ready, made)],
  }
}

/** One more in the lifetime of the person, where that is counted. */
function counted(
  state: OfferState,
  { id, maxPerPerson }: CatalogueOffer,
  { tally }: DecisionMoment,
  ready: OfferReady,
): OfferState {
  if (maxPerPerson === undefined) return state
  const given = mergeGiven(state.extras.given, [{ offer: id, times: 1 }], ready, tally)
  return { ...state, extras: { ...state.extras, given } }
}

const withSent = (
  { holdout, zones, locales, traits, consents, identifiers, endings, held, extras }: OfferState,
  sent: OfferState['sent'],
): OfferState => ({ holdout, zones, locales, traits, consents, identifiers, endings, sent, held, extras })

interface Outcome {
  readonly outcome: 'emitted' | 'none' | 'holdout' | 'held'
  readonly chosen?: string
  readonly offerId?: string
  readonly rejected: readonly Rejection[]
  readonly until?: EpochMs
}

/** `decision.made`. */
export function decision(
  trigger: OfferTrigger,
  ready: OfferReady,
  { outcome, chosen, offerId, rejected, until }: Outcome,
): Draft {
  return {
    type: 'decision.made',
    data: {
      decision_id: trigger.decisionId,
      trigger: { operator: trigger.operator, name: trigger.name, instance: trigger.instance ?? null },
      outcome,
      chosen: chosen ?? null,
      offer_id: offerId ?? null,
      rejected,
      held_until: until === undefined ? null : formatTime(until),
      propensity: ready.propensity,
      policy: POLICY,
    },
  }
}
