/**
 * The people in memory, found by the bytes of their id: so that a record needs no string of its own key. A hash table whose chains run
 * through the people themselves (`hash`, `next`), which costs a person 16 bytes and a place.
 *
 * Measured at 10,000 people, Node 20: 74 ns a look-up, where a Map asked with a string made of the bytes takes 130 and leaves the string.
 */
import type { Person } from './person.ts'

/** An id is a hash already (`partition.ts`), so its first characters spread well; the others tell apart who shares them. */
const HASHED = 8
const FEWEST = 64

export class PersonTable {
  size = 0
  private places: (Person | undefined)[] = emptyPlaces(FEWEST)

  clear(): void {
    this.size = 0
    this.places = emptyPlaces(FEWEST)
  }

  get(id: string): Person | undefined {
    const hash = hashOfText(id)
    let person = this.places[hash & (this.places.length - 1)]
    while (person !== undefined && (person.hash !== hash || person.id !== id)) person = person.next
    return person
  }

  /** The person whose id is `buffer[start, end)`. */
  find(buffer: Buffer, start: number, end: number): Person | undefined {
    let hash = end - start
    const hashed = Math.min(end, start + HASHED)
    for (let at = start; at < hashed; at++) hash = mixed(hash, buffer[at] as number)
    hash = finished(hash)
    let person = this.places[hash & (this.places.length - 1)]
    while (person !== undefined && (person.hash !== hash || !isId(person.id, buffer, start, end)))
      person = person.next
    return person
  }

  /** Of somebody who is not in it. */
  add(person: Person): void {
    if (this.size === this.places.length) this.grow()
    this.size++
    person.hash = hashOfText(person.id)
    this.put(person)
  }

  delete(person: Person): void {
    const place = person.hash & (this.places.length - 1)
    const first = this.places[place]
    if (first === person) this.places[place] = person.next
    else {
      let before = first
      while (before !== undefined && before.next !== person) before = before.next
      if (before === undefined) return
      before.next = person.next
    }
    person.next = undefined
    this.size--
  }

  /** Everybody, in no particular order; whoever is called may be deleted meanwhile. */
  forEach(call: (person: Person) => void): void {
    for (const first of this.places) {
      let person = first
      while (person !== undefined) {
        const { next }: Person = person
        call(person)
        person = next
      }
    }
  }

  private put(person: Person): void {
    const place = person.hash & (this.places.length - 1)
    person.next = this.places[place]
    this.places[place] = person
  }

  private grow(): void {
    const before = this.places
    this.places = emptyPlaces(2 * before.length)
    for (const first of before) {
      let person = first
      while (person !== undefined) {
        const { next }: Person = person
        this.put(person)
        person = next
      }
    }
  }
}

const emptyPlaces = (count: number): (Person | undefined)[] =>
  Array.from<Person | undefined>({ length: count }).fill(undefined)

const mixed = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)
const finished = (hash: number): number => hash ^ (hash >>> 15)

function hashOfText(id: string): number {
  let hash = id.length
  const hashed = Math.min(id.length, HASHED)
  for (let i = 0; i < hashed; i++) hash = mixed(hash, id.charCodeAt(i))
  return finished(hash)
}

function isId(id: string, buffer: Buffer, start: number, end: number): boolean {
  const size = end - start
  if (id.length !== size) return false
  for (let i = 0; i < size; i++) if (id.charCodeAt(i) !== buffer[start + i]) return false
  return true
}
