/**
 * Who visits the shop, when, and what is done there. Visits are a Poisson process; of each all events are planned when it begins, and
 * wait in a heap until they are delivered, some up to five seconds late.
 *
 * 1. A visit is whole: the last of a phase is as short as it must be for the phase to have exactly its number of events, so that no
 *    checkout is left without its order.
 * 2. Who checks out has said who it is: checkout and order are of one person.
 * 3. No two events of one person have the same time: those of a visit are a second apart, and visits that overlap differ in the
 *    last three bits.
 * 4. While somebody checks out and orders, nothing that was added turns an hour old: the job calls such a cart left behind, and the
 *    product, whose clock starts anew with a checkout, does not. A checkout before such an order is a look at the cart instead.
 */
import { ABANDONED_MS, createRecentAdds, type RecentAdds } from './recent-adds.ts'
import { Random } from './random.ts'
import { cookieOf, nameOf } from './words.ts'

export const TYPES = [
  'product.viewed',
  'product.added',
  'cart.viewed',
  'checkout.started',
  'order.completed',
] as const
export const VIEWED = 0
export const ADDED = 1
export const CART_VIEWED = 2
export const CHECKOUT = 3
export const ORDERED = 4

/** 2025-01-01T00:00:00Z */
export const BEGIN = 1_735_689_600_000
const DAY_MS = 86_400_000
/** How far behind the newest event of its partition an event may be. */
export const DELAY_MS_MAX = 5000
const VISITS_A_DAY = 2
const EVENTS_LEAST = 3
const EVENTS_MOST = 12
const PAUSE_MS_MEAN = 45_000
const PAUSE_MS_MOST = 480_000
/** Bits of a time that tell visits of one person apart. */
const PLACES = 8

export interface Visit {
  readonly cookie: Buffer
  /** Undefined: nobody knows who it is. */
  readonly userId: Buffer | undefined
  readonly basket: Buffer
  readonly source: Buffer
  /** The first so many events do not say the user. */
  readonly anonymous: number
}

export interface Planned {
  readonly time: number
  readonly deliverAt: number
  readonly order: number
  readonly visit: Visit
  readonly index: number
  readonly type: number
}

/** What is planned until the next bell. */
export interface Phase {
  readonly events: number
  /** Every visit by somebody who was never there before: a page, and something into the cart; visits begin evenly, so far apart. */
  readonly newEveryMs?: number
}

const NEW_TYPES = [VIEWED, ADDED]
export const EVENTS_OF_NEW = NEW_TYPES.length
const SOURCES = ['web', 'ios', 'android'].map((name) => Buffer.from(name))

export class Visits {
  readonly random: Random
  private readonly users: number
  private readonly weights: Float64Array
  private readonly visitsOf: Uint8Array
  private readonly adds: RecentAdds = createRecentAdds()
  private readonly heap: Planned[] = []
  private nextVisitAt = BEGIN
  private planned = 0
  private phase: Phase = { events: 0 }
  /** Events left to plan of this phase. */
  private left = 0
  /** Numbers of people from there on were never drawn. */
  private nobody: number
  private nextNewAt = 0
  private now = BEGIN

  constructor(seed: number, users: number) {
    this.random = new Random(seed)
    this.users = this.nobody = users
    this.weights = new Float64Array(users)
    this.visitsOf = new Uint8Array(users)
    let sum = 0
    for (let rank = 0; rank < users; rank++) {
      sum += (rank + 1 + users / 100) ** -0.8
      this.weights[rank] = sum
    }
  }

  begin(phase: Phase): void {
    this.phase = phase
    this.left = phase.events
    this.nextNewAt = this.nextVisitAt
  }

  /** The time that it is: of the newest event that was delivered, or of its delivery. */
  get time(): number {
    return this.now
  }

  /** The next event to be delivered; undefined: the phase is over. */
  next(): Planned | undefined {
    while (this.left > 0 && (this.heap[0]?.deliverAt ?? this.nextVisitAt) >= this.nextVisitAt) {
      this.plan(this.nextVisitAt)
      this.nextVisitAt += this.untilNext()
    }
    const next = take(this.heap)
    if (next !== undefined && next.deliverAt > this.now) this.now = next.deliverAt
    return next
  }

  /** Moves on by so much of event time without a visit; the time that it is then. */
  rest(ms: number): number {
    this.now = Math.max(this.now, this.nextVisitAt) + ms
    this.nextVisitAt = this.now + 1
    return this.now
  }

  private untilNext(): number {
    const { newEveryMs } = this.phase
    if (newEveryMs === undefined)
      return 1 + Math.floor(this.random.exponential(DAY_MS / (this.users * VISITS_A_DAY)))
    this.nextNewAt += newEveryMs
    return Math.floor(this.nextNewAt) - this.nextVisitAt
  }

