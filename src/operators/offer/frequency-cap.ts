/**
 * Frequency caps (fine print O2): at most `max` emitted offers in every window (x - per, x], not only in the one that ends now, since
 * decisions come out of order: an at-once trigger of 11:00:05 is decided before the timer of 11:00:00.
 */
import { OFFERS_PER_PERSON_MAX, RETRIES_PER_PERSON_MAX } from '../../model/limits.ts'
import { DAY_MS, type EpochMs } from '../../model/time.ts'
import type { Cap, OfferReady } from './config.ts'
import type { Tally } from './extras.ts'
import type { SentOffer } from './state.ts'

type Sent = readonly SentOffer[]

/** How long an offer counts for its group. A trip is over by then, and the cart `default` is another one. */
const GROUP_MS = 30 * DAY_MS

/** Whether a cap holds for offers on a channel; gifts have caps of their own. */
const holdsFor = (cap: Cap, channel: string): boolean => cap.channel === undefined || cap.channel === channel
/** What stands in for one that failed is on another channel, and no further offer. */
const counts = (cap: Cap, sent: SentOffer): boolean =>
  cap.gift === sent.gift && holdsFor(cap, sent.channel) && !(sent.again && cap.channel === undefined)

/** Offers in (at - per, at] that a cap counts. From the newest on: what lies in front of the window is not looked at. */
export function countUntil(sent: Sent, cap: Cap, at: EpochMs): number {
  const from = at - cap.perMs
  let count = 0
  for (let i = sent.length - 1; i >= 0; i--) {
    const offer = sent[i] as SentOffer
    if (offer.at <= from) break
    if (offer.at <= at && counts(cap, offer)) count++
  }
  return count
}

/** The first cap that one offer more at `at` on `channel` would break. */
export function cappedBy(sent: Sent, caps: readonly Cap[], channel: string, at: EpochMs): Cap | undefined {
  for (let i = 0; i < caps.length; i++) {
    const cap = caps[i] as Cap
    if (holdsFor(cap, channel) && isFull(sent, cap, at)) return cap
  }
  return undefined
}

/** The caps that stand in the way on some channel, each once, with what counts for it about `at`, and from when on it lets one through. */
export function capsInTheWay(sent: Sent, caps: readonly Cap[], channels: readonly string[], at: EpochMs) {
  return caps
    .filter((cap) => channels.some((channel) => holdsFor(cap, channel)) && isFull(sent, cap, at))
    .map((cap) => {
      const times = sent.filter((offer) => counts(cap, offer)).map((offer) => offer.at)
      const used = times.filter((time) => time > at - cap.perMs && time < at + cap.perMs).length
      const last = times.at(-cap.max)
      return { cap, used, freeAt: cap.max === 0 || last === undefined ? undefined : last + cap.perMs }
    })
}

/** A fullest window that holds `at` ends at `at` itself or at an offer behind it. */
function isFull(sent: Sent, cap: Cap, at: EpochMs): boolean {
  if (countUntil(sent, cap, at) >= cap.max) return true
  for (let i = sent.length - 1; i >= 0; i--) {
    const offer = sent[i] as SentOffer
    const end = offer.at
    if (end <= at) break
    if (end < at + cap.perMs && counts(cap, offer) && countUntil(sent, cap, end) >= cap.max) return true
  }
  return false
}

/** `caps` of an offer (O13): those that count its channel, this offer included in `used`. `sent` does not hold it yet. */
export function capsUsed(sent: Sent, caps: readonly Cap[], offer: SentOffer) {
  return caps
    .filter((cap) => holdsFor(cap, offer.channel))
    .map((cap) => {
      const used = countUntil(sent, cap, offer.at) + (counts(cap, offer) ? 1 : 0)
      return { per: cap.per, max: cap.max, used }
    })
}

const byTime = (a: SentOffer, b: SentOffer): number =>
  a.at - b.at || (a.offerId < b.offerId ? -1 : a.offerId > b.offerId ? 1 : 0)

/**
 * Offers of both lists, each once, in order; a revocation of either stands. Let go are those that no cap and no group counts any more and
 * whose life is over. Decisions are made down to the watermark, which one slow source holds far below the newest offer: what is old is measured
 * from the lower of the two, less the horizon.
 */
export function mergeSent(a: Sent, b: Sent, watermark: EpochMs, ready: OfferReady, tally: Tally): Sent {
  const all = a.concat(b)
  if (b.length !== 1 || (a.length > 0 && byTime(a.at(-1) as SentOffer, b[0] as SentOffer) > 0))
    all.sort(byTime)
  const front = Math.min(all.at(-1)?.at ?? 0, watermark)
  const unique: SentOffer[] = []
  for (const offer of all) {
    const last = unique.at(-1)
    if (last === undefined || last.offerId !== offer.offerId) unique.push(offer)
    else if (offer.revoked) unique[unique.length - 1] = offer
  }
  const past = front - ready.horizonMs
  const counted = (offer: SentOffer): boolean =>
    ready.caps.some((cap) => counts(cap, offer) && offer.at > past - cap.perMs) ||
    (offer.group !== undefined && offer.at > past - GROUP_MS)
  const alive = unique.filter((offer) => offer.expiresAt > past || counted(offer))
  const kept = ready.fallsBack ? withFewRetries(alive, past, tally) : alive
  let surplus = kept.length - OFFERS_PER_PERSON_MAX
  if (surplus <= 0) return kept
  return kept.filter((offer) => counted(offer) || surplus-- <= 0)
}

/** Without what would be needed to send an offer again that is over, and of the others only for the newest. */
function withFewRetries(sent: Sent, past: EpochMs, tally: Tally): Sent {
  const needed = sent.filter(({ retry, expiresAt }) => retry !== undefined && expiresAt > past)
  const surplus = Math.max(0, needed.length - RETRIES_PER_PERSON_MAX)
  tally.fellOut += surplus
  const kept = new Set(needed.slice(surplus))
  return sent.map((one) => (one.retry === undefined || kept.has(one) ? one : { ...one, retry: undefined }))
}

/** What took the place of a group for this instance of a trigger. */
export const groupTakenBy = (
  sent: Sent,
  group: string,
  trigger: { readonly operator: string; readonly instance: string | undefined; readonly at: EpochMs },
): SentOffer | undefined =>
  sent.find(
    (one) =>
      one.group === group &&
      one.operator === trigger.operator &&
      one.instance === trigger.instance &&
      one.at > trigger.at - GROUP_MS,
  )
