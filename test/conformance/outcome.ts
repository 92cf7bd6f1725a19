/**
 * What must have come of a case. A kind that is named at all is told completely: a record for each line, none besides.
 *
 *     => trigger.fired of=cookie:x at=11:00 value=20 lines[product_id/quantity]=[[p1, 2]]
 *     => no trigger.retracted          => 2 identity.merged      => some identity.ambiguous
 *     => late id=e3                    => refused reason=not-json   => 1 on offers
 *     => one cookie:a user:b           => apart user:a user:b       => nobody device:0
 *     => next session.closed of=cookie:a      in this order
 *     => decision.made [outcome=none] ..      of the records with that field
 *
 * `of`: whose, `at`: its time, `kept`: the person that began with that name, `rejected.OFFER`: why not that offer. Lists have no order.
 */
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import type { Output } from '../../src/app/embed.ts'
import { readIdentifier, readTime, wordsOf } from '../../src/app/topology-test/notation.ts'
import { type PersonDirectory, personDirectory } from '../../src/app/topology-test/person-directory.ts'
import type { Identifier } from '../../src/model/identifiers.ts'
import { parseRfc3339 } from '../../src/model/time.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { SETTING } from './promise-text.ts'

type Json = Readonly<Record<string, unknown>>
type Row = readonly (readonly [field: string, text: string])[]

interface OutputRecord {
  readonly topic: string
  readonly value: Json
}

interface Told {
  readonly records: readonly OutputRecord[]
  readonly people: PersonDirectory
  readonly topics: Plan['topics']
}

interface Wanted {
  readonly rows: Row[]
  readonly inOrder: boolean
}

