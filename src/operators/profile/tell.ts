/** What is known, in the words of conditions (contracts, section 5: `profile.*`). */
import { decayedAt } from '../../model/decay.ts'
import type { Json } from '../../model/event.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import { DAY_MS, type EpochMs, formatTime } from '../../model/time.ts'
import { valueOfCarts } from './carts.ts'
import type { ProfileReady } from './config.ts'
import { type Channel, type Fact, type Facts, factsOfNote, type Interest, sumOf } from './facts.ts'
import { offersAt } from './offers-seen.ts'
import type { ProfileState } from './state.ts'

export const PROFILE_FIELDS: FieldTypes = {
  first_seen: 'time',
  last_seen: 'time',
  days_since_seen: 'number',
  orders: 'number',
  spend: 'number',
  last_order_at: 'time',
  days_since_order: 'number',
  average_order: 'number',
  party: { fields: { adults: 'number', children: 'number' } },
  visits: 'number',
  traits: { fields: {} },
  interests: { fields: {} },
  channels: { fields: {} },
  preferred_channel: 'text',
  mood: { fields: { arrival: 'number', latest: 'number', departure: 'number' } },
  open_cart_value: 'number',
  offers_seen: 'number',
  offers_accepted: 'number',
  consent: { fields: {} },
}

/** Of somebody who unsubscribed and never spoke of a purpose. */
const USUAL_PURPOSE = 'marketing'

const hundredths = (value: number): number => Math.round(value * 100) / 100
/** Whole ones, as somebody would count them. */
const daysBetween = (from: EpochMs, to: EpochMs): number => Math.max(0, Math.floor((to - from) / DAY_MS))

/** Facts whose names begin so, by the rest of the name. */
const factsUnder = (facts: readonly Fact[], prefix: string): readonly (readonly [string, Fact])[] =>
  facts
    .filter(({ name }) => name.startsWith(prefix))
    .map((fact) => [fact.name.slice(prefix.length), fact] as const)

const valuesUnder = (facts: readonly Fact[], prefix: string): Json =>
  Object.fromEntries(factsUnder(facts, prefix).map(([name, { value }]) => [name, value]))

/** An unsubscription is a refusal of every purpose, unless a newer word stands against it. */
function consentOf(facts: readonly Fact[]): Readonly<Record<string, boolean>> {
  const unsubscribedAt = facts.find(({ name }) => name === 'unsubscribed')?.at
  const said = factsUnder(facts, 'consent.').map(
    ([purpose, { at, value }]) =>
      [purpose, value === 'granted' && (unsubscribedAt === undefined || at > unsubscribedAt)] as const,
  )
  if (unsubscribedAt === undefined || said.length > 0) return Object.fromEntries(said)
  return { [USUAL_PURPOSE]: false }
}

/** The one with most events; of equals the first by name. */
const preferredOf = (channels: readonly Channel[]): string | undefined =>
  channels.toSorted((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1))[0]?.name

const interestsAt = (
  interests: readonly Interest[],
  at: EpochMs,
  { halfLifeMs }: ProfileReady,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    interests.map(({ name, weight }) => [name, hundredths(decayedAt(weight, at, halfLifeMs))]),
  )

function momentsOf({ firstAt, lastAt, lastOrderAt }: Facts, at: EpochMs): Json {
  return {
    ...(firstAt === undefined ? {} : { first_seen: formatTime(firstAt) }),
    ...(lastAt === undefined
      ? {}
      : { last_seen: formatTime(lastAt), days_since_seen: daysBetween(lastAt, at) }),
    ...(lastOrderAt === undefined
      ? {}
      : { last_order_at: formatTime(lastOrderAt), days_since_order: daysBetween(lastOrderAt, at) }),
  }
}

export function tellOf(state: ProfileState, at: EpochMs, ready: ProfileReady): Json {
  const then = state.notes.filter((note) => note.at <= at)
  const known = sumOf([state.past, ...then.map((note) => factsOfNote(note, ready.halfLifeMs))])
  const { orders, spentMicros, returnedMicros, visits, facts, interests, channels } = known
  const offers = offersAt(state.offers, at)
  const party = facts.find(({ name }) => name === 'party')?.value
  const preferred = preferredOf(channels)
  return {
    ...momentsOf(known, at),
    orders,
    spend: (spentMicros - returnedMicros) / 1e6,
    ...(orders === 0 ? {} : { average_order: hundredths(spentMicros / orders / 1e6) }),
    ...(party === undefined ? {} : { party }),
    visits,
    traits: valuesUnder(facts, 'trait.'),
    interests: interestsAt(interests, at, ready),
    channels: Object.fromEntries(channels.map(({ name, events }) => [name, events])),
    ...(preferred === undefined ? {} : { preferred_channel: preferred }),
    mood: valuesUnder(facts, 'mood.'),
    open_cart_value: valueOfCarts(state.carts, at),
    offers_seen: offers.seen,
    offers_accepted: offers.accepted,
    consent: consentOf(facts),
  }
}
