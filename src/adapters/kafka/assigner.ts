/**
 * Who of a group gets which lanes; pure, and the same for every order of members.
 *
 * 1. Every lane goes to exactly one member.
 * 2. All lanes of the sources go to one member, the gate's: who has any of them keeps all; if nobody does, the member with the
 *    fewest internal lanes. A member that does not know every source is the gate's only where none does.
 * 3. Lanes of the internal topic are spread evenly, with a difference of one at most, and each member keeps what it had as far as that
 *    allows. Where they do not divide, the gate's member has one of the smaller shares.
 * 4. Where two members claim a lane, one of them slept through a rebalance: the newer generation has it.
 */
import { invariant } from '../../model/errors.ts'
import type { Lane } from '../../runtime/ports/log.ts'

/** A member, and what it says of itself: which lanes it has, given to it in which generation. */
export interface Claim {
  readonly memberId: string
  readonly topics: readonly string[]
  /** -1: has none. */
  readonly generation: number
  readonly lanes: readonly Lane[]
}

/** All lanes of the topics, and which of them are whose kind. */
export interface LanesToShare {
  readonly sources: readonly Lane[]
  readonly internal: readonly Lane[]
}

/** Lanes by member id; every member is in it. */
export function assignLanes(
  claims: readonly Claim[],
  { sources, internal }: LanesToShare,
): ReadonlyMap<string, readonly Lane[]> {
  invariant(claims.length > 0, 'a group has members')
  const members = [...claims].sort((a, b) => byText(a.memberId, b.memberId))
  const owners = ownersOf(members)
  const kept = new Map(members.map(({ memberId }) => [memberId, [] as Lane[]]))
  for (const lane of internal) kept.get(owners.get(laneName(lane))?.memberId ?? '')?.push(lane)
  const gate = gateOf(members, owners, kept, sources)
  const shares = sharesOf(members, kept, internal.length, gate)
  const internalShares = spread(internal, kept, shares)
  return new Map(
    members.map(({ memberId }) => {
      const lanes = internalShares.get(memberId) ?? []
      return [memberId, memberId === gate ? [...sources, ...lanes] : lanes]
    }),
  )
}

/** For maps of lanes. */
export const laneName = ({ topic, partition }: Lane): string => `${topic}/${partition}`

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By lane, who has it (4). */
function ownersOf(members: readonly Claim[]): ReadonlyMap<string, Claim> {
  const owners = new Map<string, Claim>()
  for (const claim of members)
    for (const lane of claim.lanes) {
      const other = owners.get(laneName(lane))
      if (other === undefined || claim.generation > other.generation) owners.set(laneName(lane), claim)
    }
  return owners
}

/** Rule 2. */
function gateOf(
  members: readonly Claim[],
  owners: ReadonlyMap<string, Claim>,
  kept: ReadonlyMap<string, readonly Lane[]>,
  sources: readonly Lane[],
): string {
  const topics = new Set(sources.map(({ topic }) => topic))
  const able = members.filter((claim) => [...topics].every((topic) => claim.topics.includes(topic)))
  const candidates = able.length > 0 ? able : members
  const owned = new Map<Claim, number>()
  for (const lane of sources) {
    const owner = owners.get(laneName(lane))
    if (owner !== undefined) owned.set(owner, (owned.get(owner) ?? 0) + 1)
  }
  const keptBy = ({ memberId }: Claim): number => kept.get(memberId)?.length ?? 0
  const [gate] = candidates.toSorted((a, b) => {
    const [ownedA, ownedB] = [owned.get(a) ?? 0, owned.get(b) ?? 0]
    if (ownedA > 0 && ownedB > 0) return b.generation - a.generation || ownedB - ownedA
    return ownedB - ownedA || keptBy(a) - keptBy(b)
  })
  invariant(gate !== undefined, 'a group has members')
  return gate.memberId
}

/** How many internal lanes each member gets (3): the larger shares go to those who have the most to keep, never to the gate's. */
function sharesOf(
  members: readonly Claim[],
  kept: ReadonlyMap<string, readonly Lane[]>,
  lanes: number,
  gate: string,
): ReadonlyMap<string, number> {
  const least = Math.floor(lanes / members.length)
  const larger = members
    .map(({ memberId }) => memberId)
    .filter((memberId) => memberId !== gate)
    .toSorted((a, b) => (kept.get(b)?.length ?? 0) - (kept.get(a)?.length ?? 0))
    .slice(0, lanes % members.length)
  return new Map(members.map(({ memberId }) => [memberId, least + (larger.includes(memberId) ? 1 : 0)]))
}

/** Each keeps what it had up to its share; the rest, in order, goes where there is room. */
function spread(
  internal: readonly Lane[],
  kept: ReadonlyMap<string, readonly Lane[]>,
  shares: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly Lane[]> {
  const given = new Map(
    [...shares].map(([memberId, share]) => [memberId, kept.get(memberId)?.slice(0, share) ?? []]),
  )
  const settled = new Set([...given.values()].flat())
  const free = internal.filter((lane) => !settled.has(lane))
  for (const [memberId, share] of shares) {
    const lanes = given.get(memberId) ?? []
    lanes.push(...free.splice(0, share - lanes.length))
  }
  invariant(free.length === 0, 'the shares are as many as the lanes')
  const place = new Map(internal.map((lane, index) => [lane, index]))
  for (const lanes of given.values()) lanes.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
  return given
}
