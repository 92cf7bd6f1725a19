/** From notes to what a brief tells, all of it as of one time. */
import type { Json } from '../../model/event.ts'
import { NOTABLE_EVENTS_MAX } from '../../model/limits.ts'
import { HOUR_MS, type EpochMs, formatTime, MINUTE_MS } from '../../model/time.ts'
import { isZone, localMinutes } from '../../model/zone.ts'
import { type Note, upTo } from './lanes.ts'
import { typeOf } from './notes.ts'
import { openCartOf } from './open-cart.ts'
import type { Lanes } from './state.ts'
import { inWords } from './words.ts'

/** Of each list. */
const TOLD_MAX = 10
const HOURS_TOLD = 3
const MINUTES_PER_HOUR = HOUR_MS / MINUTE_MS

const newestFirst = (notes: readonly Note[], max = TOLD_MAX): readonly Note[] =>
  notes.slice(-max).toReversed()

/** Said fields under their names, null where there is none, with the time. */
const told = ({ at, said }: Note, ...names: readonly string[]): Json => ({
  ...Object.fromEntries(names.map((name) => [name, said[name] ?? null])),
  time: formatTime(at),
})

/** Most frequent first; of equals in the order of the words. */
function byCount(words: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
}

const textsOf = (notes: readonly Note[], ...names: readonly string[]): readonly string[] =>
  notes.flatMap(({ said }) => {
    const value = names.map((name) => said[name]).find((text) => text !== undefined)
    return typeof value === 'string' ? [value] : []
  })

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Weights that somebody else worked out, or how often each was looked at. */
function interestsOf(activity: readonly Note[], known: unknown): readonly Json[] {
  const weighed = isObject(known)
    ? Object.entries(known)
        .flatMap(([word, weight]) => (typeof weight === 'number' ? [[word, weight] as const] : []))
        .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    : byCount(textsOf(activity, 'category', 'topic'))
  return weighed.slice(0, TOLD_MAX).map(([category, weight]) => ({ category, weight }))
}

/** The hours of the day, by the wall clock, at which most of what they did lies: `18:00` is 18:00 to 19:00. */
function hoursOf(activity: readonly Note[], zone: string): readonly string[] {
  const hours = activity.map(({ at }) => {
    const hour = Math.floor(localMinutes(at, zone) / MINUTES_PER_HOUR)
    return `${String(hour).padStart(2, '0')}:00`
  })
  return byCount(hours)
    .slice(0, HOURS_TOLD)
    .map(([hour]) => hour)
    .sort()
}

/** One entry an offer, the one that was answered last first. */
function offersOf(notes: readonly Note[]): readonly Json[] {
  const offers = new Map<unknown, Record<string, unknown>>()
  for (const note of notes) {
    const { offer_id: id, offer, channel } = note.said
    const known = offers.get(id)
    // The one that was heard of last is last.
    offers.delete(id)
    offers.set(id, {
      offer_id: id,
      offer: offer ?? known?.['offer'] ?? null,
      channel: channel ?? known?.['channel'] ?? null,
      seen_at: known?.['seen_at'] ?? formatTime(note.at),
      answer: typeOf(note).slice('offer.'.length),
      answered_at: formatTime(note.at),
    })
  }
  return [...offers.values()].slice(-TOLD_MAX).toReversed()
}

const boughtIdOf = ({ said }: Note): unknown => said['order_id'] ?? said['deal_id'] ?? null

function boughtOf(notes: readonly Note[]): readonly Json[] {
  const won = notes.filter(({ said }) => said['won'] !== false)
  // Tills and sites may both report an order: the first report counts, as for whoever asks what led to it.
  const first = won.filter((note, place) => {
    const id = boughtIdOf(note)
    return id === null || won.findIndex((other) => boughtIdOf(other) === id) === place
  })
  return newestFirst(first).map((note) => ({
    order_id: boughtIdOf(note),
    channel: note.said['channel'] ?? null,
    total: note.said['total'] ?? note.said['value'] ?? null,
    currency: note.said['currency'] ?? null,
    products: note.said['products'] ?? [],
    time: formatTime(note.at),
  }))
}

/** Newest of each name; a trait that was taken back, as null, is none. */
function traitsOf(notes: readonly Note[]): Json {
  const traits = new Map<string, unknown>()
  for (const { said } of notes) traits.set(said['name'] as string, said['value'])
  const kept = [...traits].filter(([, value]) => value !== null).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(kept)
}

/** All that a brief tells of a person; `known`: what other operators tell, present or absent. */
export function factsOf(lanes: Lanes, at: EpochMs, known: Json, timezone: string): Json {
  const activity = upTo(lanes.activity, at)
  const traits = traitsOf(upTo(lanes.traits, at))
  const zone = traits['timezone']
  const mood = upTo(lanes.moods, at).at(-1)
  const sentiment = upTo(lanes.sentiments, at).findLast(({ said }) => said['sentiment'] !== undefined)
  const warmed = upTo(lanes.warmths, at).at(-1)?.said
  return {
    interests: interestsOf(activity, known['interests']),
    needs: {
      searches: newestFirst(upTo(lanes.searches, at)).map((note) => told(note, 'query', 'category')),
      comparisons: newestFirst(upTo(lanes.comparisons, at)).map((note) =>
        told(note, 'product_id', 'name', 'category', 'brand', 'price', 'currency'),
      ),
      content: newestFirst(upTo(lanes.content, at)).map((note) =>
        told(note, 'title', 'topic', 'url', 'seconds'),
      ),
    },
    open_cart: openCartOf(upTo(lanes.cart, at)),
    bought: boughtOf(upTo(lanes.bought, at)),
    offers: offersOf(upTo(lanes.offers, at)),
    mood: mood === undefined ? null : told(mood, 'mood', 'moment', 'sensor'),
    sentiment:
      sentiment === undefined
        ? null
        : { type: typeOf(sentiment), ...told(sentiment, 'sentiment', 'topic', 'category') },
    tribe: traits['tribe'] ?? null,
    traits,
    preferred_channel: known['preferred_channel'] ?? byCount(textsOf(activity, 'channel'))[0]?.[0] ?? null,
    preferred_hours: hoursOf(activity, typeof zone === 'string' && isZone(zone) ? zone : timezone),
    warmth: known['warmth'] ?? warmed?.['warmth'] ?? null,
    warmth_reasons: known['warmth_reasons'] ?? warmed?.['reasons'] ?? [],
    notable: newestFirst(upTo(lanes.notable, at), NOTABLE_EVENTS_MAX).map((note) => ({
      time: formatTime(note.at),
      type: typeOf(note),
      words: inWords(note),
    })),
  }
}

/** The same of a person who does not want it: every field is there, and empty. */
export const NO_FACTS: Json = {
  interests: [],
  needs: { searches: [], comparisons: [], content: [] },
  open_cart: null,
  bought: [],
  offers: [],
  mood: null,
  sentiment: null,
  tribe: null,
  traits: {},
  preferred_channel: null,
  preferred_hours: [],
  warmth: null,
  warmth_reasons: [],
  notable: [],
}
