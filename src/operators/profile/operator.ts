/**
 * profile: what is known of a person, for the conditions of all operators. It emits nothing.
 *
 * Promise (contracts, section 5 and K1 to K6): `profile.*` in a condition is what the person's events up to the time asked about say, whatever arrived
 * first; a later event changes no earlier answer, as far back as anybody decides.
 *
 * Shape: a sum of the past and the events behind it. Every part of the sum may be added up in any order to the same result, to the last bit, so
 * a late event needs no place in a row, and two people become one by adding. As of a time it is the sum and the events up to then: an
 * event goes into the sum when nobody can ask about a time before it any more. That is some bytes an event and a day; the alternative, each fact with
 * its own history, would be as many bytes and one rule of forgetting for each fact. Carts and offers are kept by themselves: what is in a cart is
 * no sum, since it never falls below nothing, and an offer that was opened twice was seen once.
 *
 * No timer, and nothing is worked out before somebody asks.
 */
import type { StreamEvent } from '../../model/event.ts'
import { NOTES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Operator, Step } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { cartChangeOf, mergeCarts } from './carts.ts'
import { prepareProfile, profileConfig, type ProfileConfig, type ProfileReady } from './config.ts'
import { addFacts, bounded, factsOfNote, type Note, sumOf, withInterestsHalving } from './facts.ts'
import { mergeOffersSeen, NO_OFFERS_SEEN, offerSeenOf } from './offers-seen.ts'
import { saysOf } from './says.ts'
import { profileState, type ProfileState } from './state.ts'
import { PROFILE_FIELDS, tellOf } from './tell.ts'

/** Old events are summed up by so many at once: the sum is copied each time. */
const NOTES_SUMMED_AT_ONCE = 32

/** Interests as the config of today has them. */
function readable(state: ProfileState, { halfLifeMs }: ProfileReady): ProfileState {
  const { halfLifeMs: before, past, notes, carts, offers } = state
  if (before === halfLifeMs) return state
  const today = before === 0 ? past : withInterestsHalving(past, before, halfLifeMs)
  return { halfLifeMs, past: today, notes, carts, offers }
}

const textOf = ({ says }: Note): string => JSON.stringify(says)
/** Total, so that equal events make equal lists. */
function inOrder(a: Note, b: Note): number {
  if (a.at !== b.at) return a.at - b.at
  const [left, right] = [textOf(a), textOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function withNote(notes: readonly Note[], note: Note): readonly Note[] {
  let place = notes.length
  while (place > 0 && inOrder(notes[place - 1] as Note, note) > 0) place--
  return notes.toSpliced(place, 0, note)
}

/** The step to a state whose old events are summed up, at least `least` of them at once. */
function settled(
  state: ProfileState,
  { oldest, least, fellOut }: { oldest: EpochMs; least: number; fellOut: number },
  ready: ProfileReady,
): Step<ProfileState> {
  const { halfLifeMs, past, notes, carts, offers } = state
  let old = 0
  while (old < notes.length && (notes[old] as Note).at < oldest) old++
  old = Math.max(old < least ? 0 : old, notes.length - NOTES_PER_PERSON_MAX)
  if (old === 0) return { state, fellOut }
  const sums = notes.slice(0, old).map((note) => factsOfNote(note, ready.halfLifeMs))
  const within = bounded(sumOf([past, ...sums]))
  return {
    state: { halfLifeMs, past: within.facts, notes: notes.slice(old), carts, offers },
    fellOut: fellOut + within.fellOut,
  }
}

/** What a phone says by itself is no sign of its owner, and would be most of what is kept; what the gate says of a person has a colon. */
const isNoDoing = (type: string): boolean =>
  type === 'location.updated' || type === 'trip.eta_updated' || type.startsWith('identity:')

function onEvent(
  before: ProfileState,
  event: StreamEvent,
  watermark: EpochMs,
  ready: ProfileReady,
): Step<ProfileState> | undefined {
  if (event.cause !== undefined || isNoDoing(event.type)) return undefined
  const { halfLifeMs, past, notes, carts, offers } = readable(before, ready)
  const oldest = watermark - ready.keptMs
  const note: Note = { at: event.time, says: saysOf(event) }
  const change = cartChangeOf(event)
  const filled = change === undefined ? { changes: carts, fellOut: 0 } : mergeCarts(carts, [change], oldest)
  const seen = offerSeenOf(event)
  const state: ProfileState = {
    halfLifeMs,
    past,
    notes: withNote(notes, note),
    carts: filled.changes,
    offers: seen === undefined ? offers : mergeOffersSeen(offers, { ...NO_OFFERS_SEEN, known: [seen] }),
  }
  return settled(state, { oldest, least: NOTES_SUMMED_AT_ONCE, fellOut: filled.fellOut }, ready)
}

export const profile: Operator<ProfileConfig, ProfileState, ProfileReady> = {
  type: 'profile',
  stage: 'profile',
  summary:
    'Knows the person, for the conditions of all operators: orders, interests, channels, moods, traits and more.',
  config: profileConfig,
  accepts: '*',
  hears: '*',
  emits: [],
  fields: {},
  tells: PROFILE_FIELDS,
  state: profileState,
  prepare: prepareProfile,
  tell: (state, at, ready) => tellOf(readable(state, ready), at, ready),

  onEvent: (state, event, { watermark }, ready) => onEvent(state, event, watermark, ready),

  merge(kept, absorbed, { watermark }, ready) {
    const [a, b] = [readable(kept, ready), readable(absorbed, ready)]
    const oldest = watermark - ready.keptMs
    const filled = mergeCarts(a.carts, b.carts, oldest)
    const past = bounded(addFacts(a.past, b.past))
    const state: ProfileState = {
      halfLifeMs: ready.halfLifeMs,
      past: past.facts,
      notes: [...a.notes, ...b.notes].sort(inOrder),
      carts: filled.changes,
      offers: mergeOffersSeen(a.offers, b.offers),
    }
    return settled(state, { oldest, least: 1, fellOut: filled.fellOut + past.fellOut }, ready)
  },
}
