/**
 * The identity graph: who owns which identifier, as values in plain maps.
 *
 * 1. The graph is nothing but its person records: put the newest record of every id, in any order, and it answers the same.
 * 2. A record is never changed in place; `put` replaces it.
 * 3. An identifier has one owner, or is shared, or is unknown. Once shared it stays shared (fine print I5).
 * 4. Whoever is asked for, by an identifier or by an absorbed id, the kept person answers (contracts 5, identity 5).
 *
 * One map per identifier type, by value: no key is put together on the hot path, and the value's string is the record's own.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { invariant, knownVersion } from '../../model/errors.ts'
import type { Identifier } from '../../model/identifiers.ts'
import type { EpochMs } from '../../model/time.ts'
import type { TypeRule } from './config.ts'

/** One person as the graph knows it; one changelog record per `id`. */
export interface PersonRecord {
  /** 32 hex digits (contracts 5, identity 6). */
  readonly id: string
  /** The earliest event time resolved to this person (fine print I10). */
  readonly firstSeen: EpochMs
  /** Normalised, in the order in which they attached. Those of an anonymous person: the one shared identifier. */
  readonly identifiers: readonly Identifier[]
  /** Once this person's, now shared. */
  readonly shared: readonly Identifier[]
  /** All ids ever absorbed into this person, whatever the depth. */
  readonly absorbed: readonly string[]
  /** Stands for a shared identifier, and for no human in particular. */
  readonly anonymous: boolean
  /** The person that absorbed this one; such a record has empty lists. */
  readonly absorbedInto: string | undefined
  /** Refusals that were reported, as 53-bit hashes: each goes out once. At most REPORTED_REFUSALS_MAX. */
  readonly reported: readonly number[]
}

/** What a resolution may ask. Types and values are normalised; one person is one object, until the next `put`. */
export interface GraphView {
  /** The kept person of an identifier; of a shared one its anonymous person, once it has been used alone. */
  owner(type: string, value: string): PersonRecord | undefined
  isShared(type: string, value: string): boolean
}

export interface Graph extends GraphView {
  /** The kept person of an id, whatever the depth. */
  person(id: string): PersonRecord | undefined
  /** Number of people that are not absorbed, anonymous ones included. */
  readonly people: number
  /** Number of identifiers that are owned or shared. */
  readonly identifiers: number
  /** Takes the newest record of a person: from a resolution, or from the changelog. */
  put(record: PersonRecord): void
}

/** The place of one person, or of one shared identifier; identifiers point at it, so that a new record is one assignment. */
interface Cell {
  record: PersonRecord | undefined
  readonly shared: boolean
}

/** For lists of records that hold nothing: most people have nothing shared, absorbed or reported. */
export const NONE: readonly never[] = Object.freeze([])

export function createGraph(): Graph {
  const names = new Map<string, Map<string, Cell>>()
  const persons = new Map<string, Cell>()
  let people = 0
  let identifiers = 0

  const kept = (cell: Cell | undefined): PersonRecord | undefined => {
    let record = cell?.record
    while (record?.absorbedInto !== undefined) record = persons.get(record.absorbedInto)?.record
    return record
  }
  const name = (identifier: Identifier, cell: Cell): void => {
    let values = names.get(identifier.type)
    if (values === undefined) names.set(identifier.type, (values = new Map()))
    const before = values.get(identifier.value)
    if (before === undefined) identifiers++
    else if (before === cell || before.shared) return
    values.set(identifier.value, cell)
  }
  const share = (identifier: Identifier): Cell => {
    name(identifier, { record: undefined, shared: true })
    const cell = names.get(identifier.type)?.get(identifier.value)
    invariant(cell !== undefined && cell.shared, 'a shared identifier has a place of its own')
    return cell
  }
  const cellOf = (record: PersonRecord): Cell => {
    const known = persons.get(record.id)
    if (known !== undefined) return known
    const first = record.anonymous ? record.identifiers[0] : undefined
    const cell = first === undefined ? { record: undefined, shared: false } : share(first)
    persons.set(record.id, cell)
    return cell
  }

  return {
    owner: (type, value) => {
      const record = names.get(type)?.get(value)?.record
      return record === undefined || record.absorbedInto === undefined ? record : kept(persons.get(record.id))
    },
    isShared: (type, value) => names.get(type)?.get(value)?.shared === true,
    person: (id) => kept(persons.get(id)),
    get people() {
      return people
    },
    get identifiers() {
      return identifiers
    },
    put: (record) => {
      const cell = cellOf(record)
      const before = cell.record
      const lived = before !== undefined && before.absorbedInto === undefined
      if (!lived && record.absorbedInto === undefined) people++
      if (lived && record.absorbedInto !== undefined) people--
      cell.record = record
      if (before?.identifiers !== record.identifiers)
        for (const identifier of record.identifiers) name(identifier, cell)
      if (before?.shared !== record.shared) for (const identifier of record.shared) share(identifier)
    },
  }
}

const VERSION = 1
const ANONYMOUS = 1
const ABSORBED = 2

/** Version byte, flags, id, first seen; an absorbed one then its kept person, any other its lists. */
export function encodePerson(record: PersonRecord, writer: ByteWriter): void {
  writer.byte(VERSION)
  writer.byte((record.anonymous ? ANONYMOUS : 0) | (record.absorbedInto === undefined ? 0 : ABSORBED))
  writer.text(record.id)
  writer.int(record.firstSeen)
  if (record.absorbedInto !== undefined) {
    writer.text(record.absorbedInto)
    return
  }
  writeIdentifiers(record.identifiers, writer)
  writeIdentifiers(record.shared, writer)
  writer.uint(record.absorbed.length)
  for (const id of record.absorbed) writer.text(id)
  writer.uint(record.reported.length)
  for (const refusal of record.reported) writer.uint(refusal)
}

/** `types`: of the prepared config; gives all people the same string of a type. Throws AdapterError on bytes of a newer version. */
export function decodePerson(reader: ByteReader, types: ReadonlyMap<string, TypeRule>): PersonRecord {
  const version = reader.byte()
  knownVersion('a person of the identity graph', version, VERSION)
  const flags = reader.byte()
  const id = reader.text()
  const firstSeen = reader.int()
  const anonymous = (flags & ANONYMOUS) !== 0
  if ((flags & ABSORBED) !== 0) {
    const absorbedInto = reader.text()
    return {
      id,
      firstSeen,
      identifiers: NONE,
      shared: NONE,
      absorbed: NONE,
      anonymous,
      absorbedInto,
      reported: NONE,
    }
  }
  const identifiers = readIdentifiers(reader, types)
  const shared = readIdentifiers(reader, types)
  const absorbed = readList(reader, () => reader.text())
  const reported = readList(reader, () => reader.uint())
  return { id, firstSeen, identifiers, shared, absorbed, anonymous, absorbedInto: undefined, reported }
}

function writeIdentifiers(list: readonly Identifier[], writer: ByteWriter): void {
  writer.uint(list.length)
  for (const { type, value } of list) {
    writer.text(type)
    writer.text(value)
  }
}

function readIdentifiers(reader: ByteReader, types: ReadonlyMap<string, TypeRule>): readonly Identifier[] {
  return readList(reader, () => {
    const type = reader.text()
    return { type: types.get(type)?.type ?? type, value: reader.text() }
  })
}

function readList<Item>(reader: ByteReader, read: () => Item): readonly Item[] {
  const count = reader.uint()
  if (count === 0) return NONE
  const list: Item[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}
