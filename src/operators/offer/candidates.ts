/** The gates that each candidate goes through by itself, in the order of fine print O3: one reason, or the channels that are open. */
import type { Json } from '../../model/event.ts'
import type { Known } from '../../model/known.ts'
import type { EpochMs } from '../../model/time.ts'
import type { WorldView } from '../../model/world.ts'
import type { CatalogueOffer, OfferReady } from './config.ts'
import { type Allowed, allowedChannels } from './consent.ts'
import type { VariablesFor } from './content.ts'
import * as details from './details.ts'
import { endingOfOffer, isAlive } from './endings.ts'
import type { Tally } from './extras.ts'
import { cappedBy, groupTakenBy } from './frequency-cap.ts'
import { traitsAt } from './history.ts'
import { timesGiven } from './lifetime.ts'
import { isReachable } from './reach.ts'
import type { OfferState, OfferTrigger, SentOffer } from './state.ts'
import { triggerName } from './trigger-name.ts'

/** The closed list of contracts, section 5. */
export type Reason =
  | 'no-candidate'
  | 'condition-false'
  | 'no-consent'
  | 'holdout'
  | 'quiet-hours'
  | 'capped'
  | 'outranked'
  | 'expired'
  | 'retracted'
  | 'duplicate'
  | 'no-channel'
  | 'suppressed-person'
  | 'identity-ambiguous'

export interface Rejection {
  /** Null: no offer asks for this trigger. */
  readonly offer: string | null
  readonly reason: Reason
  readonly detail: string | null
}

/** A candidate with the reason against it, or the channels it may use, best first. */
export type Candidate =
  | { readonly offer: CatalogueOffer; readonly channels: readonly string[]; readonly content: Json }
  | { readonly offer: CatalogueOffer; readonly reason: Reason; readonly detail: string }

export interface DecisionMoment {
  /** Time of the trigger, or of the end of quiet hours when it is made again. */
  readonly at: EpochMs
  /** Nothing older is decided any more, but for what is late. */
  readonly watermark: EpochMs
  readonly person: string
  /** The person is the anonymous one of a shared identifier (O14). */
  readonly shared: boolean
  readonly known: Known
  readonly tally: Tally
}

type Judge = (offer: CatalogueOffer) => Candidate

/** Judges offers for one trigger; what all of them need is made once, and only if one asks. */
export function judgeOf(
  state: OfferState,
  trigger: OfferTrigger,
  moment: DecisionMoment,
  ready: OfferReady,
): Judge {
  const { at } = moment
  const variables = variablesFor(state, trigger, moment)
  let consent: { readonly allowed: Allowed } | undefined
  return (offer) => {
    const against = (reason: Reason, detail: string): Candidate => ({ offer, reason, detail })
    const unmet = unmetBy(offer, variables)
    if (unmet !== undefined) return against('condition-false', unmet.detail)
    const content = offer.content(variables)
    if (typeof content === 'symbol')
      return against('condition-false', `no value: ${content.description ?? ''}`)
    if (moment.shared) return against('identity-ambiguous', 'several people share this identifier')
    if (at >= trigger.at + offer.expiresMs) return against('expired', details.expiredAt(trigger, offer))
    const ending = endingOfOffer(state, offer, trigger, at, ready)
    if (ending !== undefined) return against('expired', details.endedBy(ending))
    consent ??= { allowed: allowedChannels(state, ready.consent.purpose, ready.consent.granted) }
    const { allowed } = consent
    if (allowed === undefined) return against('no-consent', details.refusedBy(state, [], ready))
    const reachable = offer.channels.filter((channel) => isReachable(state, channel, at, ready))
    if (reachable.length === 0) return against('no-channel', details.unreachableBy(offer.channels, ready))
    const open = reachable.filter(allowed)
    if (open.length === 0) return against('no-consent', details.refusedBy(state, reachable, ready))
    const spent = spentBy(state, offer, trigger, at, ready)
    if (spent !== undefined) return against(spent.reason, spent.detail)
    const channels = open.filter((channel) => cappedBy(state.sent, offer.caps, channel, at) === undefined)
    if (channels.length > 0) return { offer, channels, content }
    return against('capped', details.cappedOn(state.sent, offer.caps, open, at))
  }
}

/** What this offer, or one of its group, was given already. */
function spentBy(
  state: OfferState,
  offer: CatalogueOffer,
  trigger: OfferTrigger,
  at: EpochMs,
  ready: OfferReady,
): { readonly reason: Reason; readonly detail: string } | undefined {
  const { id, group, maxPerPerson } = offer
  const same = duplicateOf(state, offer, trigger, at, ready)
  if (same !== undefined) return { reason: 'duplicate', detail: details.aliveSince(same) }
  const other =
    group === undefined
      ? undefined
      : groupTakenBy(state.sent, group, { ...trigger, operator: triggerName(trigger, ready) })
  if (other !== undefined) return { reason: 'duplicate', detail: details.groupTaken(other) }
  const times = maxPerPerson === undefined ? 0 : timesGiven(state.extras.given, id)
  if (maxPerPerson === undefined || times < maxPerPerson) return undefined
  return { reason: 'capped', detail: details.lifetimeUsed(maxPerPerson, times) }
}

/** Undefined if the condition holds; a condition without a value says what has none (X8). */
function unmetBy({ when }: CatalogueOffer, variables: VariablesFor): { readonly detail: string } | undefined {
  if (when === undefined) return undefined
  const result = when.evaluate(variables(when.reads))
  if (result === true) return undefined
  return { detail: result === false ? `not true: ${when.text}` : `no value: ${result.missing}` }
}

/** What conditions, variants and params of all offers see, each part made once and only if one reads it. Traits are those of the trigger's time (M1);
 * the world is that of the decision, which after quiet hours is made anew. */
function variablesFor(state: OfferState, trigger: OfferTrigger, { at, known }: DecisionMoment): VariablesFor {
  let values: { trigger: Json; context: unknown; profile?: Json; world?: WorldView } | undefined
  return (reads) => {
    values ??= { trigger: { ...trigger.data, operator: trigger.operator }, context: trigger.context }
    if (reads.has('profile'))
      values.profile ??= { ...known.profile(trigger.at), traits: traitsAt(state.traits, trigger.at) }
    if (reads.has('world')) values.world ??= known.world(at)
    return values
  }
}

/** The same catalogue offer for the same operator and instance is alive (O1). */
function duplicateOf(
  state: OfferState,
  offer: CatalogueOffer,
  trigger: OfferTrigger,
  at: EpochMs,
  ready: OfferReady,
): SentOffer | undefined {
  const on = triggerName(trigger, ready)
  return state.sent.find(
    (sent) =>
      sent.offer === offer.id &&
      sent.operator === on &&
      sent.instance === trigger.instance &&
      isAlive(state, sent, at, ready),
  )
}
