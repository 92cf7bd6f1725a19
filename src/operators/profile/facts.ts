/**
 * What is known of a person from any number of events: counts, sums, the newest of each fact, decayed interests. Every part of it can be
 * added up in any order to the same result, so an old event may be folded in, a late one turn up, and two people become one.
 */
import { addDecayed, type Decayed, decayedOf, withHalfLife } from '../../model/decay.ts'
import { PROFILE_NAMES_MAX } from '../../model/limits.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { Says } from './says.ts'

/** The newest value of a fact; of one moment the greater. */
export interface Fact {
  readonly name: string
  readonly at: EpochMs
  readonly value: unknown
}

export interface Interest {
  readonly name: string
  /** When it was fed last: those that rest longest fall out. */
  readonly at: EpochMs
  readonly weight: Decayed
}

export interface Channel {
  readonly name: string
  readonly events: number
}

export interface Facts {
  /** Undefined: no event was folded. */
  readonly firstAt: EpochMs | undefined
  readonly lastAt: EpochMs | undefined
  readonly lastOrderAt: EpochMs | undefined
  readonly orders: number
  readonly spentMicros: number
  readonly returnedMicros: number
  readonly visits: number
  /** Each sorted by name. */
  readonly facts: readonly Fact[]
  readonly interests: readonly Interest[]
  readonly channels: readonly Channel[]
}

/** An event with what is kept of it. */
export interface Note {
  readonly at: EpochMs
  readonly says: Says
}

export const NO_FACTS: Facts = {
  firstAt: undefined,
  lastAt: undefined,
  lastOrderAt: undefined,
  orders: 0,
  spentMicros: 0,
  returnedMicros: 0,
  visits: 0,
  facts: [],
  interests: [],
  channels: [],
}

const orderOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function isNewer(a: Fact, b: Fact): boolean {
  if (a.at !== b.at) return a.at > b.at
  if (typeof a.value === 'number' && typeof b.value === 'number') return a.value > b.value
  return orderOf(a.value) > orderOf(b.value)
}

const pick = (
  rule: (a: number, b: number) => number,
  a: EpochMs | undefined,
  b: EpochMs | undefined,
): EpochMs | undefined => (a === undefined || b === undefined ? (a ?? b) : rule(a, b))
const later = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined => pick(Math.max, a, b)
const earlier = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined => pick(Math.min, a, b)

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

/** Lists of two as one, by name; what stands in both is joined. */
function united<T extends { readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
  join: (x: T, y: T) => T,
): readonly T[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  const all = new Map(a.map((item) => [item.name, item]))
  for (const item of b) {
    const other = all.get(item.name)
    all.set(item.name, other === undefined ? item : join(other, item))
  }
  return [...all.values()].sort(byName)
}

const joinInterests = (x: Interest, y: Interest): Interest => ({
  name: x.name,
  at: Math.max(x.at, y.at),
  weight: addDecayed(x.weight, y.weight),
})

/** What the bytes can say; amounts above it are no money any more. */
const MICROS_MAX = 2 ** 51
const money = (a: number, b: number): number => Math.min(Math.max(a + b, -MICROS_MAX), MICROS_MAX)

export const addFacts = (a: Facts, b: Facts): Facts => ({
  firstAt: earlier(a.firstAt, b.firstAt),
  lastAt: later(a.lastAt, b.lastAt),
  lastOrderAt: later(a.lastOrderAt, b.lastOrderAt),
  orders: a.orders + b.orders,
  spentMicros: money(a.spentMicros, b.spentMicros),
  returnedMicros: money(a.returnedMicros, b.returnedMicros),
  visits: a.visits + b.visits,
  facts: united(a.facts, b.facts, (x, y) => (isNewer(x, y) ? x : y)),
  interests: united(a.interests, b.interests, joinInterests),
  channels: united(a.channels, b.channels, (x, y) => ({ name: x.name, events: x.events + y.events })),
})

/** What one event makes known. */
export function factsOfNote({ at, says }: Note, halfLifeMs: DurationMs): Facts {
  const { channel, orders = 0, spent = 0, returned = 0, visits = 0, facts, interests } = says
  return {
    firstAt: at,
    lastAt: at,
    lastOrderAt: orders > 0 ? at : undefined,
    orders,
    spentMicros: spent,
    returnedMicros: returned,
    visits,
    facts:
      facts === undefined
        ? []
        : Object.entries(facts)
            .map(([name, value]): Fact => ({ name, at, value }))
            .sort(byName),
    interests:
      interests === undefined
        ? []
        : Object.entries(interests)
            .map(([name, weight]): Interest => ({ name, at, weight: decayedOf(weight, at, halfLifeMs) }))
            .sort(byName),
    channels: channel === undefined ? [] : [{ name: channel, events: 1 }],
  }
}

/** The sum of many, put together in pairs: one after the other would copy the whole for each. */
export function sumOf(all: readonly Facts[]): Facts {
  let level = all
  while (level.length > 1) {
    const next: Facts[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = [level[i] as Facts, level[i + 1]]
      next.push(b === undefined ? a : addFacts(a, b))
    }
    level = next
  }
  return level[0] ?? NO_FACTS
}

export interface Bounded {
  readonly facts: Facts
  readonly fellOut: number
}

/** The newest ones, as many as may be kept; of one age the first by name. */
function newestOf<T extends { readonly name: string }>(
  list: readonly T[],
  worth: (item: T) => number,
): readonly T[] {
  if (list.length <= PROFILE_NAMES_MAX) return list
  return list
    .toSorted((a, b) => worth(b) - worth(a) || byName(a, b))
    .slice(0, PROFILE_NAMES_MAX)
    .sort(byName)
}

export function bounded(facts: Facts): Bounded {
  const kept = {
    facts: newestOf(facts.facts, ({ at }) => at),
    interests: newestOf(facts.interests, ({ at }) => at),
    channels: newestOf(facts.channels, ({ events }) => events),
  }
  const lost = (key: keyof typeof kept): number => facts[key].length - kept[key].length
  const fellOut = lost('facts') + lost('interests') + lost('channels')
  return { facts: fellOut === 0 ? facts : { ...facts, ...kept }, fellOut }
}

/** Interests as another half-life has them, from when each was fed last. */
export function withInterestsHalving(facts: Facts, fromMs: DurationMs, toMs: DurationMs): Facts {
  if (facts.interests.length === 0) return facts
  const interests = facts.interests.map(
    ({ name, at, weight }): Interest => ({ name, at, weight: withHalfLife(weight, at, { fromMs, toMs }) }),
  )
  return { ...facts, interests }
}
