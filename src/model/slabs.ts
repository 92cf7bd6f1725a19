/**
 * Many small pieces of bytes in few large pages: a million people at rest are some hundred pages to the garbage collector, which looks
 * into none of them.
 *
 * 1. A place is a number: which page, and which unit of it. It stands until it is given back.
 * 2. Rooms have few sizes, at most an eighth apart, and a room that is given back serves the next of its size. Pages stay.
 */

const UNIT = 16
/** A room begins with the length of what is in it; while it is free, with the next free one of its size. */
const HEAD = 4
const PAGE_MOST = 1 << 20
const PAGE_FEWEST = 1 << 13
const UNITS_PER_PAGE = PAGE_MOST / UNIT
/** What is larger gets a page of its own. */
const ROOM_MOST = PAGE_MOST / 16
const SIZES = sizeOf(ROOM_MOST / UNIT) + 1
const NO_BYTES = Buffer.alloc(0)

export class Slabs {
  /** Of all pages. */
  bytes = 0
  private readonly pages: Buffer[] = []
  /** Places of free rooms by size: the first of a chain; -1: none. */
  private readonly free = new Int32Array(SIZES).fill(-1)
  private readonly freePages: number[] = []
  /** The page that rooms are cut from, and its first unit that is not. */
  private page = -1
  private unit = 0

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
    this.pageOf(place).writeUInt32LE(length, (place % UNITS_PER_PAGE) * UNIT)
    return place
  }

  /** Room for so many bytes instead of those at `place`; what was there is lost. -1: nothing was. */
  takeInstead(place: number, length: number): number {
    if (place >= 0) {
      const before = this.lengthOf(place)
      const units = unitsOf(length)
      if (units * UNIT <= ROOM_MOST && sizeOf(unitsOf(before)) === sizeOf(units)) {
        this.pageOf(place).writeUInt32LE(length, (place % UNITS_PER_PAGE) * UNIT)
        return place
      }
      this.giveBack(place)
    }
    return this.take(length)
  }

  giveBack(place: number): void {
    const number = Math.floor(place / UNITS_PER_PAGE)
    const units = unitsOf(this.lengthOf(place))
    if (units * UNIT > ROOM_MOST) {
      this.bytes -= this.pageOf(place).length
      this.pages[number] = NO_BYTES
      this.freePages.push(number)
      return
    }
    const size = sizeOf(units)
    this.pageOf(place).writeInt32LE(this.free[size] as number, (place % UNITS_PER_PAGE) * UNIT)
    this.free[size] = place
  }

  /** The page in which the bytes of a place lie, from {@link startOf} on. */
  pageOf(place: number): Buffer {
    return this.pages[Math.floor(place / UNITS_PER_PAGE)] as Buffer
  }

  startOf(place: number): number {
    return (place % UNITS_PER_PAGE) * UNIT + HEAD
  }

  lengthOf(place: number): number {
    return this.pageOf(place).readUInt32LE((place % UNITS_PER_PAGE) * UNIT)
  }

  private room(units: number): number {
    const size = sizeOf(units)
    const place = this.free[size] as number
    if (place >= 0) {
      this.free[size] = this.pageOf(place).readInt32LE((place % UNITS_PER_PAGE) * UNIT)
      return place
    }
    const wanted = unitsIn(size)
    if (this.page < 0 || (this.unit + wanted) * UNIT > (this.pages[this.page] as Buffer).length) {
      this.page = this.newPage(
        Math.max(wanted * UNIT, Math.min(PAGE_MOST, Math.max(PAGE_FEWEST, this.bytes))),
      )
      this.unit = 0
    }
    const cut = this.page * UNITS_PER_PAGE + this.unit
    this.unit += wanted
    return cut
  }

  private ownPage(bytes: number): number {
    return this.newPage(bytes) * UNITS_PER_PAGE
  }

  private newPage(bytes: number): number {
    this.bytes += bytes
    const page = Buffer.allocUnsafeSlow(bytes)
    const number = this.freePages.pop()
    if (number === undefined) return this.pages.push(page) - 1
    this.pages[number] = page
    return number
  }
}

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
