/** The person is erased: whatever waits for the end of quiet hours ends, and says no more than that (contracts, section 5). */
import type { Draft } from '../../model/event.ts'
import type { Rejection } from './candidates.ts'
import type { OfferReady } from './config.ts'
import { decision } from './decide.ts'
import type { OfferState } from './state.ts'
import { triggerName } from './trigger-name.ts'

export function erased({ held }: OfferState, ready: OfferReady): readonly Draft[] {
  return held.map((one) => {
    const offers = ready.offersOn.get(triggerName(one, ready)) ?? []
    const rejection = (offer: string | null): Rejection => ({
      offer,
      reason: 'suppressed-person',
      detail: null,
    })
    const rejected = offers.length === 0 ? [rejection(null)] : offers.map(({ id }) => rejection(id))
    return decision(one, ready, { outcome: 'none', rejected })
  })
}
