/**
 * Whether what came out is what had to: the input as it stands in the log, told to the oracle party by party, against the output as it
 * stands in the log.
 *
 * Parties have nothing to do with each other, and none of their events is late; so each may be asked about alone, with the events
 * that moved time on at the end.
 */
import { compare } from '../simulation/compare.ts'
import { oracle, type OutputRecord } from '../simulation/oracle.ts'
import { isObject, type Json, textOf } from '../simulation/oracle/settings.ts'
import { dataOf, personOf, typeOf } from '../simulation/people-map.ts'
import type { SeenRecord } from './outside.ts'
import { MOVER } from './story.ts'

export interface Evidence {
  readonly document: Json
  /** Records of the source topics, by topic, partition and offset. */
  readonly input: readonly SeenRecord[]
  /** Records of all public topics of the product. */
  readonly output: readonly SeenRecord[]
  readonly lateTopic: string
}

export interface Verdict {
  /** Empty: nothing lost, doubled or wrong. */
  readonly problems: readonly string[]
  readonly parties: number
  readonly expected: number
  readonly seen: number
}

export function judge({ document, input, output, lateTopic }: Evidence): Verdict {
  const movers = input.filter((record) => record.key?.startsWith(MOVER)).map(({ value }) => value)
  const parties = partiesOf(input)
  const product = output.map(recordOf).filter((record) => !isMover(record))
  const problems: string[] = []
  for (const { topic, value } of output)
    if (topic === lateTopic) problems.push(`late, and nothing here is: ${value.slice(0, 300)}`)
  const expected = [...parties].flatMap(([party, lines]) => {
    const { records, unsettled } = oracle(document, [...lines, ...movers])
    for (const what of unsettled) problems.push(`the story asks what is not settled: ${what}`)
    return records.filter((record) => !isMover(record)).map((record) => ofParty(party, record))
  })
  problems.push(...compare(document, asOne(product), asOne(expected)))
  return { problems, parties: parties.size, expected: expected.length, seen: product.length }
}

/** Lines of each party, in the order of its partitions: shop before trips, which never share one. */
function partiesOf(input: readonly SeenRecord[]): ReadonlyMap<string, readonly string[]> {
  const parties = new Map<string, string[]>()
  for (const { key, value } of input) {
    if (key === null || key.startsWith(MOVER)) continue
    const lines = parties.get(key)
    if (lines === undefined) parties.set(key, [value])
    else lines.push(value)
  }
  return parties
}

const recordOf = ({ topic, key, value }: SeenRecord): OutputRecord => ({
  topic,
  key,
  value: JSON.parse(value) as Json,
})

/** The oracle numbers its decisions and offers anew for each party. */
function ofParty(party: string, record: OutputRecord): OutputRecord {
  const { data } = record.value
  if (!isObject(data)) return record
  const named = Object.fromEntries(
    ['decision_id', 'offer_id'].flatMap((field) =>
      data[field] === undefined || data[field] === null
        ? []
        : [[field, `${party} ${textOf(data[field], '')}`]],
    ),
  )
  return { ...record, value: { ...record.value, data: { ...data, ...named } } }
}

const MOVED = new RegExp(`"${MOVER}\\d+-`)
const isMover = ({ key, value }: OutputRecord): boolean =>
  key?.startsWith(MOVER) === true || MOVED.test(JSON.stringify(value))

/**
 * Everybody by the person whom they are in the end. How far the partitions were read when two people became one is not the same in
 * two runs: a timer that was due before fires for the one or for the other.
 */
function asOne(records: readonly OutputRecord[]): readonly OutputRecord[] {
  const keptBy = new Map<string, string>()
  for (const record of records)
    if (typeOf(record) === 'identity.absorbed') keptBy.set(personOf(record), String(dataOf(record)['kept']))
  const root = (person: string): string => {
    const kept = keptBy.get(person)
    return kept === undefined ? person : root(kept)
  }
  return records.map((record) =>
    typeOf(record).startsWith('identity.') || record.value['person_id'] === undefined
      ? record
      : { ...record, value: { ...record.value, person_id: root(personOf(record)) } },
  )
}
