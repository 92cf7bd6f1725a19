/**
 * Resolve: whose an event is, and what the event changes in the graph (contracts 5, identity 1 to 6; fine print I1 to I11).
 *
 * 1. Pure: it reads a view of the graph and returns new records; `put` each of `changes`, and nothing else has changed.
 * 2. Shared identifiers count for nothing while another one identifies; alone, the anonymous person of the first one answers (I4).
 * 3. Several people become the oldest of them: earliest event time seen, tie: smaller id. This event's time counts afterwards.
 * 4. Each identifier of an event ends as exactly one of: his, attached, shared, left where it is and reported once, or blocked.
 * 5. An event whose identifiers are all known to be one person's allocates one small object, and asks the graph once for each.
 */
import { deriveId } from '../../model/hash.ts'
import { type Identifier, isBlockedValue, normaliseValue } from '../../model/identifiers.ts'
import { REPORTED_REFUSALS_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import { ambiguous, type Announcement, created, linked, merged, unreported } from './announce.ts'
import type { IdentityReady } from './config.ts'
import { attach, firstOfUnique, type Left, unite } from './conflict.ts'
import type { GraphView } from './graph.ts'
import { isBlocked, type Named, namesOf } from './naming.ts'
import { NONE, type PersonRecord } from './person-record.ts'

/** What identity reads of an event; `identifiers` as they came. A `SourceEvent` is one. */
export interface IdentityEvent {
  readonly id: string
  readonly time: EpochMs
  readonly identifiers: readonly Identifier[]
}

export interface Resolution {
  /** Whose the event is: the kept person. */
  readonly person: string
  /** It is the anonymous person of a shared identifier. */
  readonly shared: boolean
  /** Normalised identifiers without owner before, this person's now; of a new person: all. Those of absorbed people are not among them. */
  readonly attached: readonly Identifier[]
  /** Who was absorbed, in the order in which the event named them. `kept` is always `person`. */
  readonly merges: readonly { readonly kept: string; readonly absorbed: string }[]
  /** Identifiers that another person lost, since they are shared now. */
  readonly detached: readonly { readonly person: string; readonly identifier: Identifier }[]
  /** New records to put and to log, one per id. */
  readonly changes: readonly PersonRecord[]
  /** For the identities topic, in order; the last one of a key is its whole truth. */
  readonly emit: readonly Announcement[]
}

/** Undefined: nothing in the event identifies anybody (dead letter `no-identifier`). */
export function resolve(view: GraphView, event: IdentityEvent, ready: IdentityReady): Resolution | undefined {
  const known = knownPerson(view, event.identifiers, ready)
  if (known !== undefined) return unchanged(known, event.time)
  const names = namesOf(event.identifiers, view, ready)
  const first = names[0]
  if (first === undefined) return undefined
  const own = names.filter(({ shared }) => !shared)
  return own.length === 0 ? anonymous(first, event, ready) : resolveNames(own, event, ready)
}

/**
 * The one person that all identifiers of the event are known to be, shared ones left aside; undefined sends it the long way.
 * What the graph knows is normalised and was not blocked when it came, nor suppressed since, so a value found as it stands is judged only by the
 * topology's own words. Normalising first was a tenth slower.
 */
export function knownPerson(
  view: GraphView,
  identifiers: readonly Identifier[],
  ready: IdentityReady,
): PersonRecord | undefined {
  let person: PersonRecord | undefined
  for (let i = 0; i < identifiers.length; i++) {
    const { type, value } = identifiers[i] as Identifier
    if (!ready.types.has(type)) continue
    let owner = view.owner(type, value)
    if (owner === undefined) {
      const normal = normaliseValue(type, value)
      if (isBlocked(value, normal, ready.blocked) || view.isSuppressed(type, normal)) continue
      owner = view.owner(type, normal)
      if (owner === undefined && !view.isShared(type, normal)) return undefined
    } else if (ready.blocked.size > 0 && isBlockedValue(value, ready.blocked)) continue
    if (owner === undefined || (owner.anonymous && identifiers.length > 1)) continue
    if (person === undefined) person = owner
    else if (person !== owner) return undefined
  }
  return person
}

/** Nothing but, perhaps, an earlier first sight (I10). */
function unchanged(record: PersonRecord, time: EpochMs): Resolution {
  return {
    person: record.id,
    shared: record.anonymous,
    attached: NONE,
    merges: NONE,
    detached: NONE,
    changes: time < record.firstSeen ? [grow(record, NONE, time, record.reported)] : NONE,
    emit: NONE,
  }
}

/** The event belongs to nobody in particular: always the same one for the same shared identifier. */
function anonymous({ identifier, owner }: Named, event: IdentityEvent, ready: IdentityReady): Resolution {
  if (owner !== undefined) return unchanged(owner, event.time)
  const id = deriveId(ready.key, 'shared', identifier.type, identifier.value)
  const record: PersonRecord = { ...newPerson(id, event.time), identifiers: [identifier], anonymous: true }
  const { attached, merges, detached } = unchanged(record, event.time)
  return { person: id, shared: true, attached, merges, detached, changes: [record], emit: [created(record)] }
}

function newPerson(id: string, firstSeen: EpochMs): PersonRecord {
  return {
    id,
    firstSeen,
    identifiers: NONE,
    shared: NONE,
    absorbed: NONE,
    anonymous: false,
    absorbedInto: undefined,
    reported: NONE,
  }
}

/** `own`: the names that are not shared, at least one. */
function resolveNames(own: readonly Named[], event: IdentityEvent, ready: IdentityReady): Resolution {
  const { counted, left: seconds } = firstOfUnique(own)
  const { members, left: apart } = unite(counted, ready)
  const { attached, left: refused } = attach(counted, members, ready)
  const before = oldest(members)
  const gone = members.filter((member) => member !== before)
  const base =
    before === undefined ? newPerson(founderId(own[0] as Named, ready), event.time) : absorb(before, gone)
  const left = [...apart, ...refused, ...seconds]
  const { fresh, reported } = unreported(left, base.reported)
  const person = grow(base, attached, event.time, reported)
  const losers = losersOf(apart)
  const absorbed = gone.map(
    (one): PersonRecord => ({ ...newPerson(one.id, one.firstSeen), absorbedInto: person.id }),
  )
  return {
    person: person.id,
    shared: false,
    attached,
    merges: gone.map(({ id }) => ({ kept: person.id, absorbed: id })),
    detached: apart.flatMap(({ identifier, reason, owner }) =>
      reason === 'shared' && owner !== undefined ? [{ person: owner.id, identifier }] : [],
    ),
    changes: [...absorbed, ...(person === before ? NONE : [person]), ...losers.map(({ record }) => record)],
    emit: [
      ...(before === undefined ? [created(person)] : NONE),
      ...(gone.length > 0 ? merged(person, gone, event) : NONE),
      ...(before !== undefined && gone.length === 0 && attached.length > 0
        ? [linked(person, attached)]
        : NONE),
      ...refusals(person, fresh),
      ...sharings(person, losers),
    ],
  }
}

/** Contracts 5, identity 6. An identifier founds once: it stays its person's, or becomes shared, which is another kind of id. */
function founderId({ identifier }: Named, ready: IdentityReady): string {
  return deriveId(ready.key, 'person', identifier.type, identifier.value)
}

function oldest(members: readonly PersonRecord[]): PersonRecord | undefined {
  let best = members[0]
  for (const one of members) {
    if (best === undefined || one.firstSeen < best.firstSeen) best = one
    else if (one.firstSeen === best.firstSeen && one.id < best.id) best = one
  }
  return best
}

/** `kept` with all that `gone` had. */
function absorb(kept: PersonRecord, gone: readonly PersonRecord[]): PersonRecord {
  if (gone.length === 0) return kept
  const all = [kept, ...gone]
  return {
    id: kept.id,
    firstSeen: Math.min(...all.map(({ firstSeen }) => firstSeen)),
    identifiers: all.flatMap(({ identifiers }) => identifiers),
    shared: all.flatMap(({ shared }) => shared),
    absorbed: [...kept.absorbed, ...gone.flatMap(({ id, absorbed }) => [id, ...absorbed])],
    anonymous: false,
    absorbedInto: undefined,
    reported: [...new Set(all.flatMap(({ reported }) => reported))].slice(0, REPORTED_REFUSALS_MAX),
  }
}

/** The same record if nothing is new. */
function grow(
  record: PersonRecord,
  attached: readonly Identifier[],
  time: EpochMs,
  reported: readonly number[],
): PersonRecord {
  if (attached.length === 0 && time >= record.firstSeen && reported === record.reported) return record
  const { id, shared, absorbed, anonymous, absorbedInto } = record
  const firstSeen = Math.min(record.firstSeen, time)
  const identifiers = attached.length === 0 ? record.identifiers : [...record.identifiers, ...attached]
  return { id, firstSeen, identifiers, shared, absorbed, anonymous, absorbedInto, reported }
}

interface Loser {
  readonly record: PersonRecord
  readonly lost: readonly Identifier[]
}

/** The people that lost an identifier to everybody, as they are now. */
function losersOf(apart: readonly Left[]): readonly Loser[] {
  const lostBy = new Map<PersonRecord, Identifier[]>()
  for (const { identifier, reason, owner } of apart) {
    if (reason !== 'shared' || owner === undefined) continue
    const lost = lostBy.get(owner)
    if (lost === undefined) lostBy.set(owner, [identifier])
    else lost.push(identifier)
  }
  return [...lostBy].map(([owner, lost]) => {
    const gone = ({ type, value }: Identifier): boolean =>
      lost.some((one) => one.type === type && one.value === value)
    const identifiers = owner.identifiers.filter((one) => !gone(one))
    return { record: { ...owner, identifiers, shared: [...owner.shared, ...lost] }, lost }
  })
}

/** One record for each reason, however many identifiers it is about. */
function refusals(person: PersonRecord, fresh: readonly Left[]): readonly Announcement[] {
  return (['unique', 'limit'] as const).flatMap((reason) => {
    const these = fresh.filter((one) => one.reason === reason)
    if (these.length === 0) return []
    const people = new Set([person.id, ...these.flatMap(({ owner }) => owner?.id ?? [])])
    return [
      ambiguous(
        person,
        reason,
        these.map(({ identifier }) => identifier),
        [...people],
      ),
    ]
  })
}

/** One record for the event's person, and one for each that lost an identifier, whose truth has changed. */
function sharings(person: PersonRecord, losers: readonly Loser[]): readonly Announcement[] {
  if (losers.length === 0) return NONE
  const about = losers.flatMap(({ lost }) => lost)
  const people = [person.id, ...losers.map(({ record }) => record.id)]
  return [
    ambiguous(person, 'shared', about, people),
    ...losers.map(({ record, lost }) => ambiguous(record, 'shared', lost, [person.id, record.id])),
  ]
}
