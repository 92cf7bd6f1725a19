/** The record of an offer that goes out: `offer.emitted` (contracts, section 6). */
import type { Draft, Json } from '../../model/event.ts'
import { type EpochMs, formatTime } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import type { capsUsed } from './frequency-cap.ts'
import { valueAt } from './history.ts'
import type { OfferState, SentOffer } from './state.ts'

export const POLICY = 'priority'

/** What a record says beside what is remembered of it. */
export interface Said {
  readonly decision_id: string
  readonly content: Json
  readonly priority: number
  readonly trigger: Json
}

interface Rest {
  readonly fallbacks: readonly string[]
  readonly caps: ReturnType<typeof capsUsed>
  /** The offer that failed, and that this one stands in for. */
  readonly fallbackOf?: string
}

export function offerEmitted(
  state: OfferState,
  sent: SentOffer,
  said: Said,
  { fallbacks, caps, fallbackOf }: Rest,
  ready: OfferReady,
): Draft {
  const { offerId, offer, operator, instance, channel, at, gift } = sent
  return {
    type: 'offer.emitted',
    channel,
    data: {
      offer_id: offerId,
      offer,
      idempotency_key: offerId,
      decision_id: said.decision_id,
      recipient: recipientAt(state, at, ready),
      channel,
      channel_fallbacks: fallbacks,
      content: said.content,
      priority: said.priority,
      expires_at: formatTime(sent.expiresAt),
      not_before: null,
      collapse_key: `${operator}:${instance ?? ''}`,
      trigger: said.trigger,
      experiment: { policy: POLICY, propensity: ready.propensity, holdout: false },
      caps,
      ...(gift ? { gift: true } : {}),
      ...(fallbackOf === undefined ? {} : { fallback_of: fallbackOf }),
    },
  }
}

const recipientAt = (state: OfferState, at: EpochMs, ready: OfferReady): Json => ({
  identifiers: state.identifiers.map(({ type, value }) => ({ type, value })),
  locale: valueAt(state.locales, at) ?? null,
  timezone: valueAt(state.zones, at) ?? ready.timezone,
})
