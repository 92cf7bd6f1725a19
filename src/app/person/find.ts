/**
 * Who an identifier belongs to, read from the gate's committed graph.
 *
 * A person id is derived from the identifier by which the person was first seen, so that one is found by its key. The others
 * are in no index outside of the gate's memory: for them every person is looked at, which takes seconds for a million.
 */
import type { StateReader } from '../../runtime/ports/state-reader.ts'
import { ByteReader } from '../../model/bytes.ts'
import { UsageError } from '../../model/errors.ts'
import { deriveId } from '../../model/hash.ts'
import { type Identifier, normaliseValue } from '../../model/identifiers.ts'
import { decodePerson, type PersonRecord } from '../../operators/identity/person-record.ts'
import type { IdentityReady } from '../../operators/identity/config.ts'

/** Of what is shared by many only so many are told. */
const FOUND_MAX = 20
const PERSON_ID = /^[0-9a-f]{32}$/
const TELL_EVERY = 100_000

export interface Found {
  readonly person: PersonRecord
  /** The identifier is shared: it names nobody for certain, and this is one of those who showed it. */
  readonly shared: boolean
}

export interface FindOptions {
  readonly reader: StateReader
  /** The gate's task. */
  readonly task: string
  readonly identity: IdentityReady
  /** An identifier's value, or a person id. */
  readonly value: string
  /** Undefined: any type that identifies. */
  readonly type: string | undefined
  /** People looked at so far, of how many. */
  readonly progress: (done: number, total: number) => void
}

/** Nobody: an empty list. @throws UsageError for a type that does not identify, AdapterError */
export async function findPeople(options: FindOptions): Promise<readonly Found[]> {
  const { value, type, identity } = options
  if (type !== undefined && !identity.types.has(type))
    throw new UsageError(
      `"${type}" is no type that identifies`,
      `types are: ${[...identity.types.keys()].join(', ')}`,
    )
  const byId = type === undefined && PERSON_ID.test(value) ? await keptPerson(options, value) : undefined
  if (byId !== undefined) return [{ person: byId, shared: false }]
  const types = type === undefined ? [...identity.types.keys()] : [type]
  const names = types.map((one) => ({ type: one, value: normaliseValue(one, value) }))
  const first = await bySight(options, names)
  return first.length > 0 ? first : byLooking(options, names)
}

const has = (list: readonly Identifier[], { type, value }: Identifier): boolean =>
  list.some((one) => one.type === type && one.value === value)

const decoded = (bytes: Buffer, { types }: IdentityReady): PersonRecord =>
  decodePerson(new ByteReader(bytes), types)

/** The person that an id stands for now, whatever absorbed it. */
async function keptPerson(
  { reader, task, identity }: FindOptions,
  id: string,
): Promise<PersonRecord | undefined> {
  for (let next = id; ; ) {
    const [bytes] = await reader.values(task, [next])
    if (bytes === undefined) return undefined
    const record = decoded(bytes, identity)
    if (record.absorbedInto === undefined) return record
    next = record.absorbedInto
  }
}

/** People who were first seen by one of these identifiers, and still have it. */
async function bySight(options: FindOptions, names: readonly Identifier[]): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const name of names) {
    const id = deriveId(options.identity.key, 'person', name.type, name.value)
    const person = await keptPerson(options, id)
    if (
      person !== undefined &&
      has(person.identifiers, name) &&
      !found.some((one) => one.person.id === person.id)
    )
      found.push({ person, shared: false })
  }
  return found
}

async function byLooking(
  { reader, task, identity, progress }: FindOptions,
  names: readonly Identifier[],
): Promise<readonly Found[]> {
  const total = await reader.count(task)
  const found = new Map<string, Found>()
  let done = 0
  for await (const { key, value } of reader.entries(task)) {
    if (++done % TELL_EVERY === 0) progress(done, total)
    if (!PERSON_ID.test(key) || found.size >= FOUND_MAX) continue
    const person = decoded(value, identity)
    if (names.some((name) => has(person.identifiers, name)))
      found.set(key, { person, shared: person.anonymous })
    else if (names.some((name) => has(person.shared, name))) found.set(key, { person, shared: true })
  }
  return [...found.values()]
}
