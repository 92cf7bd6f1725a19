/**
 * Who of the people that an event knows may become one, and what becomes of the identifiers of the others.
 *
 * 1. Identifiers are walked by priority, then in event order; the person of the first one is where it begins (fine print I3).
 * 2. A first identifier without owner stands for a person to be, together with the other ownerless ones of unique types: whoever
 *    cannot be that person is left out, and if nobody can, it is a new person (I1).
 * 3. A person that would bring a second value of a unique type is left out: its identifiers in the event become shared,
 *    those of a unique type stay where they are (I2).
 * 4. A person that would pass a limit is left out, and all its identifiers stay where they are (I6).
 */
import type { Identifier } from '../../model/identifiers.ts'
import { SHARED_IDENTIFIERS_MAX } from '../../model/limits.ts'
import type { IdentityReady } from './config.ts'
import type { PersonRecord } from './person-record.ts'
import type { Named } from './naming.ts'

/** Why an identifier is not, or no longer, the person's whose event named it (contracts 5, identity 3 and 4). */
export type Reason = 'shared' | 'unique' | 'limit'

/** An identifier of the event that does not lead to its person. */
export interface Left {
  readonly identifier: Identifier
  readonly reason: Reason
  /** Who keeps it, or loses it to everybody; undefined: it has no owner. */
  readonly owner: PersonRecord | undefined
}

export interface Union {
  /** The people that are one, in the order in which the event named them; none: a new person. */
  readonly members: readonly PersonRecord[]
  readonly left: readonly Left[]
}

/** The first value of each unique type counts, the others are only reported (I2). */
export function firstOfUnique(names: readonly Named[]): { counted: readonly Named[]; left: readonly Left[] } {
  const counted: Named[] = []
  const left: Left[] = []
  for (const name of names) {
    const second = name.rule.unique && counted.some(({ rule }) => rule === name.rule)
    if (second) left.push({ identifier: name.identifier, reason: 'unique', owner: name.owner })
    else counted.push(name)
  }
  return { counted, left }
}

/** `names`: none shared, at most one of each unique type, at least one. */
export function unite(names: readonly Named[], ready: IdentityReady): Union {
  const members: PersonRecord[] = []
  const left: Left[] = []
  const verdicts = new Map<string, 'unique' | 'limit'>()
  const taken = new Set<string>()
  if (names[0]?.owner === undefined) {
    for (const { owner, rule } of names) if (owner === undefined && rule.unique) taken.add(rule.type)
  }
  for (const { identifier, rule, owner } of names) {
    if (owner === undefined || members.includes(owner)) continue
    const verdict = verdicts.get(owner.id) ?? verdictOn(owner, members, taken, ready)
    if (verdict === undefined) {
      members.push(owner)
      for (const { type } of owner.identifiers) if (ready.types.get(type)?.unique === true) taken.add(type)
      continue
    }
    verdicts.set(owner.id, verdict)
    left.push({ identifier, reason: verdict === 'unique' && !rule.unique ? 'shared' : verdict, owner })
  }
  return { members, left }
}

/** Why `person` cannot be one with `members`; undefined if it can. No two people own one identifier, so equal types suffice. */
function verdictOn(
  person: PersonRecord,
  members: readonly PersonRecord[],
  taken: ReadonlySet<string>,
  ready: IdentityReady,
): 'unique' | 'limit' | undefined {
  for (const { type } of person.identifiers) if (taken.has(type)) return 'unique'
  if (members.length === 0) return undefined
  const all = [...members, person]
  let absorbed = all.length - 1
  let total = 0
  for (const one of all) {
    absorbed += one.absorbed.length
    total += weightOf(one)
  }
  if (absorbed > ready.mergesMax || total > ready.identifiersMax) return 'limit'
  const counts = countByType(all)
  for (const [type, count] of counts) {
    if (count > (ready.types.get(type)?.limit ?? Number.POSITIVE_INFINITY)) return 'limit'
  }
  return undefined
}

function countByType(people: readonly PersonRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { identifiers } of people) {
    for (const { type } of identifiers) counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return counts
}

/** What counts against `identifiersMax`: what is the person's; of what became shared only what a record has no room for. */
function weightOf({ identifiers, shared }: PersonRecord): number {
  return identifiers.length + Math.max(0, shared.length - SHARED_IDENTIFIERS_MAX)
}

/** Attaches what has no owner, in order: what a unique type, a limit or `identifiersMax` refuses stays without one (identity 3, 4). */
export function attach(
  names: readonly Named[],
  members: readonly PersonRecord[],
  ready: IdentityReady,
): { attached: readonly Identifier[]; left: readonly Left[] } {
  const attached: Identifier[] = []
  const left: Left[] = []
  const counts = new Map(countByType(members))
  let total = 0
  for (const member of members) total += weightOf(member)
  for (const { identifier, rule, owner } of names) {
    if (owner !== undefined) continue
    const count = counts.get(rule.type) ?? 0
    if (count < rule.limit && total < ready.identifiersMax) {
      attached.push(identifier)
      counts.set(rule.type, count + 1)
      total++
    } else left.push({ identifier, reason: rule.unique && count > 0 ? 'unique' : 'limit', owner: undefined })
  }
  return { attached, left }
}
