/**
 * The identity graph: who owns which identifier.
 *
 * 1. The graph is nothing but its person records: put the newest record of every id, in any order, and it answers the same.
 * 2. A record is never changed in place; `put` replaces it.
 * 3. An identifier has one owner, or is shared, or is unknown. Once shared it stays shared (fine print I5).
 * 4. Whoever is asked for, by an identifier or by an absorbed id, the kept person answers (contracts 5, identity 5).
 * 5. A suppressed identifier is nobody's: what suppresses it takes its person out, and nothing attaches it.
 *
 * The gate has all of it in memory, so it lies there as bytes, found by two hash tables of numbers. As objects in maps a million people
 * took five times the memory, and whatever cleans up after the events walked them all. Records that were asked for lately are kept as
 * objects; what is shared is little, and lies in maps.
 */
import { ByteReader, ByteWriter, asciiText } from '../../model/bytes.ts'
import type { IdKey } from '../../model/hash.ts'
import type { Identifier } from '../../model/identifiers.ts'
import { Slabs } from '../../model/slabs.ts'
import type { TypeRule } from './config.ts'
import { halfSip } from './half-sip.ts'
import { HashIndex } from './hash-index.ts'
import { type NameMarks, SHARED, SUPPRESSED, createNameMarks } from './name-marks.ts'
import { type NamePrint, digestOf, placeKeys, writeName } from './name-print.ts'
import { decodePerson, encodePerson, NONE, type PersonRecord } from './person-record.ts'
import { RecordWalk } from './record-walk.ts'

/** What a resolution may ask. Types and values are normalised; in one resolution one person is one object. */
export interface GraphView {
  /** The kept person of an identifier; of a shared one its anonymous person, once it has been used alone. */
  owner(type: string, value: string): PersonRecord | undefined
  isShared(type: string, value: string): boolean
  /** It counts as blocked: somebody asked to be forgotten. */
  isSuppressed(type: string, value: string): boolean
}

/** What a graph needs of a prepared config: the same string for a type in all records, and the key of its hashes. */
export interface GraphOptions {
  readonly types: ReadonlyMap<string, TypeRule>
  readonly key: IdKey
  /** Records kept as objects, at most twice as many; more than one resolution asks for. Default: 20,000. */
  readonly recentMax?: number
}

/** In place of a number: a shared identifier that nobody used alone yet. */
const NOBODY = -1

const RECENT_MAX = 20_000

export class Graph implements GraphView {
  readonly marks: NameMarks
  private readonly types: ReadonlyMap<string, TypeRule>
  private readonly key: IdKey
  private readonly recentMax: number
  private readonly key0: number
  private readonly key1: number
  private readonly slabs = new Slabs()
  /** Of records in the slabs, by the number of their person. */
  private places = new Int32Array(1024)
  private numbers = 0
  /** Numbers of those who were taken out. */
  private freed: number[] = []
  private readonly byId = new HashIndex()
  /** Of identifiers that somebody owns: type and value as a record has them. */
  private readonly byName = new HashIndex()
  /** By type and value, the anonymous person of a shared identifier. */
  private readonly shared = new Map<string, Map<string, number>>()
  private readonly sharedHashes = new Set<number>()
  private sharedCount = 0
  private living = 0
  private recent = new Map<number, PersonRecord>()
  private older = new Map<number, PersonRecord>()
  private readonly writer = new ByteWriter(1024)
  private readonly reader = new ByteReader(Buffer.alloc(0))
  /** Of bytes that come. */
  private readonly walk = new RecordWalk()
  /** Of bytes that are here. */
  private readonly other = new RecordWalk()
  private readonly hashes: number[] = []
  private nameHash = 0

  constructor({ types, key, recentMax = RECENT_MAX }: GraphOptions) {
    this.types = types
    this.recentMax = recentMax
    this.key = key
    this.marks = createNameMarks(key)
    ;[this.key0, this.key1] = placeKeys(key)
  }

  /** Number of people that are not absorbed, anonymous ones included. */
  get people(): number {
    return this.living
  }

  /** Number of identifiers that are owned or shared. */
  get identifiers(): number {
    return this.byName.size + this.sharedCount
  }

  owner(type: string, value: string): PersonRecord | undefined {
    const place = this.find(type, value)
    if (place >= 0) return this.record(this.byName.number(place))
    const number = this.sharedCount === 0 ? undefined : this.shared.get(type)?.get(value)
    return number === undefined || number === NOBODY ? undefined : this.record(number)
  }

  isShared(type: string, value: string): boolean {
    if (this.sharedCount > 0 && this.shared.get(type)?.has(value) === true) return true
    return this.marks.has(SHARED, type, value)
  }

  isSuppressed(type: string, value: string): boolean {
    return this.marks.has(SUPPRESSED, type, value)
  }

