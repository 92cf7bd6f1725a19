/**
 * Whom the gate knows by a list of identifiers that came before, so that the same list need not be looked up again.
 *
 * What was found holds until one of three things happens to the person: he is absorbed, or gone, or one of his identifiers becomes
 * shared. Nothing else takes an identifier away from anybody, and what the list has beside his (shared, blocked and undeclared ones)
 * stays what it is for ever; suppressed ones stay it until they are lifted, which is the end of everything known here.
 */
import type { EpochMs } from '../../model/time.ts'
import type { PersonRecord } from './person-record.ts'

/** A person whom lists were found to name. */
export interface Known {
  /** Whose knowledge this is: a gate that comes later knows nothing yet. */
  readonly of: KnownPeople
  readonly id: string
  readonly anonymous: boolean
  readonly partition: number
  firstSeen: EpochMs
  /** Of the record's list. */
  readonly shared: number
  /** It holds no longer. */
  over: boolean
}

export interface KnownPeople {
  /** `record`: the newest one of whom `knownPerson` answered. */
  know(record: PersonRecord): Known
  /** To be told of every record that changes. */
  changed(record: PersonRecord): void
  /** The person was taken out of the graph. */
  gone(id: string): void
  clear(): void
}

/** People; past it all are forgotten, and found anew one by one. */
const KNOWN_MAX = 100_000

/** `partitionOf`: where a person lives. */
export function createKnownPeople(partitionOf: (id: string) => number, max = KNOWN_MAX): KnownPeople {
  const people = new Map<string, Known>()

  function clear(): void {
    for (const known of people.values()) known.over = true
    people.clear()
  }

  const self: KnownPeople = {
    know({ id, anonymous, firstSeen, shared }) {
      const before = people.get(id)
      if (before !== undefined) return before
      if (people.size >= max) clear()
      const known: Known = {
        of: self,
        id,
        anonymous,
        partition: partitionOf(id),
        firstSeen,
        shared: shared.length,
        over: false,
      }
      people.set(id, known)
      return known
    },
    changed({ id, absorbedInto, shared, firstSeen }) {
      const known = people.get(id)
      if (known === undefined) return
      known.firstSeen = firstSeen
      if (absorbedInto === undefined && shared.length === known.shared) return
      known.over = true
      people.delete(id)
    },
    gone(id) {
      const known = people.get(id)
      if (known !== undefined) known.over = true
      people.delete(id)
    },
    clear,
  }
  return self
}
