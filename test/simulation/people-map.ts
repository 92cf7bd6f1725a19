/** Who is who in two outputs: people are matched by the identifiers that they were created with, the first time and again. */
import type { OutputRecord } from './oracle.ts'
import { isObject, type Json, listOf, objectOf, textOf } from './oracle/settings.ts'

export const typeOf = (record: OutputRecord): string => textOf(record.value['type'], '')
export const dataOf = (record: OutputRecord): Json => objectOf(record.value['data'])
export const personOf = (record: OutputRecord): string => textOf(record.value['person_id'], '')

export const identifierTexts = (value: unknown): readonly string[] =>
  listOf(value)
    .filter(isObject)
    .map((i) => `${textOf(i['type'], '')}|${textOf(i['value'], '')}`)
    .sort((a, b) => (a < b ? -1 : 1))

interface Creation {
  readonly person: string
  /** `TYPE|VALUE#n`: the n-th person who was created with it; the second one is the anonymous person of a shared identifier. */
  readonly keys: readonly string[]
}

function creationsOf(records: readonly OutputRecord[]): readonly Creation[] {
  const times = new Map<string, number>()
  return records
    .filter((r) => typeOf(r) === 'identity.created')
    .map((record) => ({
      person: personOf(record),
      keys: identifierTexts(dataOf(record)['identifiers']).map((text) => {
        times.set(text, (times.get(text) ?? 0) + 1)
        return `${text}#${times.get(text)}`
      }),
    }))
}

export interface PeopleMap {
  /** Product id to label. */
  readonly labels: ReadonlyMap<string, string>
  /** Label to product id: for the oracle's coin and its order of ids, when it is run behind the product. */
  readonly ids: ReadonlyMap<string, string>
  readonly problems: readonly string[]
}

export function mapPeople(product: readonly OutputRecord[], expected: readonly OutputRecord[]): PeopleMap {
  const byKey = new Map(creationsOf(expected).flatMap(({ person, keys }) => keys.map((key) => [key, person])))
  const labels = new Map<string, string>()
  const ids = new Map<string, string>()
  const problems: string[] = []
  for (const { person, keys } of creationsOf(product)) {
    const known = new Set(keys.map((key) => byKey.get(key)))
    const [label] = known
    if (known.size !== 1 || label === undefined) {
      problems.push(`person ${person}, created with ${keys.join(' ')}: expected ${[...known].join(' or ')}`)
      continue
    }
    // Who was erased and comes back is a new person under the same id.
    if ((ids.get(label) ?? person) !== person)
      problems.push(`two people for ${label}: ${ids.get(label)} and ${person}`)
    labels.set(person, label)
    ids.set(label, person)
  }
  return { labels, ids, problems }
}
