/**
 * The people of one partition as its task holds them: who is in memory, who must be loaded, who changed and what their bytes are.
 *
 * 1. Memory is a part of the store's states, committed or changed since: whoever is not in it is asked for before a record or timer needs
 *    them. A task that began with nothing and let nobody go holds everybody, and asks for nobody.
 * 2. Whoever is in memory is there as bytes (`resting.ts`), and, while active, as an object as well; whoever has not been needed for long
 *    rests: the object goes, the bytes stay. What changed since the last commit is always an object.
 */
import { ByteReader, type ByteWriter, asciiText } from '../model/bytes.ts'
import type { Slot } from '../topology/plan.ts'
import { type Person, UNREAD, chunkKey, firstTimer, isEmpty, newPerson, watchesKey } from './person.ts'
import { PersonIndex } from './person-index.ts'
import { decodeState, encodePerson, recordWaits } from './person-record.ts'
import type { StateChange } from './ports/state-store.ts'
import { Resting } from './resting.ts'
import { SeenFilter } from './seen-filter.ts'
import { encodeChunk } from './seen.ts'
import { type SlotTable, slotTable } from './slot-table.ts'
import { TimerQueue } from './timer-queue.ts'
import { WAITING, Watches } from './watches.ts'

export interface PeopleBounds {
  /** People kept in memory beyond a commit, about. */
  readonly cachedPersonsMax: number
  /** Those of them who are objects, beside their bytes. */
  readonly activePersonsMax: number
}

/** What stands in the index of due timers for whoever watches: behind every time there is, so that an opening finds them all. */
export const WATCHES_DUE = 2 ** 51

export class People {
  /** People with something in their inbox. */
  readonly waiting = new Set<Person>()
  /** Of the keys that active people remember. */
  readonly filter = new SeenFilter()
  /** By the numbers of the index. */
  readonly timers: TimerQueue
  /** The same, of everybody in the store. */
  readonly watches = new Watches()
  /** Memory holds everybody whom the store has, so whoever is not in it is new: nothing needs to be asked for. */
  whole = false
  private readonly slots: readonly Slot[]
  private readonly index = new PersonIndex()
  private readonly resting: Resting
  private table: SlotTable
  /** By number. */
  private active: (Person | undefined)[] = []
  /** All of them, and some who are it no more. */
  private actives: Person[] = []
  private changed: Person[] = []
  /** Counts up each time that people go to rest. */
  private round = 0

  /** Whether any operator watches. */
  private readonly watchesKept: boolean

  constructor(slots: readonly Slot[]) {
    this.slots = slots
    this.watchesKept = slots.some(({ watches = [] }) => watches.length > 0)
    this.table = slotTable(slots, [])
    this.resting = new Resting(slots.length)
    this.timers = new TimerQueue((one, other) => this.index.before(one, other))
  }

  /** In memory. */
  get size(): number {
    return this.resting.size
  }

  /** Nobody is in memory; `whole`: nor in the store. */
  clear(whole: boolean, table: SlotTable): void {
    this.index.clear()
    this.timers.clear()
    this.watches.clear()
    this.resting.clear()
    this.waiting.clear()
    this.filter.clear(0)
    this.active = []
    this.actives = []
    this.changed = []
    this.whole = whole
    this.table = table
  }

  has(id: string): boolean {
    return this.whole || this.holds(this.index.findText(id))
  }

  hasBytes(buffer: Buffer, start: number, end: number): boolean {
    return this.whole || this.holds(this.index.find(buffer, start, end))
  }

  /** Undefined: to be loaded first. */
  of(id: string): Person | undefined {
    const number = this.index.findText(id)
    return number < 0 ? this.unknown(id) : this.at(number)
  }

  /** The person whose id is `buffer[start, end)`. */
  ofBytes(buffer: Buffer, start: number, end: number): Person | undefined {
    const number = this.index.find(buffer, start, end)
    return number < 0 ? this.unknown(asciiText(buffer, start, end)) : this.at(number)
  }

  /** The person of a number that a timer has. */
  at(number: number): Person | undefined {
    const person = this.active[number]
    if (person !== undefined) {
      person.used = this.round
      return person
    }
    if (this.resting.has(number))
      return this.wake(this.resting.person(this.index.id(number), number, this.table), number)
    return this.whole ? this.wake(newPerson(this.index.id(number), this.slots.length), number) : undefined
  }

