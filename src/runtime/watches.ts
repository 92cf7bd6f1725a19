/**
 * Who watches what in the world, for one partition: everybody in it, in memory or not, by the numbers of the index of people.
 *
 * 1. It is always whole: whoever watches has a record of it in the store, beside the person's own, and all of these are read at open.
 * 2. Rows in columns of numbers, each in the list of its person and in that of its entity: 24 bytes a watch, and nothing that the garbage
 *    collector walks, since a million people may watch.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import type { SlotTable } from './slot-table.ts'

const FEWEST = 64
const NONE = -1
/** Stands for whoever has something in the inbox: what happens in the world waits there, too. */
export const WAITING = ''
const VERSION = 1

export interface Watch {
  readonly slot: number
  readonly entity: string
}

const columnOf = (size: number): Int32Array => new Int32Array(size).fill(NONE)

function widened(column: Int32Array, size: number): Int32Array {
  const wider = columnOf(Math.max(2 * column.length, size))
  wider.set(column)
  return wider
}

export class Watches {
  /** People whose rows changed since they were written last. */
  readonly changed = new Set<number>()
  private entities = new Map<string, number>()
  private names: string[] = []
  private freeNames: number[] = []
  /** First row of each person, and of each entity. */
  private ofPerson = columnOf(FEWEST)
  private ofEntity = columnOf(FEWEST)
  private persons = columnOf(FEWEST)
  private things = columnOf(FEWEST)
  private slots = columnOf(FEWEST)
  private nextOfPerson = columnOf(FEWEST)
  private nextOfEntity = columnOf(FEWEST)
  private lastOfEntity = columnOf(FEWEST)
  private rows = 0
  private free: number[] = []

  clear(): void {
    this.changed.clear()
    this.entities = new Map()
    this.names = []
    this.freeNames = []
    this.ofPerson.fill(NONE)
    this.ofEntity.fill(NONE)
    this.rows = 0
    this.free = []
  }

  has(person: number): boolean {
    return person < this.ofPerson.length && this.ofPerson[person] !== NONE
  }

  isWatched(entity: string): boolean {
    return this.entities.has(entity)
  }

  set(person: number, slot: number, entity: string, on: boolean): void {
    const row = this.find(person, slot, entity)
    if (on === row >= 0) return
    this.changed.add(person)
    if (on) this.add(person, slot, entity)
    else this.remove(row)
  }

  /** All of one operator; `slot` undefined: of all. */
  drop(person: number, slot?: number): void {
    if (!this.has(person)) return
    for (const watch of this.of(person))
      if (watch.entity !== WAITING && (slot === undefined || watch.slot === slot))
        this.set(person, watch.slot, watch.entity, false)
  }

  of(person: number): readonly Watch[] {
    const list: Watch[] = []
    if (!this.has(person)) return list
    for (let row = this.ofPerson[person] as number; row >= 0; row = this.nextOfPerson[row] as number)
      list.push({ slot: this.slots[row] as number, entity: this.names[this.things[row] as number] as string })
    return list
  }

  /** The operators through which a person watches an entity, in the order of execution. */
  slotsOf(person: number, entity: string): readonly number[] {
    const thing = this.entities.get(entity)
    const slots: number[] = []
    if (thing === undefined || !this.has(person)) return slots
    for (let row = this.ofPerson[person] as number; row >= 0; row = this.nextOfPerson[row] as number)
      if (this.things[row] === thing) slots.push(this.slots[row] as number)
    return slots.sort((a, b) => a - b)
  }

  /** Who watches it, in any order; somebody may come twice. */
  watchersOf(entity: string): readonly number[] {
    const thing = this.entities.get(entity)
    const list: number[] = []
    if (thing === undefined) return list
    for (let row = this.ofEntity[thing] as number; row >= 0; row = this.nextOfEntity[row] as number)
      list.push(this.persons[row] as number)
    return list
  }

  /** What the store has of a person beside the person's own record. */
  encode(person: number, table: SlotTable, to: ByteWriter): void {
    const list = this.of(person).toSorted((a, b) => a.slot - b.slot || (a.entity < b.entity ? -1 : 1))
    to.byte(VERSION)
    to.uint(list.length)
    for (const { slot, entity } of list) {
      to.uint(table.numberOf[slot] as number)
      to.text(entity)
    }
  }

  decode(person: number, table: SlotTable, from: ByteReader): void {
    from.byte()
    for (let left = from.uint(); left > 0; left--) {
      const slot = table.slotOf[from.uint()]
      const entity = from.text()
      if (slot !== undefined && this.find(person, slot.index, entity) < 0)
        this.add(person, slot.index, entity)
    }
  }

  private find(person: number, slot: number, entity: string): number {
    const thing = this.entities.get(entity)
    if (thing === undefined || !this.has(person)) return NONE
    for (let row = this.ofPerson[person] as number; row >= 0; row = this.nextOfPerson[row] as number)
      if (this.things[row] === thing && this.slots[row] === slot) return row
    return NONE
  }

  private add(person: number, slot: number, entity: string): void {
    const row = this.free.pop() ?? this.rows++
    if (row === this.persons.length) this.grow()
    if (person >= this.ofPerson.length) this.ofPerson = widened(this.ofPerson, person + 1)
    const thing = this.thingOf(entity)
    this.persons[row] = person
    this.things[row] = thing
    this.slots[row] = slot
    this.nextOfPerson[row] = this.ofPerson[person] as number
    this.ofPerson[person] = row
    const first = this.ofEntity[thing] as number
    this.nextOfEntity[row] = first
    this.lastOfEntity[row] = NONE
    if (first >= 0) this.lastOfEntity[first] = row
    this.ofEntity[thing] = row
  }

  private remove(row: number): void {
    const person = this.persons[row] as number
    const thing = this.things[row] as number
    const following = this.nextOfPerson[row] as number
    if (this.ofPerson[person] === row) this.ofPerson[person] = following
    else {
      let at = this.ofPerson[person] as number
      while (this.nextOfPerson[at] !== row) at = this.nextOfPerson[at] as number
      this.nextOfPerson[at] = following
    }
    const next = this.nextOfEntity[row] as number
    const last = this.lastOfEntity[row] as number
    if (next >= 0) this.lastOfEntity[next] = last
    if (last >= 0) this.nextOfEntity[last] = next
    else this.ofEntity[thing] = next
    this.free.push(row)
    if (this.ofEntity[thing] !== NONE) return
    this.entities.delete(this.names[thing] as string)
    this.freeNames.push(thing)
  }

  private thingOf(entity: string): number {
    const known = this.entities.get(entity)
    if (known !== undefined) return known
    const thing = this.freeNames.pop() ?? this.names.length
    if (thing >= this.ofEntity.length) this.ofEntity = widened(this.ofEntity, thing + 1)
    this.names[thing] = entity
    this.ofEntity[thing] = NONE
    this.entities.set(entity, thing)
    return thing
  }

  private grow(): void {
    const size = 2 * this.persons.length
    this.persons = widened(this.persons, size)
    this.things = widened(this.things, size)
    this.slots = widened(this.slots, size)
    this.nextOfPerson = widened(this.nextOfPerson, size)
    this.nextOfEntity = widened(this.nextOfEntity, size)
    this.lastOfEntity = widened(this.lastOfEntity, size)
  }
}