  /** A page and something into the cart, two seconds later at most; nothing is delivered late. */
  private planNew(startAt: number): void {
    const visit = this.visitOf(this.nobody++, NEW_TYPES.length)
    const pause = 1 + this.random.below(2000)
    for (const [index, type] of NEW_TYPES.slice(0, this.left).entries()) {
      const time = startAt + index * pause
      put(this.heap, { time, deliverAt: time, order: this.planned++, visit, index, type })
    }
    this.left -= Math.min(this.left, NEW_TYPES.length)
  }

  private plan(startAt: number): void {
    const { random } = this
    if (this.phase.newEveryMs !== undefined) {
      this.planNew(startAt)
      return
    }
    const user = this.drawUser()
    const count = Math.min(EVENTS_LEAST + random.below(EVENTS_MOST - EVENTS_LEAST + 1), this.left)
    this.left -= count
    const visit = this.visitOf(user, count)
    const adds = count >= EVENTS_LEAST && random.uniform() < 0.3
    const orders = adds && random.uniform() < 0.35
    const add = adds ? 1 + random.below(count - 2) : count
    const place = (this.visitsOf[user] as number) % PLACES
    this.visitsOf[user] = place + 1
    let at = startAt
    const events: Planned[] = []
    for (let index = 0; index < count; index++) {
      const type = this.typeOf(index, count, add, orders)
      const time = at - (at % PLACES) + place
      const delay = random.below(10) < 3 ? random.below(DELAY_MS_MAX) : 0
      events.push({ time, deliverAt: time + delay, order: this.planned++, visit, index, type })
      at += 1000 + Math.floor(Math.min(PAUSE_MS_MOST, random.exponential(PAUSE_MS_MEAN)))
    }
    const looks = this.addTurnsOld(user, startAt, events)
    for (const event of events)
      put(this.heap, looks && event.type === CHECKOUT ? { ...event, type: CART_VIEWED } : event)
    const added = events.filter(({ type }) => type === ADDED).map(({ time }) => time)
    this.adds.saw(user, added, startAt)
  }

  /**
   * Whether something added less than an hour before the checkout is an hour old when the order comes. Visits that began before are
   * looked through. This one and those yet to begin can add such a thing only where the order comes an hour after its visit began;
   * that counts as if one did.
   */
  private addTurnsOld(user: number, startAt: number, events: readonly Planned[]): boolean {
    const checkout = events.at(-2)
    const order = events.at(-1)
    if (checkout?.type !== CHECKOUT || order === undefined) return false
    const hourBeforeOrder = order.time - ABANDONED_MS
    return (
      hourBeforeOrder >= startAt - PLACES ||
      this.adds.between(user, checkout.time - ABANDONED_MS, hourBeforeOrder)
    )
  }

  /** By Zipf's law, flattened at its head. */
  private drawUser(): number {
    const { weights } = this
    const at = this.random.uniform() * (weights[weights.length - 1] as number)
    let low = 0
    let high = weights.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((weights[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Half of the users are known, half of those have two cookies; one in ten of their visits begins without the user. */
  private visitOf(user: number, count: number): Visit {
    const { random } = this
    random.mix(user, 12_345)
    const { hi, lo } = random
    const known = (lo & 1) === 0
    const second = known && (lo & 2) === 0 && random.below(2) === 1
    const mixed = (salt: number): readonly [number, number] => {
      random.mix(hi + salt, lo)
      return [random.hi, random.lo]
    }
    const cookie = cookieOf(mixed(second ? 1 : 0), mixed(second ? 3 : 2))
    const userId = known ? nameOf('usr_', random, hi, lo ^ 77) : undefined
    const drawn = (): readonly [number, number] => {
      random.draw()
      return [random.hi, random.lo]
    }
    const startsAnonymous = count > 2 && random.below(10) === 0
    return {
      cookie,
      userId,
      basket: cookieOf(drawn(), drawn()),
      source: SOURCES[second ? 1 + ((lo >>> 8) & 1) : 0] as Buffer,
      anonymous: known && startsAnonymous ? 1 + random.below(count - 2) : 0,
    }
  }

  private typeOf(index: number, count: number, add: number, orders: boolean): number {
    const { random } = this
    if (index === 0) return VIEWED
    if (index === add) return ADDED
    if (orders && index === count - 1) return ORDERED
    if (orders && index === count - 2 && index > add) return CHECKOUT
    if (index < add) return random.below(100) < 85 ? VIEWED : CART_VIEWED
    const drawn = random.below(10)
    if (drawn < 3) return ADDED
    return drawn < 6 ? CART_VIEWED : VIEWED
  }
}

const before = (one: Planned, other: Planned): boolean =>
  one.deliverAt < other.deliverAt || (one.deliverAt === other.deliverAt && one.order < other.order)

function put(heap: Planned[], event: Planned): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Planned
    if (!before(event, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = event
}

function take(heap: Planned[]): Planned | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && before(heap[below + 1] as Planned, heap[below] as Planned)) below++
    if (!before(heap[below] as Planned, last)) break
    heap[at] = heap[below] as Planned
    at = below
  }
  heap[at] = last
  return first
}