  /** Ids of those with due timers who are to be loaded first. */
  dueElsewhere(limit: number, most: number): readonly string[] {
    const due = this.timers.peek(limit, most)
    return due.filter((number) => !this.holds(number)).map((number) => this.index.id(number))
  }

  /**
   * Who watches an entity, and who has something waiting, each once, in the order of their ids, from behind `after` on. A million ids take
   * a second to sort: ask once.
   */
  watchers(entity: string, after: string): readonly number[] {
    const { index, watches } = this
    const waiting = [...this.waiting].filter(({ inbox }) => inbox.length > 0).map(({ number }) => number)
    const all = new Set([...watches.watchersOf(entity), ...watches.watchersOf(WAITING), ...waiting])
    const ids = new Map([...all].map((number) => [number, index.id(number)]))
    const idOf = (number: number): string => ids.get(number) as string
    const behind = after === '' ? [...all] : [...all].filter((number) => idOf(number) > after)
    return behind.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  }

  /** Whether that still is so: the number of somebody who is forgotten is nobody's. */
  isConcerned(number: number, entity: string): boolean {
    const { watches } = this
    if (watches.slotsOf(number, entity).length > 0 || watches.slotsOf(number, WAITING).length > 0) return true
    return (this.active[number]?.inbox.length ?? 0) > 0
  }

  /** Ids of those of them who are to be loaded first. */
  elsewhere(numbers: readonly number[]): readonly string[] {
    return numbers.filter((number) => !this.holds(number)).map((number) => this.index.id(number))
  }

  /** What a person watches, from the bytes of the store. */
  loadWatches(id: string, bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.watches.decode(this.index.put(id), this.table, new ByteReader(bytes))
  }

  armed(id: string, due: number): void {
    this.timers.arm(this.index.put(id), due)
  }

  /** From the bytes of the store, with the parts of the person by number; undefined: the store knows nobody of that name. */
  load(id: string, bytes: Buffer | undefined, chunks: ReadonlyMap<number, Buffer>): void {
    const number = this.index.put(id)
    if (this.holds(number)) return
    if (bytes === undefined) {
      this.wake(newPerson(id, this.slots.length), number)
      return
    }
    this.resting.load(number, id, bytes, chunks)
    if (!recordWaits(bytes, 0)) return
    const person = this.at(number)
    if (person !== undefined) this.waiting.add(person)
  }

  /** What an operator remembers of an active person; undefined: nothing. */
  stateOf(person: Person, slot: Slot): unknown {
    const state = person.states[slot.index]
    if (state !== UNREAD) return state
    const read = decodeState(this.bytesOf(person) as ByteReader, this.table, slot)
    person.states[slot.index] = read
    return read
  }

  touch(person: Person): void {
    if (person.dirty) return
    person.dirty = true
    this.changed.push(person)
  }

  /** Everything of the person goes, but for what waits to be worked off; the record with the next commit. */
  forget(person: Person): void {
    for (const chunk of person.seen.chunks) person.chunksDeleted.push(chunk)
    this.watches.drop(person.number)
    const empty = newPerson(person.id, this.slots.length)
    person.states.fill(undefined)
    person.timers = empty.timers
    person.seen = empty.seen
    person.shared = false
    this.touch(person)
  }

  /** For a handoff: see {@link encodePerson}. */
  encodeInline(person: Person, writer: ByteWriter): void {
    encodePerson(person, this.slots, this.table, writer, true, this.bytesOf(person))
  }

  /** What changed since the last commit, encoded into `writer`; kept as the bytes of those people. */
  changes(writer: ByteWriter): StateChange[] {
    const list: StateChange[] = []
    this.watchChanges(list, writer)
    for (const person of this.changed) {
      for (const chunk of person.chunksDeleted) {
        list.push({ key: chunkKey(person.id, chunk.number), start: 0, end: -1, due: undefined })
        this.resting.dropChunk(chunk)
      }
      for (const chunk of person.chunksWritten) {
        if (!person.seen.chunks.includes(chunk)) continue
        const start = writer.length
        encodeChunk(person.seen, chunk, writer)
        this.resting.keepChunk(chunk, writer.buffer, start, writer.length)
        list.push({ key: chunkKey(person.id, chunk.number), start, end: writer.length, due: undefined })
      }
      const start = writer.length
      if (isEmpty(person)) {
        this.resting.drop(person.number)
        list.push({ key: person.id, start, end: -1, due: undefined })
      } else {
        encodePerson(person, this.slots, this.table, writer, false, this.bytesOf(person))
        this.resting.keep(person, writer.buffer, start, writer.length)
        list.push({ key: person.id, start, end: writer.length, due: firstTimer(person)?.due })
      }
    }
    return list
  }

