/**
 * A trigger is taken back: what waits for its instance ends with `retracted`, what was emitted and lives at the retraction's time is
 * revoked (contracts, section 5; fine print O10, O11, O17). A revoked offer still counts in caps, so it stays.
 */
import type { Draft } from '../../model/event.ts'
import { formatTime } from '../../model/time.ts'
import { type DecisionMoment, judgeOf, type Rejection } from './candidates.ts'
import type { OfferReady } from './config.ts'
import { type Decided, decision, noCandidate } from './decide.ts'
import { isAlive } from './endings.ts'
import type { HeldDecision, OfferState, SentOffer } from './state.ts'
import { triggerName } from './trigger-name.ts'

export function retract(
  state: OfferState,
  trigger: { readonly operator: string; readonly instance: string | undefined },
  moment: DecisionMoment,
  ready: OfferReady,
): Decided | undefined {
  const isOfTrigger = (one: HeldDecision | SentOffer): boolean =>
    one.operator === trigger.operator && one.instance === trigger.instance
  const ended = state.held.filter(isOfTrigger)
  const revoked = state.sent.filter((sent) => isOfTrigger(sent) && isAlive(state, sent, moment.at, ready))
  if (ended.length === 0 && revoked.length === 0) return undefined
  const drafts: Draft[] = ended.map((held) =>
    decision(held, ready, { outcome: 'none', rejected: rejectedFor(state, held, moment, ready) }),
  )
  for (const { offerId, person, channel } of revoked) {
    const draft: Draft = { type: 'offer.revoked', channel, data: { offer_id: offerId, reason: 'retracted' } }
    // It has the key and person of the emission that it revokes (X7), also where a merge has come between.
    drafts.push(person === moment.person ? draft : { ...draft, person })
  }
  return {
    state: {
      ...state,
      held: ended.length === 0 ? state.held : state.held.filter((held) => !isOfTrigger(held)),
      sent:
        revoked.length === 0
          ? state.sent
          : state.sent.map((sent) => (revoked.includes(sent) ? { ...sent, revoked: true } : sent)),
    },
    drafts,
  }
}

/** Offers whose condition did not hold were no candidates; the others are taken back with their trigger. */
function rejectedFor(
  state: OfferState,
  held: HeldDecision,
  moment: DecisionMoment,
  ready: OfferReady,
): readonly Rejection[] {
  const offers = ready.offersOn.get(triggerName(held, ready)) ?? []
  if (offers.length === 0) return noCandidate(held)
  return offers.map(judgeOf(state, held, moment, ready)).map((candidate): Rejection => {
    const offer = candidate.offer.id
    const unmet = 'reason' in candidate && candidate.reason === 'condition-false'
    return unmet
      ? { offer, reason: 'condition-false', detail: candidate.detail }
      : { offer, reason: 'retracted', detail: `its trigger was taken back at ${formatTime(moment.at)}` }
  })
}
