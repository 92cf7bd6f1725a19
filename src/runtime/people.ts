/**
 * The people of one partition as its task holds them: who is in memory, who must be loaded, who changed and what their bytes are.
 *
 * 1. Memory is a part of the store's states, committed or changed since: whoever is not in it is asked for before a record or timer needs
 *    them. A task that began with nothing and let nobody go holds everybody, and asks for nobody.
 * 2. What changed since the last commit stays here until it is applied.
 */
import { ByteReader, type ByteWriter, asciiText } from '../model/bytes.ts'
import type { Slot } from '../topology/plan.ts'
import {
  NEVER,
  type Person,
  chunkKey,
  decodePerson,
  encodePerson,
  firstTimer,
  isEmpty,
  newPerson,
} from './person.ts'
import { PersonTable } from './person-table.ts'
import type { StateChange } from './ports/state-store.ts'
import { SeenFilter } from './seen-filter.ts'
import { CHUNK_EVENTS, decodeChunk, eachKey, encodeChunk } from './seen.ts'
import type { SlotTable } from './slot-table.ts'

export class People {
  /** People with something in their inbox. */
  readonly waiting = new Set<Person>()
  /** Of the keys that people in memory remember. */
  readonly filter = new SeenFilter()
  /** Memory holds everybody whom the store has, so whoever is not in it is new: nothing needs to be asked for. */
  whole = false
  private readonly slots: readonly Slot[]
  private readonly table = new PersonTable()
  private changed: Person[] = []

  constructor(slots: readonly Slot[]) {
    this.slots = slots
  }

  get size(): number {
    return this.table.size
  }

  /** Nobody is in memory; `whole`: nor in the store. */
  clear(whole: boolean): void {
    this.table.clear()
    this.waiting.clear()
    this.filter.clear(0)
    this.changed = []
    this.whole = whole
  }

  has(id: string): boolean {
    return this.whole || this.table.get(id) !== undefined
  }

  hasBytes(buffer: Buffer, start: number, end: number): boolean {
    return this.whole || this.table.find(buffer, start, end) !== undefined
  }

  /** Who is in memory. */
  loaded(id: string): Person | undefined {
    return this.table.get(id)
  }

  /** Undefined: to be loaded first. */
  of(id: string): Person | undefined {
    return this.table.get(id) ?? (this.whole ? this.add(newPerson(id, this.slots.length)) : undefined)
  }

  /** The person whose id is `buffer[start, end)`. */
  ofBytes(buffer: Buffer, start: number, end: number): Person | undefined {
    return (
      this.table.find(buffer, start, end) ?? (this.whole ? this.of(asciiText(buffer, start, end)) : undefined)
    )
  }

  /** From the bytes of the store, with the parts of the person by number; undefined: the store knows nobody of that name. */
  load(id: string, bytes: Buffer | undefined, chunks: ReadonlyMap<number, Buffer>, table: SlotTable): Person {
    const { length } = this.slots
    const person =
      bytes === undefined
        ? newPerson(id, length)
        : decodePerson(id, new ByteReader(bytes), table, length, (number) =>
            decodeChunk(new ByteReader(chunks.get(number) ?? missingChunk(id, number)), number),
          )
    if (person.inbox.length > 0) this.waiting.add(person)
    eachKey(person.seen, this.know)
    const before = this.table.get(id)
    if (before !== undefined) this.table.delete(before)
    return this.add(person)
  }

  touch(person: Person): void {
    if (person.dirty) return
    person.dirty = true
    this.changed.push(person)
  }

  /** Everything of the person goes; the record with the next commit. */
  forget(person: Person): void {
    for (const { number } of person.seen.chunks) person.chunksDeleted.push(number)
    const empty = newPerson(person.id, this.slots.length)
    person.states.fill(undefined)
    person.timers = empty.timers
    person.seen = empty.seen
    person.handoffs = empty.handoffs
    person.shared = false
    person.armed = NEVER
    this.touch(person)
  }

  /** What changed since the last commit, encoded into `writer`. */
  changes(table: SlotTable, writer: ByteWriter): StateChange[] {
    const list: StateChange[] = []
    for (const person of this.changed) {
      for (const number of person.chunksDeleted)
        list.push({ key: chunkKey(person.id, number), start: 0, end: -1, due: undefined })
      for (const chunk of person.chunksWritten) {
        if (!person.seen.chunks.includes(chunk)) continue
        const start = writer.length
        encodeChunk(chunk, writer)
        list.push({ key: chunkKey(person.id, chunk.number), start, end: writer.length, due: undefined })
      }
      const start = writer.length
      if (isEmpty(person)) list.push({ key: person.id, start, end: -1, due: undefined })
      else {
        encodePerson(person, this.slots, table, writer, false)
        list.push({ key: person.id, start, end: writer.length, due: firstTimer(person)?.due })
      }
    }
    return list
  }

  /** The changes are committed and applied. At most `most` people stay in memory, about. */
  applied(most: number): void {
    for (const person of this.changed) {
      person.dirty = false
      if (person.chunksWritten.length > 0) person.chunksWritten = []
      if (person.chunksDeleted.length > 0) person.chunksDeleted = []
      if (isEmpty(person)) this.table.delete(person)
    }
    if (this.changed.length > 0) this.changed = []
    if (this.table.size > most) this.evict()
    if (this.filter.full) this.filterAnew()
  }

  private readonly know = (key: number): void => this.filter.add(key)

  /** Without what was forgotten since. At most once in as many new events as there are keys. */
  private filterAnew(): void {
    let keys = 0
    this.table.forEach(({ seen }) => {
      keys += seen.chunks.length * CHUNK_EVENTS + seen.recentKeys.length
    })
    this.filter.clear(keys)
    this.table.forEach(({ seen }) => eachKey(seen, this.know))
  }

  /** Every other person leaves: simple, and rare enough not to matter. */
  private evict(): void {
    this.whole = false
    let keep = false
    this.table.forEach((person) => {
      keep = !keep
      if (!keep && person.inbox.length === 0) this.table.delete(person)
    })
  }

  private add(person: Person): Person {
    this.table.add(person)
    return person
  }
}

function missingChunk(id: string, number: number): never {
  throw new Error(`the state of ${id} names part ${number}, which the store does not have`)
}
