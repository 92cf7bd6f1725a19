/** Who is who, read from the identity records of a run: identifiers to person ids, followed through every merge. */
import { identifierKey, normaliseValue, type Identifier } from '../../model/identifiers.ts'

export interface PersonDirectory {
  /** The person of the first of these identifiers that is known; undefined if none is. */
  personOf(identifiers: readonly Identifier[]): string | undefined
  /** Whether a person id stands for somebody with one of these identifiers. */
  isOneOf(person: string | undefined, identifiers: readonly Identifier[]): boolean
  /** The name of a person among `people`, else one of the identifiers, else the id. */
  nameOf(person: string | undefined, people: ReadonlyMap<string, readonly Identifier[]>): string
}

const keyOf = ({ type, value }: Identifier): string =>
  identifierKey({ type, value: normaliseValue(type, value) })

/** `records`: the values of all output records in order; only `identity.*` is looked at. */
export function personDirectory(records: readonly Readonly<Record<string, unknown>>[]): PersonDirectory {
  const owner = new Map<string, string>()
  const keptBy = new Map<string, string>()
  for (const record of records) {
    if (typeof record['type'] !== 'string' || !record['type'].startsWith('identity.')) continue
    const data = (record['data'] ?? {}) as {
      readonly identifiers?: readonly Identifier[]
      readonly absorbed?: readonly string[]
    }
    const person = String(record['person_id'])
    for (const identifier of data.identifiers ?? []) owner.set(keyOf(identifier), person)
    for (const absorbed of data.absorbed ?? []) keptBy.set(absorbed, person)
  }
  const kept = (person: string): string => {
    let id = person
    for (let next = keptBy.get(id); next !== undefined && next !== id; next = keptBy.get(id)) id = next
    return id
  }
  const ownerOf = (identifier: Identifier): string | undefined => {
    const person = owner.get(keyOf(identifier))
    return person === undefined ? undefined : kept(person)
  }
  const isOneOf = (person: string | undefined, identifiers: readonly Identifier[]): boolean =>
    person !== undefined && identifiers.some((identifier) => ownerOf(identifier) === kept(person))
  return {
    personOf: (identifiers) => identifiers.map(ownerOf).find((person) => person !== undefined),
    isOneOf,
    nameOf: (person, people) => {
      if (person === undefined) return '*'
      for (const [name, identifiers] of people) if (isOneOf(person, identifiers)) return name
      for (const [key, id] of owner) if (kept(id) === kept(person)) return key.replace('\n', ':')
      return person
    },
  }
}