  /** The person of a print: as {@link owner} answers for the name that it is of. */
  named({ place: hash, digest }: NamePrint): PersonRecord | undefined {
    const { byName, key } = this
    const isOf = ({ type, value }: Identifier): boolean => digestOf(key, type, value) === digest
    for (let place = byName.first(hash); place >= 0; place = byName.next(place, hash)) {
      const record = this.record(byName.number(place))
      if (record.identifiers.some(isOf)) return record
    }
    if (!this.sharedHashes.has(hash)) return undefined
    for (const [type, values] of this.shared)
      for (const [value, number] of values)
        if (number !== NOBODY && isOf({ type, value })) return this.record(number)
    return undefined
  }

  /** Ids of all people who are not absorbed, in no order. */
  each(call: (id: string) => void): void {
    for (let number = 0; number < this.numbers; number++) {
      if ((this.places[number] as number) < 0) continue
      const page = this.walkRecord(number)
      if (!this.other.isAbsorbed) call(asciiText(page, this.other.start, this.other.end))
    }
  }

  /** The newest record of that very id, absorbed or not. */
  newest(id: string): PersonRecord | undefined {
    const number = this.numberOf(id)
    return number < 0 ? undefined : this.record(number)
  }

  /** Takes the record of that very id out. What it called its own is unknown from then on; what it shared stays shared. */
  remove(record: PersonRecord): void {
    const { writer, slabs, places } = this
    const hash = this.writeId(record.id)
    const place = this.placeOfId(hash, writer.buffer, 0, writer.length)
    const number = this.byId.number(place)
    this.byId.remove(place)
    this.unname(number, record.identifiers, NONE)
    const [first] = record.identifiers
    if (record.anonymous && first !== undefined) this.shared.get(first.type)?.set(first.value, NOBODY)
    for (const { type, value } of record.anonymous ? record.identifiers : record.shared)
      this.marks.share(digestOf(this.key, type, value))
    slabs.giveBack(places[number] as number)
    places[number] = -1
    this.freed.push(number)
    this.recent.delete(number)
    this.older.delete(number)
    this.living -= livesIn(record)
  }

  /** The kept person of an id, whatever the depth. */
  person(id: string): PersonRecord | undefined {
    let record = this.newest(id)
    while (record?.absorbedInto !== undefined) record = this.newest(record.absorbedInto)
    return record
  }

  /** Takes the newest record of a person, from a resolution. */
  put(record: PersonRecord): void {
    const known = this.numberOf(record.id)
    const number = known < 0 ? this.begin(record.id) : known
    const before = known < 0 ? undefined : this.record(number)
    const kept = before === undefined ? 0 : this.unname(number, before.identifiers, record.identifiers)
    this.writer.reset()
    encodePerson(record, this.writer)
    this.store(number, this.writer.buffer, this.writer.length, known >= 0)
    this.remember(number, record)
    this.living += livesIn(record) - livesIn(before)
    if (before?.shared !== record.shared)
      for (const identifier of record.shared) this.share(identifier, NOBODY)
    const [first] = record.identifiers
    if (record.anonymous && first !== undefined) this.share(first, number)
    else
      for (let i = kept; i < record.identifiers.length; i++)
        this.name(record.identifiers[i] as Identifier, number)
  }

  /** The same from its bytes, as {@link encodePerson} writes them. @throws AdapterError on those of a newer version. */
  load(bytes: Buffer): void {
    // Of most people nothing special is known: they never become objects.
    if (!this.adopt(bytes)) this.put(decodePerson(this.reader.reset(bytes, 0, bytes.length), this.types))
  }

  private record(number: number): PersonRecord {
    const { slabs, reader } = this
    let record = this.recent.get(number)
    if (record !== undefined) return record
    record = this.older.get(number)
    if (record === undefined) {
      const place = this.places[number] as number
      const start = slabs.startOf(place)
      record = decodePerson(
        reader.reset(slabs.pageOf(place), start, start + slabs.lengthOf(place)),
        this.types,
      )
    }
    this.remember(number, record)
    return record
  }

  private remember(number: number, record: PersonRecord): void {
    if (this.recent.size >= this.recentMax) {
      this.older = this.recent
      this.recent = new Map()
    }
    this.recent.set(number, record)
  }

  /** Takes a person that is new, plain, and calls nothing his own that the graph knows; false: nothing was done. */
  private adopt(bytes: Buffer): boolean {
    const { walk, hashes } = this
    walk.begin(bytes)
    if (!walk.isPlain) return false
    const { start, end } = walk
    const idHash = this.hash(bytes, start, end)
    if (this.placeOfId(idHash, bytes, start, end) >= 0) return false
    hashes.length = 0
    while (walk.next()) {
      const hash = this.hash(bytes, walk.start, walk.end)
      if (this.sharedHashes.has(hash) || this.placeOfName(hash, bytes, walk.start, walk.end) >= 0)
        return false
      hashes.push(hash)
    }
    const number = this.next()
    this.byId.insert(idHash, number)
    this.store(number, bytes, bytes.length, false)
    for (const hash of hashes) this.byName.insert(hash, number)
    this.living++
    return true
  }

