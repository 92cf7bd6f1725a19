/**
 * Which channels reach a person (fine print O5). Identifiers open most of them, and count as soon as they are known; `onsite` and `store`
 * ask where the person is at the moment decided for.
 */
import { identifierKey, type Identifier } from '../../model/identifiers.ts'
import type { EpochMs } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import { isOnsite } from './onsite.ts'
import type { OfferState } from './state.ts'
import { isVisiting } from './visits.ts'

/** Identifier type that a channel needs. A seller is at hand for everybody, and so is every channel that is not known by name. */
const ADDRESS_OF: ReadonlyMap<string, string> = new Map([
  ['push', 'push_token'],
  ['sms', 'phone'],
  ['whatsapp', 'phone'],
  ['email', 'email'],
  ['call', 'phone'],
])
/** Identifiers that are remembered of a person; the graph bounds them at 200 by default. */
const ADDRESSES_MAX = 1000

type Identifiers = readonly Identifier[]

/** Identifier type that a channel needs; undefined: none. */
export const addressOf = (channel: string): string | undefined => ADDRESS_OF.get(channel)

/** What a channel needs, in words. `within`: how long ago an event may be for `onsite`. */
export function needOf(channel: string, within: string): string {
  if (channel === 'onsite') return `a web or app event in the last ${within}`
  if (channel === 'store') return 'a visit under way'
  return `an identifier of type ${ADDRESS_OF.get(channel) ?? ''}`
}

export function isReachable(state: OfferState, channel: string, at: EpochMs, ready: OfferReady): boolean {
  if (channel === 'onsite') return isOnsite(state.extras.runs, at, ready.onsiteMs)
  if (channel === 'store') return isVisiting(state.extras.signs, at)
  const type = ADDRESS_OF.get(channel)
  return type === undefined || state.identifiers.some((identifier) => identifier.type === type)
}

/** Ordered by type and value, so that it does not matter in which order they came. The same list if nothing is new. */
export function withIdentifiers(identifiers: Identifiers, more: Identifiers): Identifiers {
  const keys = new Set(identifiers.map(identifierKey))
  const fresh: Identifier[] = []
  for (const { type, value } of more) {
    const key = identifierKey({ type, value })
    if (keys.has(key)) continue
    keys.add(key)
    fresh.push({ type, value })
  }
  if (fresh.length === 0) return identifiers
  const order = (a: Identifier, b: Identifier): number => (identifierKey(a) < identifierKey(b) ? -1 : 1)
  return [...identifiers, ...fresh].sort(order).slice(0, ADDRESSES_MAX)
}

/** Without those that are no longer the person's. The same list if none was. */
export function withoutIdentifiers(identifiers: Identifiers, gone: Identifiers): Identifiers {
  const keys = new Set(gone.map(identifierKey))
  return identifiers.some((identifier) => keys.has(identifierKey(identifier)))
    ? identifiers.filter((identifier) => !keys.has(identifierKey(identifier)))
    : identifiers
}
