/**
 * Many small pieces of bytes in few large pages: a million people at rest are some hundred pages to the garbage collector, which looks
 * into none of them.
 *
 * 1. A place is a number: which page, and which unit of it. It stands until it is given back.
 * 2. Rooms have few sizes, at most an eighth apart, and a room that is given back serves the next of its size.
 * 3. A page of which all rooms were given back goes. Without that the pieces of people who grow all at once leave behind the rooms of every
 *    size that they ever had: eleven times what they take (measured, from 100 to 3,000 bytes in steps of 60).
 */
import { invariant } from './errors.ts'

const UNIT = 16
/** A room begins with the length of what is in it; while it is free, with the next free one of its size, the one before, and its size. */
const HEAD = 4
const BEFORE = 4
const SIZE = 8
const PAGE_MOST = 1 << 20
const PAGE_FEWEST = 1 << 13
const UNITS_PER_PAGE = PAGE_MOST / UNIT
/** Of a place: those that say which unit; and of a byte's position in its unit. */
const PLACE_BITS = 16
const UNIT_BITS = 4
/** What is larger gets a page of its own. */
const ROOM_MOST = PAGE_MOST / 16
const SIZES = sizeOf(ROOM_MOST / UNIT) + 1
const NO_BYTES = Buffer.alloc(0)
/** Places are kept in 32 bits. 32 GB, or so many pieces that have a page of their own. */
const PAGES_MAX = 2 ** 31 / UNITS_PER_PAGE

export class Slabs {
  /** Of all pages. */
  bytes = 0
  private readonly pages: Buffer[] = []
  /** By page: rooms that are not free, and units that rooms were cut from. */
  private readonly taken: number[] = []
  private readonly cut: number[] = []
  /** Places of free rooms by size: the first of a chain; -1: none. */
  private readonly free = new Int32Array(SIZES).fill(-1)
  private readonly freePages: number[] = []
  /** The page that rooms are cut from. */
  private page = -1

  clear(): void {
    this.bytes = 0
    this.pages.length = 0
    this.free.fill(-1)
    this.freePages.length = 0
    this.page = -1
  }

  /** Room for so many bytes. */
  take(length: number): number {
    const units = unitsOf(length)
    const place = units * UNIT > ROOM_MOST ? this.ownPage(units * UNIT) : this.room(units)
    this.pageOf(place).writeUInt32LE(length, atOf(place))
    return place
  }

  /** Room for so many bytes instead of those at `place`; what was there is lost. -1: nothing was. */
  takeInstead(place: number, length: number): number {
    if (place >= 0) {
      const before = this.lengthOf(place)
      const units = unitsOf(length)
      if (units * UNIT <= ROOM_MOST && sizeOf(unitsOf(before)) === sizeOf(units)) {
        this.pageOf(place).writeUInt32LE(length, atOf(place))
        return place
      }
      this.giveBack(place)
    }
    return this.take(length)
  }

  giveBack(place: number): void {
    const number = pageNumberOf(place)
    const page = this.pageOf(place)
    const units = unitsOf(this.lengthOf(place))
    if (units * UNIT > ROOM_MOST) {
      this.drop(number)
      return
    }
    const size = sizeOf(units)
    const next = this.free[size] as number
    const at = atOf(place)
    page.writeInt32LE(next, at)
    page.writeInt32LE(-1, at + BEFORE)
    page.writeInt32LE(size, at + SIZE)
    if (next >= 0) this.link(next, BEFORE, place)
    this.free[size] = place
    this.taken[number] = (this.taken[number] as number) - 1
    if (this.taken[number] === 0) this.empty(number)
  }

  /** The page in which the bytes of a place lie, from {@link startOf} on. */
  pageOf(place: number): Buffer {
    return this.pages[pageNumberOf(place)] as Buffer
  }

  startOf(place: number): number {
    return atOf(place) + HEAD
  }

  lengthOf(place: number): number {
    return this.pageOf(place).readUInt32LE(atOf(place))
  }

  private room(units: number): number {
    const size = sizeOf(units)
    const found = this.free[size] as number
    if (found >= 0) {
      this.unlink(found)
      this.count(found)
      return found
    }
    const wanted = unitsIn(size)
    const { page, cut } = this
    if (page < 0 || ((cut[page] as number) + wanted) * UNIT > (this.pages[page] as Buffer).length) {
      if (page >= 0 && this.taken[page] === 0) this.drop(page)
      this.page = this.newPage(
        Math.max(wanted * UNIT, Math.min(PAGE_MOST, Math.max(PAGE_FEWEST, this.bytes))),
      )
    }
    const unit = cut[this.page] as number
    cut[this.page] = unit + wanted
    const place = this.page * UNITS_PER_PAGE + unit
    this.count(place)
    return place
  }

  private count(place: number): void {
    const number = pageNumberOf(place)
    this.taken[number] = (this.taken[number] as number) + 1
  }

  /** All rooms of the page are free. */
  private empty(number: number): void {
    const page = this.pages[number] as Buffer
    const end = this.cut[number] as number
    for (let unit = 0; unit < end; ) {
      const size = page.readInt32LE(unit * UNIT + SIZE)
      this.unlink(number * UNITS_PER_PAGE + unit)
      unit += unitsIn(size)
    }
    this.cut[number] = 0
    if (number !== this.page) this.drop(number)
  }

  /** Takes a free room out of the chain of its size. */
  private unlink(place: number): void {
    const page = this.pageOf(place)
    const at = atOf(place)
    const next = page.readInt32LE(at)
    const before = page.readInt32LE(at + BEFORE)
    if (next >= 0) this.link(next, BEFORE, before)
    if (before >= 0) this.link(before, 0, next)
    else this.free[page.readInt32LE(at + SIZE)] = next
  }

  private link(place: number, field: number, other: number): void {
    this.pageOf(place).writeInt32LE(other, atOf(place) + field)
  }

  private ownPage(bytes: number): number {
    return this.newPage(bytes) * UNITS_PER_PAGE
  }

  private newPage(bytes: number): number {
    const number = this.freePages.pop() ?? this.pages.length
    invariant(number < PAGES_MAX, `${PAGES_MAX} pages of people are more than their places can say`)
    this.bytes += bytes
    this.pages[number] = Buffer.allocUnsafeSlow(bytes)
    this.taken[number] = 0
    this.cut[number] = 0
    return number
  }

  private drop(number: number): void {
    this.bytes -= (this.pages[number] as Buffer).length
    this.pages[number] = NO_BYTES
    this.freePages.push(number)
  }
}

const pageNumberOf = (place: number): number => place >> PLACE_BITS
/** Where in its page a room begins. */
const atOf = (place: number): number => (place & (UNITS_PER_PAGE - 1)) << UNIT_BITS

const unitsOf = (length: number): number => (length + HEAD + UNIT - 1) >> 4

/** The number of the smallest size that holds so many units: each up to 16, then eight to each doubling. */
function sizeOf(units: number): number {
  if (units <= 16) return units
  const most = units - 1
  const doublings = 31 - Math.clz32(most)
  return 17 + (doublings - 4) * 8 + ((most >> (doublings - 3)) & 7)
}

function unitsIn(size: number): number {
  return size <= 16 ? size : (9 + ((size - 17) & 7)) << (((size - 17) >> 3) + 1)
}