  private begin(id: string): number {
    const number = this.next()
    this.byId.insert(this.writeId(id), number)
    return number
  }

  private next(): number {
    return this.freed.pop() ?? this.numbers++
  }

  /** Takes from the person the names that he has no more; answers how many stand where they stood. */
  private unname(number: number, before: readonly Identifier[], now: readonly Identifier[]): number {
    if (before === now) return now.length
    let same = 0
    while (same < before.length && isSame(before[same], now[same])) same++
    for (const identifier of before.slice(same)) {
      if (now.some((one) => isSame(one, identifier))) continue
      const place = this.find(identifier.type, identifier.value)
      if (place >= 0 && this.byName.number(place) === number) this.byName.remove(place)
    }
    return same
  }

  private name(identifier: Identifier, number: number): void {
    const { type, value } = identifier
    if (this.isShared(type, value)) return
    const place = this.find(type, value)
    if (place >= 0) this.byName.replace(place, number)
    else this.byName.insert(this.nameHash, number)
  }

  /** `number`: of the anonymous person of it, if there is one. */
  private share({ type, value }: Identifier, number: number): void {
    let values = this.shared.get(type)
    if (values === undefined) this.shared.set(type, (values = new Map()))
    if (!values.has(value)) {
      const place = this.find(type, value)
      if (place >= 0) this.byName.remove(place)
      this.sharedHashes.add(this.nameHash)
      this.sharedCount++
    } else if (number === NOBODY) return
    values.set(value, number)
  }

  /** The place of an identifier's owner; -1: nobody owns it. Its hash is in `nameHash` then. */
  private find(type: string, value: string): number {
    const { writer } = this
    writer.reset()
    writeName(writer, type, value)
    this.nameHash = this.hash(writer.buffer, 0, writer.length)
    return this.placeOfName(this.nameHash, writer.buffer, 0, writer.length)
  }

  private placeOfName(hash: number, buffer: Buffer, start: number, end: number): number {
    const { byName, other } = this
    let place = byName.first(hash)
    for (; place >= 0; place = byName.next(place, hash)) {
      const page = this.walkRecord(byName.number(place))
      while (other.next()) if (isAt(page, other.start, other.end, buffer, start, end)) return place
    }
    return -1
  }

  private numberOf(id: string): number {
    const hash = this.writeId(id)
    const place = this.placeOfId(hash, this.writer.buffer, 0, this.writer.length)
    return place < 0 ? -1 : this.byId.number(place)
  }

  private placeOfId(hash: number, buffer: Buffer, start: number, end: number): number {
    const { byId, other } = this
    let place = byId.first(hash)
    for (; place >= 0; place = byId.next(place, hash)) {
      const page = this.walkRecord(byId.number(place))
      if (isAt(page, other.start, other.end, buffer, start, end)) return place
    }
    return -1
  }

  /** Begins a walk of a record that is here; answers the page in which it lies. */
  private walkRecord(number: number): Buffer {
    const place = this.places[number] as number
    const page = this.slabs.pageOf(place)
    this.other.begin(page, this.slabs.startOf(place))
    return page
  }

  private store(number: number, bytes: Buffer, length: number, known: boolean): void {
    if (number >= this.places.length) {
      const larger = new Int32Array(2 * this.places.length)
      larger.set(this.places)
      this.places = larger
    }
    const place = this.slabs.takeInstead(known ? (this.places[number] as number) : -1, length)
    bytes.copy(this.slabs.pageOf(place), this.slabs.startOf(place), 0, length)
    this.places[number] = place
  }

  private writeId(id: string): number {
    const { writer } = this
    writer.reset()
    writer.characters(id)
    return this.hash(writer.buffer, 0, writer.length)
  }

  private hash(buffer: Buffer, start: number, end: number): number {
    return halfSip(buffer, start, end, this.key0, this.key1)
  }
}

/** A loop: a name is short, and a call into native code costs more than 50 bytes do. */
function isAt(
  page: Buffer,
  pageStart: number,
  pageEnd: number,
  buffer: Buffer,
  start: number,
  end: number,
): boolean {
  const size = end - start
  if (pageEnd - pageStart !== size) return false
  for (let i = 0; i < size; i++) if (page[pageStart + i] !== buffer[start + i]) return false
  return true
}

const livesIn = (record: PersonRecord | undefined): number =>
  record === undefined || record.absorbedInto !== undefined ? 0 : 1

const isSame = (one: Identifier | undefined, other: Identifier | undefined): boolean =>
  one !== undefined && other !== undefined && one.value === other.value && one.type === other.type
