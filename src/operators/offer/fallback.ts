/**
 * `offer.failed`: what did not get through on its channel goes out on the next one, once.
 *
 * 1. It is a record of its own, with an id of its own and `fallback_of`: who drops repeats by id or key must not drop it, and a failure
 *    of it is told from the failure of the first. The decision and the collapse key are the same.
 * 2. A failure counts when the watermark reaches it, so that the order of arrival within the lateness makes no difference, and a
 *    failure that comes ahead of its offer, as in a recording, still finds it.
 * 3. Nothing goes out that has ended by then, that is known to be revoked, or that meets quiet hours with `then: drop`.
 * 4. It is one offer to the person: caps over all channels have counted it. Those of its new channel hold it back, and count it.
 */
import type { Draft } from '../../model/event.ts'
import { deriveId } from '../../model/hash.ts'
import type { EpochMs } from '../../model/time.ts'
import type { DecisionMoment } from './candidates.ts'
import type { OfferReady } from './config.ts'
import { allowedChannels } from './consent.ts'
import type { Decided } from './decide.ts'
import { offerEmitted } from './emitted.ts'
import { isAlive } from './endings.ts'
import { type Extras, extrasOf } from './extras.ts'
import { type Failure, mergeFailures } from './failures.ts'
import { cappedBy, capsUsed, mergeSent } from './frequency-cap.ts'
import { valueAt } from './history.ts'
import { quietUntil } from './quiet-hours.ts'
import { isReachable } from './reach.ts'
import type { OfferState, SentOffer } from './state.ts'

/** Works off the failures that are due. */
export function fallBack(state: OfferState, moment: DecisionMoment, ready: OfferReady): Decided {
  const { at, tally } = moment
  const { failures } = state.extras
  const drafts: Draft[] = []
  let next = state
  let waiting = failures.filter(({ due }) => due > at)
  for (const failure of failures) {
    if (failure.due > at) continue
    const tried = tryNext(next, failure, moment, ready)
    if (typeof tried === 'number') waiting = [...mergeFailures(waiting, [{ ...failure, due: tried }], tally)]
    else if (tried !== undefined) {
      next = tried.state
      drafts.push(...tried.drafts)
    }
  }
  const extras: Extras = extrasOf({ ...next.extras, failures: waiting })
  return { state: { ...next, extras }, drafts }
}

/** The offer on its next channel; when to try again, if that is quiet now; undefined: there is nothing to do. */
function tryNext(
  state: OfferState,
  { offerId }: Failure,
  { at, watermark, person, tally }: DecisionMoment,
  ready: OfferReady,
): Decided | EpochMs | undefined {
  const failed = state.sent.find((sent) => sent.offerId === offerId)
  if (failed?.retry === undefined || !isAlive(state, failed, at, ready)) return undefined
  const { said, channels } = failed.retry
  const allowed = allowedChannels(state, ready.consent.purpose, ready.consent.granted)
  const caps = ready.caps.filter((cap) => cap.gift === failed.gift)
  const ofChannels = caps.filter((cap) => cap.channel !== undefined)
  const channel = channels.find(
    (one) =>
      allowed?.(one) === true &&
      isReachable(state, one, at, ready) &&
      cappedBy(state.sent, ofChannels, one, at) === undefined,
  )
  const until = quietUntil(at, ready.quiet, valueAt(state.zones, at) ?? ready.timezone)
  if (channel !== undefined && until !== undefined && ready.quiet?.hold === true) return until
  const spent = state.sent.map((sent) => (sent === failed ? { ...failed, retry: undefined } : sent))
  if (channel === undefined || until !== undefined) return { state: { ...state, sent: spent }, drafts: [] }
  const again: SentOffer = {
    ...failed,
    at,
    offerId: deriveId(ready.key, ready.operatorId, 'fallback', offerId),
    channel,
    person,
    again: true,
    retry: undefined,
  }
  const rest = {
    fallbacks: [],
    caps: capsUsed(state.sent, caps, again),
    fallbackOf: offerId,
  }
  const sent = mergeSent(spent, [again], watermark, ready, tally)
  return { state: { ...state, sent }, drafts: [offerEmitted(state, again, said, rest, ready)] }
}
