/** The instances and waiting events of a person: in their order, within their bounds, and united when two people turn out to be one. */
import {
  INSTANCES_PER_PERSON_MAX,
  JOURNEY_EVENTS_WAITING_MAX,
  JOURNEY_OFFERS_MAX,
} from '../../model/limits.ts'
import type { Instance, OfferMade, WaitingEvent } from './state.ts'

export interface Bounded<Item> {
  readonly kept: readonly Item[]
  readonly fellOut: number
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** With one of them replaced, or put in its place. */
export function withInstance(instances: readonly Instance[], instance: Instance): readonly Instance[] {
  const at = instances.findIndex(({ key }) => key >= instance.key)
  if (at < 0) return [...instances, instance]
  const replaced = (instances[at] as Instance).key === instance.key
  return replaced ? instances.with(at, instance) : instances.toSpliced(at, 0, instance)
}

/** What has ended goes before what is under way, and then the oldest. */
export function boundedInstances(instances: readonly Instance[]): Bounded<Instance> {
  const fellOut = instances.length - INSTANCES_PER_PERSON_MAX
  if (fellOut <= 0) return { kept: instances, fellOut: 0 }
  const rank = ({ step }: Instance): number => (step === undefined ? 0 : 1)
  const byAge = instances.toSorted(
    (a, b) => rank(a) - rank(b) || a.enteredAt - b.enteredAt || compareText(a.key, b.key),
  )
  const gone = new Set(byAge.slice(0, fellOut))
  return { kept: instances.filter((instance) => !gone.has(instance)), fellOut }
}

/** By time, type and id; of one moment it is the same order whatever came first. */
const compareWaiting = (a: WaitingEvent, b: WaitingEvent): number =>
  a.at - b.at || compareText(a.type, b.type) || compareText(a.id, b.id)

export function withWaiting(
  waiting: readonly WaitingEvent[],
  more: readonly WaitingEvent[],
): Bounded<WaitingEvent> {
  const all = [...waiting, ...more].sort(compareWaiting)
  const fellOut = Math.max(0, all.length - JOURNEY_EVENTS_WAITING_MAX)
  return { kept: fellOut === 0 ? all : all.slice(fellOut), fellOut }
}

export function withOffers(offers: readonly OfferMade[], more: readonly OfferMade[]): readonly OfferMade[] {
  const all = [...offers, ...more].sort((a, b) => a.at - b.at || compareText(a.id, b.id))
  return all.filter(({ id }, i) => all[i - 1]?.id !== id).slice(-JOURNEY_OFFERS_MAX)
}

/** Negative: `a` is the one that stays of two with one key (contracts, J8). Total, so that no order of merges makes a difference. */
function compareProgress(a: Instance, b: Instance): number {
  return (
    b.doneCount - a.doneCount ||
    a.enteredAt - b.enteredAt ||
    a.since - b.since ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  )
}

/** Offers of both: an answer to either's counts for the one that stays. */
export function mergeInstances(a: Instance, b: Instance): Instance {
  const [stays, goes] = compareProgress(a, b) <= 0 ? [a, b] : [b, a]
  if (stays.step === undefined) return stays
  const offers = withOffers(stays.offers, goes.offers)
  return offers.length === stays.offers.length ? stays : { ...stays, offers }
}
