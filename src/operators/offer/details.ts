/** Why not, in words: the `detail` of what was turned down. For people who ask; nothing reads it, so it may say more tomorrow. */
import { formatDuration, type EpochMs, formatTime } from '../../model/time.ts'
import type { Cap, CatalogueOffer, OfferReady } from './config.ts'
import { ALL_CHANNELS, refusalOf } from './consent.ts'
import { capsInTheWay } from './frequency-cap.ts'
import { needOf } from './reach.ts'
import type { OfferState, OfferTrigger, SentOffer } from './state.ts'

/** `email needs an e-mail address; onsite needs ...`, by channel. */
export function unreachableBy(channels: readonly string[], { onsiteMs }: OfferReady): string {
  return channels.map((channel) => `${channel} needs ${needOf(channel, formatDuration(onsiteMs))}`).join('; ')
}

/** Who refused what, and when; of channels those that would reach the person. */
export function refusedBy({ consents }: OfferState, channels: readonly string[], ready: OfferReady): string {
  const { purpose } = ready.consent
  const said = [ALL_CHANNELS, ...channels].flatMap((channel) => {
    const word = refusalOf(consents, purpose, channel)
    if (word === undefined) return []
    const what = word.purpose === '' ? 'unsubscribed' : `${purpose} refused`
    return [`${what}${channel === ALL_CHANNELS ? '' : ` on ${channel}`} at ${formatTime(word.at)}`]
  })
  return said.length > 0 ? said.join('; ') : `nobody said yes to ${purpose}`
}

/** Every cap that stands in the way on one of the channels: how many are used, and when the next one may come. */
export function cappedOn(
  sent: readonly SentOffer[],
  caps: readonly Cap[],
  channels: readonly string[],
  at: EpochMs,
): string {
  return capsInTheWay(sent, caps, channels, at)
    .map(({ cap, used, freeAt }) => {
      const where = cap.channel === undefined ? '' : ` on ${cap.channel}`
      const next = freeAt === undefined ? '' : `, free again at ${formatTime(freeAt)}`
      return `${cap.max} per ${cap.per}${where}: ${used} used${next}`
    })
    .join('; ')
}

export const lifetimeUsed = (max: number, used: number): string => `${max} in a lifetime: ${used} used`

export const aliveSince = ({ at, expiresAt }: SentOffer): string =>
  `given at ${formatTime(at)}, alive until ${formatTime(expiresAt)}`

export const groupTaken = ({ offer, group, at }: SentOffer): string =>
  `of the group ${group ?? ''} ${offer} was given at ${formatTime(at)}`

export const expiredAt = (trigger: OfferTrigger, offer: CatalogueOffer): string =>
  `its ${formatDuration(offer.expiresMs)} ended at ${formatTime(trigger.at + offer.expiresMs)}`

export const endedBy = ({ type, at }: { readonly type: string; readonly at: EpochMs }): string =>
  `${type} ended it at ${formatTime(at)}`

export const outrankedBy = (best: CatalogueOffer, { priority }: CatalogueOffer): string =>
  best.priority === priority
    ? `${best.id} has the same priority ${priority} and stands first`
    : `${best.id} has priority ${best.priority}, this one ${priority}`
