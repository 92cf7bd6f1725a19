/**
 * What must come out of the job, the naive way: everybody's events in a list, sorted by time, looked at from front to back. A line is one
 * output in a form that all engines are brought to.
 */
import { ADDED, CART_VIEWED, type Facts, type LoadedRecord, ORDERED, VIEWED } from './load.ts'
import { ABANDONED_MS } from './load/recent-adds.ts'
import { TIMES_FROM } from './raw/tally.ts'

export const GAP_MS = 30 * 60_000
export const CAP_MS = 24 * 3_600_000
const LATENESS_MS = 10_000

export interface SessionFacts {
  readonly person: string
  /** The due time: behind the last event and the gap. */
  readonly time: number
  readonly first: number
  readonly last: number
  readonly count: number
  readonly pages: number
  readonly cents: number
  /** Which of the person's sessions, from 1. */
  readonly n: number
}

export interface CartFacts {
  readonly person: string
  readonly time: number
  readonly product: string
  readonly basket: string
}

export const sessionLine = ({ person, time, first, last, count, pages, cents, n }: SessionFacts): string =>
  `session ${person} ${time} ${first} ${last} ${count} ${pages} ${cents} ${n}`
export const cartLine = (kind: 'abandoned' | 'offer', { person, time, product, basket }: CartFacts): string =>
  `${kind} ${person} ${time} ${product} ${basket}`

export interface Counts {
  readonly sessions: number
  /** Abandoned carts, and offers made. */
  readonly offers: number
}

/** One event, without what the rules do not ask. */
interface Seen {
  readonly time: number
  readonly type: number
  readonly cents: number
  readonly product: string
  readonly basket: string
}

export class Oracle {
  records = 0
  undecodable = 0
  /** Sums over what can be decoded, by which a loop that writes nothing is checked: see `raw/tally.ts`. */
  seconds = 0
  letters = 0
  private readonly people = new Map<string, Seen[]>()
  private readonly newest: number[]

  constructor(partitions: number) {
    this.newest = Array.from({ length: partitions }, () => Number.NEGATIVE_INFINITY)
  }

  see({ partition, facts }: LoadedRecord): void {
    this.records++
    if (facts === undefined) {
      this.undecodable++
      return
    }
    this.seconds += Math.floor((facts.time - TIMES_FROM) / 1000)
    this.letters += facts.person.length
    if (facts.time > (this.newest[partition] as number)) this.newest[partition] = facts.time
    const seen = this.people.get(facts.person)
    if (seen === undefined) this.people.set(facts.person, [seenOf(facts)])
    else seen.push(seenOf(facts))
  }

  get decoded(): number {
    return this.records - this.undecodable
  }

  get peopleCount(): number {
    return this.people.size
  }

  get watermark(): number {
    return Math.min(...this.newest) - LATENESS_MS
  }

  /** Every line that is due by now goes to `tell`. */
  expect(tell: (line: string) => void = () => {}): Counts {
    const { watermark } = this
    let sessions = 0
    let offers = 0
    for (const [person, seen] of this.people) {
      seen.sort((a, b) => a.time - b.time)
      for (const session of sessionsOf(person, seen)) {
        if (session.time > watermark) continue
        sessions++
        tell(sessionLine(session))
      }
      let offeredAt = Number.NEGATIVE_INFINITY
      for (const cart of abandonedOf(person, seen)) {
        if (cart.time > watermark) break
        offers++
        tell(cartLine('abandoned', cart))
        if (cart.time - offeredAt < CAP_MS) continue
        offeredAt = cart.time
        offers++
        tell(cartLine('offer', cart))
      }
    }
    return { sessions, offers }
  }

  /** What was added at this very time, for outputs that do not say it; undefined: nothing. */
  addedAt(person: string, time: number): CartFacts | undefined {
    const found = this.people.get(person)?.find((event) => event.type === ADDED && event.time === time)
    return found === undefined ? undefined : { person, time, product: found.product, basket: found.basket }
  }
}

const isCart = (type: number): boolean => type === ADDED || type === ORDERED

function seenOf({ time, type, cents, product, basket }: Facts): Seen {
  if (type !== ADDED) return { time, type, cents, product: '', basket: '' }
  return { time, type, cents, product: product.toString('latin1'), basket: basket.toString('latin1') }
}

function* sessionsOf(person: string, seen: readonly Seen[]): Generator<SessionFacts> {
  let n = 0
  for (let from = 0; from < seen.length; ) {
    let to = from + 1
    while (to < seen.length && (seen[to] as Seen).time - (seen[to - 1] as Seen).time <= GAP_MS) to++
    const events = seen.slice(from, to)
    const { time: last } = events.at(-1) as Seen
    yield {
      person,
      time: last + GAP_MS + 1,
      first: (events[0] as Seen).time,
      last,
      count: events.length,
      pages: events.filter(({ type }) => type === VIEWED || type === CART_VIEWED).length,
      cents: events.reduce((sum, { cents }) => sum + cents, 0),
      n: ++n,
    }
    from = to
  }
}

/** Each add that no add and no order follows within the hour. */
function* abandonedOf(person: string, seen: readonly Seen[]): Generator<CartFacts> {
  const moments = seen.filter(({ type }) => isCart(type))
  for (const [i, { type, time, product, basket }] of moments.entries()) {
    const next = moments[i + 1]
    if (type !== ADDED || (next !== undefined && next.time < time + ABANDONED_MS)) continue
    yield { person, time: time + ABANDONED_MS, product, basket }
  }
}
