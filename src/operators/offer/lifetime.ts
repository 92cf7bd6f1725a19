/**
 * `maxPerPerson`: how often an offer went out to a person, ever. A number an offer: what was emitted is forgotten once no cap counts it, and
 * a lifetime is longer than any cap.
 */
import type { OfferReady } from './config.ts'
import type { Tally } from './extras.ts'

export interface Given {
  /** Id in the catalogue. */
  readonly offer: string
  readonly times: number
}

type AllGiven = readonly Given[]

/** As many as one document may list; those of offers that it lists no more go first. */
export const GIVEN_MAX = 500

export const timesGiven = (given: AllGiven, offer: string): number =>
  given.find((one) => one.offer === offer)?.times ?? 0

/** Of two people, or of one and what is emitted now: what was given to either was given to both. */
export function mergeGiven(a: AllGiven, b: AllGiven, ready: OfferReady, tally: Tally): AllGiven {
  const sums = new Map<string, number>()
  for (const { offer, times } of [...a, ...b]) sums.set(offer, (sums.get(offer) ?? 0) + times)
  const all = [...sums].map(([offer, times]): Given => ({ offer, times }))
  all.sort((x, y) => (x.offer < y.offer ? -1 : 1))
  if (all.length <= GIVEN_MAX) return all
  const kept = all.filter(({ offer }) => ready.offers.get(offer)?.maxPerPerson !== undefined)
  tally.fellOut += all.length - kept.length
  return kept
}
