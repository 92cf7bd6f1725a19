/**
 * Consent (fine print O7): a channel is allowed iff neither the purpose nor the channel is refused, by the newest word on each.
 * A refusal counts as soon as it is known, whatever its time, unless a newer grant stands against it. Of equal times the refusal wins.
 */
import type { EpochMs } from '../../model/time.ts'
import type { Consent, OfferState } from './state.ts'

/** Purposes times channels that a person may have spoken on; past it, old grants fall out before any refusal. */
export const CONSENTS_MAX = 200

const EVERY_PURPOSE = ''
export const ALL_CHANNELS = ''

type Consents = readonly Consent[]

const byScope = (a: Consent, b: Consent): number => {
  const left = `${a.purpose}\n${a.channel}`
  const right = `${b.purpose}\n${b.channel}`
  return left < right ? -1 : left > right ? 1 : 0
}

/** The newer of two words on one scope; at the same time, the refusal. */
function newer(a: Consent | undefined, b: Consent | undefined): Consent | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a.at !== b.at) return a.at > b.at ? a : b
  return a.granted ? b : a
}

const find = (consents: Consents, purpose: string, channel: string): Consent | undefined =>
  consents.find((consent) => consent.purpose === purpose && consent.channel === channel)

/** The newest word on a purpose and a channel, those on every purpose included. */
const wordOn = (consents: Consents, purpose: string, channel: string): Consent | undefined =>
  newer(find(consents, purpose, channel), find(consents, EVERY_PURPOSE, channel))

/** The word that stands against a purpose on a channel, or on all of them. */
export function refusalOf(consents: Consents, purpose: string, channel: string): Consent | undefined {
  const word = wordOn(consents, purpose, channel)
  return word?.granted === false ? word : undefined
}

/** The same list if it says nothing new. */
export function withConsent(consents: Consents, consent: Consent): Consents {
  const known = find(consents, consent.purpose, consent.channel)
  if (newer(known, consent) === known) return consents
  return bound([...consents.filter((other) => other !== known), consent].sort(byScope))
}

/** An unsubscription: no purpose may use the channel, or any channel if it names none. */
export const unsubscription = (channel: string, at: EpochMs): Consent => ({
  purpose: EVERY_PURPOSE,
  channel,
  at,
  granted: false,
})

function bound(consents: Consents): Consents {
  if (consents.length <= CONSENTS_MAX) return consents
  const worth = (consent: Consent): number =>
    consent.granted ? 0 : consent.purpose === EVERY_PURPOSE ? 2 : 1
  const keep = [...consents]
    .sort((a, b) => worth(b) - worth(a) || b.at - a.at || byScope(a, b))
    .slice(0, CONSENTS_MAX)
  return keep.sort(byScope)
}

/**
 * Two people's words as one's: the newest of each, then refusal over grant. An unsubscription of one also beats the other's newer grant,
 * so the verdicts are compared, not the entries; what wins has the newer time of the two, so that only a word after both lifts it.
 */
export function mergeConsents(a: Consents, b: Consents): Consents {
  const merged = new Map<string, Consent>()
  for (const { purpose, channel } of [...a, ...b]) {
    const [ours, theirs] = [wordOn(a, purpose, channel), wordOn(b, purpose, channel)]
    const granted = ours?.granted !== false && theirs?.granted !== false
    merged.set(`${purpose}\n${channel}`, {
      purpose,
      channel,
      at: Math.max(ours?.at ?? theirs?.at ?? 0, theirs?.at ?? ours?.at ?? 0),
      granted,
    })
  }
  return bound([...merged.values()].sort(byScope))
}

/** What may be used: nothing at all, or each channel by itself. */
export type Allowed = ((channel: string) => boolean) | undefined

/** `defaultGranted`: what silence means. With silence meaning no, a grant for one channel allows that channel. */
export function allowedChannels(state: OfferState, purpose: string, defaultGranted: boolean): Allowed {
  const { consents } = state
  const all = wordOn(consents, purpose, ALL_CHANNELS)
  if (all?.granted === false) return undefined
  if (all === undefined && !defaultGranted && !consents.some((c) => c.purpose === purpose && c.granted))
    return undefined
  const silence = all?.granted ?? defaultGranted
  return (channel) => wordOn(consents, purpose, channel)?.granted ?? silence
}
