/** What the identity graph knows of one person, and its bytes: in the changelog, in the store, and in the graph's own memory. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
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

/** For lists of records that hold nothing: most people have nothing shared, absorbed or reported. */
export const NONE: readonly never[] = Object.freeze([])

export const VERSION = 1
/** Flags. */
const ANONYMOUS = 1
export const ABSORBED = 2
/** Neither. */
export const PLAIN = 0

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
