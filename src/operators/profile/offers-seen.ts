/** Which offers a person saw and accepted, each once, however often the sender says so. */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { PROFILE_OFFERS_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'

export interface OfferSeen {
  readonly id: string
  /** First word of it. */
  readonly seenAt: EpochMs
  readonly acceptedAt: EpochMs | undefined
}

export interface OffersSeen {
  /** Sorted by `seenAt`, then by id. */
  readonly known: readonly OfferSeen[]
  /** Older ones, of which only the number is kept. */
  readonly seenBefore: number
  readonly acceptedBefore: number
}

export const NO_OFFERS_SEEN: OffersSeen = { known: [], seenBefore: 0, acceptedBefore: 0 }

const SEEN: ReadonlySet<string> = new Set([
  'offer.delivered',
  'offer.opened',
  'offer.clicked',
  'offer.accepted',
  'offer.redeemed',
  'offer.dismissed',
])
const ID_LENGTH_MAX = 128

/** Undefined: it says of no offer that it was seen. */
export function offerSeenOf(event: StreamEvent): OfferSeen | undefined {
  const { type, time } = event
  if (!SEEN.has(type)) return undefined
  const id = fieldOf(event, 'offer_id')
  if (typeof id !== 'string' || id === '' || id.length > ID_LENGTH_MAX) return undefined
  const accepted = type === 'offer.accepted' || type === 'offer.redeemed'
  return { id, seenAt: time, acceptedAt: accepted ? time : undefined }
}

const first = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)

export function mergeOffersSeen(a: OffersSeen, b: OffersSeen): OffersSeen {
  const all = new Map(a.known.map((offer) => [offer.id, offer]))
  for (const offer of b.known) {
    const other = all.get(offer.id)
    if (other === undefined) all.set(offer.id, offer)
    else
      all.set(offer.id, {
        id: offer.id,
        seenAt: Math.min(other.seenAt, offer.seenAt),
        acceptedAt: first(other.acceptedAt, offer.acceptedAt),
      })
  }
  const known = [...all.values()].sort((x, y) => x.seenAt - y.seenAt || (x.id < y.id ? -1 : 1))
  const gone = known.slice(0, Math.max(0, known.length - PROFILE_OFFERS_MAX))
  return {
    known: gone.length === 0 ? known : known.slice(gone.length),
    seenBefore: a.seenBefore + b.seenBefore + gone.length,
    acceptedBefore:
      a.acceptedBefore + b.acceptedBefore + gone.filter(({ acceptedAt }) => acceptedAt !== undefined).length,
  }
}

/** How many as of a time. */
export function offersAt(
  { known, seenBefore, acceptedBefore }: OffersSeen,
  at: EpochMs,
): { readonly seen: number; readonly accepted: number } {
  let seen = seenBefore
  let accepted = acceptedBefore
  for (const { seenAt, acceptedAt } of known) {
    if (seenAt <= at) seen++
    if (acceptedAt !== undefined && acceptedAt <= at) accepted++
  }
  return { seen, accepted }
}
