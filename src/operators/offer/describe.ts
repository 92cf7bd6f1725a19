/** What offer holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import { allowedChannels } from './consent.ts'
import { isAlive } from './endings.ts'
import { countUntil } from './frequency-cap.ts'
import { valueAt } from './history.ts'
import type { HeldDecision, OfferState, SentOffer } from './state.ts'

/** How the person is reached, what it said of being written to, what was sent up to `at`, and what waits. */
export function describe(state: OfferState, at: EpochMs, ready: OfferReady): readonly string[] {
  return [
    reachOf(state),
    consentOf(state, ready),
    `local time is that of ${valueAt(state.zones, at) ?? ready.timezone}`,
    ...(state.holdout?.out === true
      ? ['belongs to the share of people who get no offers, for comparison']
      : []),
    ...state.sent.filter((sent) => sent.at <= at).map((sent) => sentWords(state, sent, at, ready)),
    ...capsOf(state, at, ready),
    ...state.held.filter((held) => held.at <= at).map(heldWords),
  ]
}

function reachOf({ identifiers }: OfferState): string {
  const types = [...new Set(identifiers.map(({ type }) => type))]
  return types.length === 0 ? 'no address is known' : `known by ${types.join(', ')}`
}

function consentOf(state: OfferState, { consent: { purpose, granted } }: OfferReady): string {
  const allowed = allowedChannels(state, purpose, granted)
  const about = state.consents.filter((one) => one.purpose === purpose || one.purpose === '')
  if (about.length === 0)
    return `has said nothing about ${purpose}, which counts as ${granted ? 'agreement' : 'refusal'}`
  if (allowed === undefined) return `has refused ${purpose}`
  const refused = about
    .filter(({ channel }) => channel !== '' && !allowed(channel))
    .map(({ channel }) => channel)
  return refused.length === 0
    ? `has agreed to ${purpose}`
    : `has agreed to ${purpose}, but not by ${refused.join(', ')}`
}

function sentWords(state: OfferState, sent: SentOffer, at: EpochMs, ready: OfferReady): string {
  const { offer, channel, expiresAt, revoked } = sent
  const open = isAlive(state, sent, at, ready) ? `open until ${formatTime(expiresAt)}` : 'over'
  return `"${offer}" was sent by ${channel} at ${formatTime(sent.at)}, ${revoked ? 'and taken back' : open}`
}

function capsOf({ sent }: OfferState, at: EpochMs, { caps }: OfferReady): readonly string[] {
  return caps.flatMap((cap) => {
    const by = cap.channel === undefined ? '' : ` by ${cap.channel}`
    const used = countUntil(sent, cap, at)
    const what = cap.gift ? 'gifts' : 'offers'
    return used > 0 ? [`${used} of at most ${cap.max} ${what}${by} within ${cap.per}`] : []
  })
}

const heldWords = ({ name, instance, until }: HeldDecision): string =>
  `a decision about ${name}${instance === undefined ? '' : ` (${instance})`} waits until ${formatTime(until)}`
