/**
 * What identity tells the world (contracts, section 6; fine print I5 to I7, I11).
 *
 * The topic is compacted by person, so each record carries the whole present truth of its key: `identifiers[]`, `shared[]`,
 * `absorbed[]`; `identity.absorbed` says `kept` instead.
 */
import { eventKey } from '../../model/hash.ts'
import { type Identifier, identifierKey } from '../../model/identifiers.ts'
import type { Json } from '../../model/event.ts'
import { REPORTED_REFUSALS_MAX } from '../../model/limits.ts'
import { formatTime, type EpochMs } from '../../model/time.ts'
import type { Left, Reason } from './conflict.ts'
import { NONE, type PersonRecord } from './person-record.ts'

export const IDENTITY_TYPES = [
  'identity.created',
  'identity.linked',
  'identity.merged',
  'identity.absorbed',
  'identity.ambiguous',
] as const

/** One record of the identities topic; `person` is its key. */
export interface Announcement {
  readonly person: string
  readonly type: (typeof IDENTITY_TYPES)[number]
  readonly data: Json
}

export function created({ id, identifiers, shared, absorbed }: PersonRecord): Announcement {
  return { person: id, type: 'identity.created', data: { identifiers, shared, absorbed } }
}

/** `attached`: what is new among the identifiers. */
export function linked(record: PersonRecord, attached: readonly Identifier[]): Announcement {
  const { id, identifiers, shared, absorbed } = record
  return { person: id, type: 'identity.linked', data: { attached, identifiers, shared, absorbed } }
}

/** The kept person's record, with what attached at once, then one under the key of each person that this event absorbed. */
export function merged(
  record: PersonRecord,
  gone: readonly PersonRecord[],
  event: { readonly id: string; readonly time: EpochMs },
): readonly Announcement[] {
  const { id: kept, identifiers, shared, absorbed } = record
  const data = { kept, absorbed, cause: event.id, effective_at: formatTime(event.time), identifiers, shared }
  return [
    { person: kept, type: 'identity.merged', data },
    ...gone.map(({ id }): Announcement => ({ person: id, type: 'identity.absorbed', data: { kept } })),
  ]
}

/** `about`: the identifiers that do not lead to one person; `people`: between whom it lies, the event's person first. */
export function ambiguous(
  record: PersonRecord,
  reason: Reason,
  about: readonly Identifier[],
  people: readonly string[],
): Announcement {
  const { id, identifiers, shared, absorbed } = record
  return {
    person: id,
    type: 'identity.ambiguous',
    data: { reason, about, people, identifiers, shared, absorbed },
  }
}

/** By what a reported refusal is known among those of one person. */
const refusalKey = ({ identifier, reason }: Left): number => eventKey(reason, identifierKey(identifier))

/**
 * Refusals that this person has not reported yet, and the list that remembers them. A full list reports nothing more, so that
 * no refusal ever goes out twice; a person with that many has been reported enough.
 */
export function unreported(
  left: readonly Left[],
  reported: readonly number[],
): { readonly fresh: readonly Left[]; readonly reported: readonly number[] } {
  let fresh: Left[] | undefined
  let all = reported
  for (const one of left) {
    const key = refusalKey(one)
    if (one.reason === 'shared' || all.length >= REPORTED_REFUSALS_MAX || all.includes(key)) continue
    fresh = [...(fresh ?? NONE), one]
    all = [...all, key]
  }
  return { fresh: fresh ?? NONE, reported: all }
}