/** What differs, in lines; none: as told. `ordered`: whether lines came in the order of the recording. */
export function differences(
  outcomes: readonly string[],
  outputs: readonly Output[],
  topics: Plan['topics'],
  ordered: boolean,
): readonly string[] {
  const records = outputs.map(({ topic, value }) => ({ topic, value: JSON.parse(value) as Json }))
  const told: Told = { records, people: personDirectory(records.map(({ value }) => value)), topics }
  const found: string[] = []
  const wanted = new Map<string, Wanted>()
  for (const outcome of outcomes) {
    const [first = '', ...rest] = wordsOf(outcome)
    if (PEOPLE.has(first)) {
      if (!areSo(first, rest, told.people)) found.push(`not so: ${outcome}`)
    } else if (/^(?:no|some|\d+)$/.test(first)) {
      const count = recordsOf(rest.join(' '), told).length
      const right = first === 'some' ? count > 0 : count === (first === 'no' ? 0 : Number(first))
      if (!right) found.push(`not so: ${outcome}; there are ${count}`)
    } else {
      const inOrder = first === 'next'
      const words = inOrder ? rest : [first, ...rest]
      const at = words.findIndex((word) => /^[\w.[\]/-]+=/.test(word) && !word.startsWith('['))
      const kind = words.slice(0, at).join(' ')
      const row = words.slice(at).map((word): [string, string] => {
        const [, field = '', text = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? []
        return [field, text]
      })
      const group = wanted.get(kind) ?? { rows: [], inOrder }
      group.rows.push(row)
      wanted.set(kind, group)
    }
  }
  for (const [kind, group] of wanted) {
    if (group.inOrder && !ordered) continue
    found.push(...unlike(kind, group, told))
  }
  return found
}

const PEOPLE: ReadonlySet<string> = new Set(['one', 'apart', 'nobody'])

function areSo(verb: string, names: readonly string[], people: PersonDirectory): boolean {
  const ids = names.map((name) => people.personOf(identifiersOf(name)))
  if (verb === 'nobody') return ids.every((id) => id === undefined)
  if (ids.includes(undefined)) return false
  return new Set(ids).size === (verb === 'one' ? 1 : names.length)
}

function identifiersOf(name: string): readonly Identifier[] {
  const identifier = readIdentifier(name)
  if (identifier === undefined) throw new Error(`nobody is called ${name}`)
  return [identifier]
}

/** `trigger.fired`, `late`, `refused`, `on TOPIC`; behind it `[field=text]`. */
function recordsOf(kind: string, told: Told): readonly OutputRecord[] {
  const [, name = '', filter] = /^(.*?)(?: \[(.*)\])?$/.exec(kind) ?? []
  const { late, deadLetters } = told.topics
  const all = told.records.filter(({ topic, value }) => {
    if (name === 'late') return topic === late
    if (name === 'refused') return topic === deadLetters
    return name.startsWith('on ') ? topic === name.slice(3) : value['type'] === name && topic !== late
  })
  if (filter === undefined) return all
  const [field = '', text = ''] = filter.split('=')
  return all.filter((record) => says(field, text, record, told))
}

function unlike(kind: string, { rows, inOrder }: Wanted, told: Told): readonly string[] {
  const records = recordsOf(kind, told)
  const fits = (row: Row, record: OutputRecord): boolean =>
    row.every(([field, text]) => says(field, text, record, told))
  const left = new Set(records)
  const missing = rows.filter((row, index) => {
    const candidates = inOrder ? records.slice(index, index + 1) : [...left]
    const match = candidates.find((record) => fits(row, record))
    if (match !== undefined) left.delete(match)
    return match === undefined
  })
  const fields = [...new Set(rows.flat().map(([field]) => field))]
  return [
    ...missing.map((row) => `missing: ${kind} ${row.map(([field, text]) => `${field}=${text}`).join(' ')}`),
    ...[...left].map((record) => {
      const shown = fields.map((field) => `${field}=${JSON.stringify(valueOf(field, record.value))}`)
      return `surplus: ${kind} ${shown.join(' ')}`
    }),
  ]
}

function says(field: string, text: string, { value }: OutputRecord, told: Told): boolean {
  if (field === 'of') return told.people.isOneOf(value['person_id'] as string, identifiersOf(text))
  const found = valueOf(field, value)
  if (field === 'kept') return found !== undefined && found === bornAs(identifiersOf(text), told.records)
  if (found === undefined || found === null) return text === 'null'
  if (typeof found === 'number') return Math.abs(Number(text) - found) < 1e-6
  if (typeof found === 'boolean') return text === String(found)
  if (typeof found === 'string') {
    const time = readTime(text, SETTING)
    return (time !== undefined && parseRfc3339(found) === time) || found === text || `"${found}"` === text
  }
  return isDeepStrictEqual(withoutOrder(parse(text)), withoutOrder(found))
}

const withoutOrder = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value

/** The person that was created with one of these. */
function bornAs(identifiers: readonly Identifier[], records: readonly OutputRecord[]): unknown {
  const created = records.filter(({ value }) => value['type'] === 'identity.created')
  return created.find(({ value }) =>
    personDirectory([value]).isOneOf(value['person_id'] as string, identifiers),
  )?.value['person_id']
}

function valueOf(field: string, value: Json): unknown {
  const data = (value['data'] ?? value) as Json
  if (field === 'at') return value['time']
  if (field === 'of') return value['person_id']
  if (field.startsWith('cause.')) return pathOf(value, field)
  if (field === 'id') return pathOf(value, 'event.id') ?? idInBytes(value['bytes']) ?? value['id']
  if (field.startsWith('rejected.')) {
    const rejected = (data['rejected'] ?? []) as readonly Json[]
    return rejected.find(({ offer }) => offer === field.slice('rejected.'.length))?.['reason']
  }
  const columns = /^(.+)\[(.+)\]$/.exec(field)
  if (columns === null) return pathOf(data, field)
  const keys = (columns[2] as string).split('/')
  const rows = (pathOf(data, columns[1] as string) ?? []) as readonly Json[]
  return rows.map((row) => keys.map((key) => row[key] ?? null))
}

function pathOf(value: unknown, path: string): unknown {
  let at = value
  for (const key of path.split('.')) at = (at as Json | null | undefined)?.[key]
  return at
}

/** The id of a refused line, if it was JSON at all. */
function idInBytes(bytes: unknown): unknown {
  if (typeof bytes !== 'string') return undefined
  try {
    return (JSON.parse(Buffer.from(bytes, 'base64').toString()) as Json | null)?.['id']
  } catch {
    return undefined
  }
}
