/**
 * What an event says of its person. This runs for every event: in the common case (nothing attached, zone and locale as before, no type
 * of interest) it ends after a few comparisons with the same state.
 */
import type { Json, StreamEvent } from '../../model/event.ts'
import type { Identifier } from '../../model/identifiers.ts'
import type { Moment } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import { ALL_CHANNELS, unsubscription, withConsent } from './consent.ts'
import { endingOf, mergeEndings } from './endings.ts'
import { boundTraits, isNewest, mergeTraits, withText } from './history.ts'
import { type Extras, extrasOf, type Tally } from './extras.ts'
import { mergeFailures } from './failures.ts'
import { holdoutOf } from './holdout.ts'
import { showsOnsite, withRun } from './onsite.ts'
import { zoneName } from './quiet-hours.ts'
import { withIdentifiers, withoutIdentifiers } from './reach.ts'
import type { OfferState } from './state.ts'
import { mergeSigns, signOf } from './visits.ts'

/** Longer than any language tag. */
const LOCALE_LENGTH_MAX = 64

const isLocale = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LOCALE_LENGTH_MAX
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The state after the event; the same object if it says nothing new. */
export function learn(
  state: OfferState,
  event: StreamEvent,
  { person, watermark }: Moment,
  ready: OfferReady,
  tally: Tally,
): OfferState {
  let next = state
  const { context } = event
  if (context !== undefined) next = learnPlace(next, context['timezone'], context['locale'], event.time)
  if (event.attached.length > 0) {
    const identifiers = withIdentifiers(next.identifiers, event.attached)
    if (identifiers !== next.identifiers) next = { ...next, identifiers }
  }
  if (event.cause === undefined) {
    if (ready.usesOnsite && showsOnsite(event.channel)) {
      const runs = withRun(next.extras.runs, event.time, watermark, ready, tally)
      if (runs !== next.extras.runs) next = withExtras(next, { ...next.extras, runs })
    }
    if (ready.listens.has(event.type)) next = learnFrom(next, event, watermark, ready, tally)
  }
  const holdout = holdoutOf(next.holdout, ready.holdout, ready.key, person)
  return holdout === next.holdout ? next : { ...next, holdout }
}

/** Zone and locale, wherever they stand; what is none says nothing (O8). The ones known already need no look-up. */
function learnPlace(state: OfferState, zone: unknown, locale: unknown, at: number): OfferState {
  if (zone === undefined && locale === undefined) return state
  const isZone = zone !== undefined && (isNewest(state.zones, zone, at) || zoneName(zone))
  const zones = isZone ? withText(state.zones, zone as string, at) : state.zones
  const locales = isLocale(locale) ? withText(state.locales, locale, at) : state.locales
  return zones === state.zones && locales === state.locales ? state : inPlace(state, zones, locales)
}

/** By an explicit literal: this runs once per event that names a zone, and a spread of the state costs twenty times as much. */
const inPlace = (
  { holdout, traits, consents, identifiers, endings, sent, held, extras }: OfferState,
  zones: OfferState['zones'],
  locales: OfferState['locales'],
): OfferState => ({ holdout, zones, locales, traits, consents, identifiers, endings, sent, held, extras })

/** The same: where `onsite` is a channel, this runs for every event on the site. */
const withExtras = (
  { holdout, zones, locales, traits, consents, identifiers, endings, sent, held }: OfferState,
  extras: Extras,
): OfferState => ({
  holdout,
  zones,
  locales,
  traits,
  consents,
  identifiers,
  endings,
  sent,
  held,
  extras: extrasOf(extras),
})

function learnFrom(
  state: OfferState,
  event: StreamEvent,
  watermark: EpochMs,
  ready: OfferReady,
  tally: Tally,
): OfferState {
  const { data, time } = event
  let next = state
  if (ready.visitTypes.has(event.type)) {
    const signs = mergeSigns(next.extras.signs, [signOf(event)], watermark, ready, tally)
    next = withExtras(next, { ...next.extras, signs })
  }
  if (ready.endings.has(event.type))
    next = { ...next, endings: mergeEndings(next.endings, [endingOf(event, ready)], watermark, ready) }
  switch (event.type) {
    case 'consent.changed': {
      const consent = {
        purpose: textOf(data['purpose']),
        channel: textOf(data['channel']),
        at: time,
        granted: data['granted'] === true,
      }
      return consent.purpose === '' ? next : { ...next, consents: withConsent(next.consents, consent) }
    }
    case 'message.unsubscribed':
      return {
        ...next,
        consents: withConsent(next.consents, unsubscription(textOf(data['channel']) || ALL_CHANNELS, time)),
      }
    case 'offer.failed': {
      const failure = { due: time, at: time, offerId: textOf(data['offer_id']) }
      return withExtras(next, {
        ...next.extras,
        failures: mergeFailures(next.extras.failures, [failure], tally),
      })
    }
    case 'identity:detached':
      return {
        ...next,
        identifiers: withoutIdentifiers(next.identifiers, identifiersIn(data['identifiers'])),
      }
    case 'person.described': {
      const traits = data['traits']
      if (!isObject(traits)) return next
      const placed = learnPlace(next, traits['timezone'], traits['locale'], time)
      return { ...placed, traits: mergeTraits(placed.traits, [{ at: time, value: boundTraits(traits) }]) }
    }
    default:
      return next
  }
}

function identifiersIn(value: unknown): readonly Identifier[] {
  return Array.isArray(value)
    ? value.filter((item): item is Identifier => isObject(item) && 'type' in item && 'value' in item)
    : []
}
