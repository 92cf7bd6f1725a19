/** Addresses (fine print O5): which identifiers a person has, and which channels they open. They count as soon as they are known. */
import { identifierKey, type Identifier } from '../../model/identifiers.ts'

/** Identifier type that a channel needs; a channel that is not here reaches everybody. */
const ADDRESS_OF: ReadonlyMap<string, string> = new Map([
  ['push', 'push_token'],
  ['sms', 'phone'],
  ['whatsapp', 'phone'],
  ['email', 'email'],
])
/** Identifiers that are remembered of a person; the graph bounds them at 200 by default. */
const ADDRESSES_MAX = 1000

type Identifiers = readonly Identifier[]

/** Identifier type that a channel needs; undefined: none. */
export const addressOf = (channel: string): string | undefined => ADDRESS_OF.get(channel)

export function isReachable(identifiers: Identifiers, channel: string): boolean {
  const type = ADDRESS_OF.get(channel)
  return type === undefined || identifiers.some((identifier) => identifier.type === type)
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