  private watchChanges(list: StateChange[], writer: ByteWriter): void {
    const { watches, index } = this
    if (this.watchesKept)
      for (const { number, inbox } of this.changed) watches.set(number, 0, WAITING, inbox.length > 0)
    for (const number of watches.changed) {
      const start = writer.length
      const key = watchesKey(index.id(number))
      if (watches.has(number)) {
        watches.encode(number, this.table, writer)
        list.push({ key, start, end: writer.length, due: WATCHES_DUE })
      } else list.push({ key, start, end: -1, due: undefined })
    }
  }

  /** The changes are committed and applied. */
  applied({ cachedPersonsMax, activePersonsMax }: PeopleBounds): void {
    for (const person of this.changed) {
      person.dirty = false
      person.changedSlots = 0
      if (person.chunksWritten.length > 0) person.chunksWritten = []
      if (person.chunksDeleted.length > 0) person.chunksDeleted = []
      if (isEmpty(person)) {
        this.timers.disarm(person.number)
        this.rest(person)
      }
    }
    if (this.changed.length > 0) this.changed = []
    // Whose watches changed is active, and gives the number back when that ends.
    this.watches.changed.clear()
    for (const person of this.waiting) if (person.inbox.length === 0) this.waiting.delete(person)
    const mostActive = Math.min(activePersonsMax, cachedPersonsMax)
    if (this.actives.length > mostActive) this.restOthers(mostActive)
    if (this.size > cachedPersonsMax) this.evict(cachedPersonsMax)
    if (this.filter.full) this.filterAnew()
  }

  private holds(number: number): boolean {
    return number >= 0 && (this.active[number] !== undefined || this.resting.has(number))
  }

  private unknown(id: string): Person | undefined {
    return this.whole ? this.wake(newPerson(id, this.slots.length), this.index.put(id)) : undefined
  }

  private bytesOf(person: Person): ByteReader | undefined {
    return this.resting.has(person.number) ? this.resting.record(person.number) : undefined
  }

  private wake(person: Person, number: number): Person {
    person.number = number
    person.used = this.round
    while (this.active.length <= number) this.active.push(undefined)
    this.active[number] = person
    this.actives.push(person)
    for (const key of person.seen.keys) this.filter.add(key)
    return person
  }

  /** The object goes. */
  private rest(person: Person): void {
    const { number } = person
    this.active[number] = undefined
    person.number = -1
    this.release(number)
  }

  /** The number goes, if nothing has it any more. */
  private release(number: number): void {
    if (!this.holds(number) && !this.timers.isArmed(number) && !this.watches.has(number))
      this.index.delete(number)
  }

  /** Whoever was not needed since the last time; then every other one, until they are few enough. */
  private restOthers(most: number): void {
    const last = this.round++
    this.restUnless(({ used }) => used === last)
    while (this.actives.length > most) {
      const before = this.actives.length
      let stays = true
      this.restUnless(() => (stays = !stays))
      if (this.actives.length === before) return
    }
  }

  private restUnless(stays: (person: Person) => boolean): void {
    this.actives = this.actives.filter((person) => {
      if (person.number < 0) return false
      if (person.inbox.length > 0 || stays(person)) return true
      this.rest(person)
      return false
    })
  }

  /** Who rests leaves memory, until three quarters of `most` are left. */
  private evict(most: number): void {
    this.whole = false
    for (const number of this.resting.some(this.size - ((3 * most) >> 2))) {
      if (this.active[number] !== undefined) continue
      this.resting.dropWhole(number)
      this.release(number)
    }
  }

  /** Without what was forgotten since. At most once in as many new events as there are keys. */
  private filterAnew(): void {
    let keys = 0
    for (const { number, seen } of this.actives) if (number >= 0) keys += seen.keys.length
    this.filter.clear(keys)
    for (const { number, seen } of this.actives)
      if (number >= 0) for (const key of seen.keys) this.filter.add(key)
  }
}
