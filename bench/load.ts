/**
 * The load of the bench: the same settings give the same bytes, every time. bench/README.md says what it is a model of.
 *
 * A phase is a number of events and a *bell*: one event on every partition, three hours on, after which every session and every cart of
 * the phase is due. One record in a thousand cannot be decoded, in one of four ways; an order is let off, and the next record taken.
 */
import { partitionOfKey } from '../src/adapters/kafka/wire/partitioner.ts'
import { Random } from './load/random.ts'
import {
  ADDED,
  CHECKOUT,
  EVENTS_OF_NEW,
  ORDERED,
  type Phase,
  type Planned,
  TYPES,
  VIEWED,
  Visits,
} from './load/visits.ts'
import {
  cookieOf,
  createCatalogue,
  NAME_LETTERS,
  type Product,
  PRODUCTS,
  writeLetters,
} from './load/words.ts'

export interface LoadOptions {
  readonly seed: number
  readonly users: number
  readonly partitions: number
  /** Of the writer schema in the registry. */
  readonly schemaId: number
}

/** What an event says, for the oracle. */
export interface Facts {
  /** The user if the event says one, else the cookie. */
  readonly person: string
  readonly type: number
  readonly time: number
  /** Of what was added: price times quantity. */
  readonly cents: number
  readonly product: Buffer
  readonly basket: Buffer
}

/** One record. The buffers are views, valid until the following one. */
export interface LoadedRecord {
  readonly partition: number
  readonly time: number
  readonly key: Buffer
  readonly value: Buffer
  /** Undefined: it cannot be decoded. */
  readonly facts: Facts | undefined
}

/** No registry has it: what it names cannot be decoded. */
export const UNKNOWN_SCHEMA_ID = 2_000_000_099
const BELL_MS = 3 * 3_600_000
const SPOILT_EVERY = 1000
const ID_LETTERS = 26
const HEADER_BYTES = 5
const RECORD_BYTES_MAX = 1024
const TYPE_BYTES = TYPES.map((type) => Buffer.from(type))
const USER_ID = Buffer.from('user_id')
/** No topology declares it, so it stays in the event and identifies nobody. */
const DEVICE_COOKIE = Buffer.from('device_cookie')
const ANONYMOUS_ID = Buffer.from('anonymous_id')
const EUR = Buffer.from('EUR')
const WEB = Buffer.from('web')

interface Said {
  readonly cookie: Buffer
  readonly userId: Buffer | undefined
  readonly basket: Buffer
  readonly source: Buffer
  readonly type: number
  readonly time: number
}

export class Load {
  private readonly options: LoadOptions
  private readonly visits: Visits
  private readonly random: Random
  private readonly catalogue: readonly Product[]
  private readonly buffer = Buffer.alloc(RECORD_BYTES_MAX)
  private at = 0
  private sinceSpoilt = 0

  constructor(options: LoadOptions) {
    this.options = options
    this.visits = new Visits(options.seed, options.users)
    this.random = this.visits.random
    this.catalogue = createCatalogue(new Random(0))
  }

  /** So many events, then the bell: `events + partitions` records. */
  *phase(events: number): Generator<LoadedRecord, void, undefined> {
    yield* this.planned({ events })
    yield* this.bells(BELL_MS)
  }

  /** So many people who were never there before come once, within so much time; then life goes on, without a bell. */
  *newcomers(people: number, withinMs: number): Generator<LoadedRecord, void, undefined> {
    yield* this.planned({ events: people * EVENTS_OF_NEW, newEveryMs: withinMs / people })
    this.visits.rest(0)
  }

  /** Without end and without bells, until {@link finish}: then visits that have begun come to their end. */
  *live(): Generator<LoadedRecord, void, undefined> {
    yield* this.planned({ events: Number.POSITIVE_INFINITY })
    this.visits.rest(0)
  }

  /** Nobody begins a visit any more. */
  finish(): void {
    this.visits.begin({ events: 0 })
  }

  /** One event on every partition, so much later. */
  *bells(laterMs: number): Generator<LoadedRecord, void, undefined> {
    const now = this.visits.rest(laterMs)
    for (let partition = 0; partition < this.options.partitions; partition++) yield this.bell(partition, now)
  }

  /** The time that it is in the load. */
  get time(): number {
    return this.visits.time
  }

  private *planned(phase: Phase): Generator<LoadedRecord, void, undefined> {
    this.visits.begin(phase)
    for (let next = this.visits.next(); next !== undefined; next = this.visits.next()) yield this.record(next)
  }

  private record(planned: Planned): LoadedRecord {
    const { visit, type, time, index } = planned
    const { cookie, basket, source } = visit
    const userId = index < visit.anonymous ? undefined : visit.userId
    const facts = this.write({ cookie, userId, basket, source, type, time })
    const spoilt = ++this.sinceSpoilt >= SPOILT_EVERY && type !== ORDERED
    if (spoilt) {
      this.sinceSpoilt = 0
      this.spoil()
    }
    const partition = partitionOfKey(cookie, 0, cookie.length, this.options.partitions)
    const value = this.buffer.subarray(0, this.at)
    return { partition, time, key: cookie, value, facts: spoilt ? undefined : facts }
  }

  private bell(partition: number, time: number): LoadedRecord {
    const cookie = Buffer.from(`bell0000-0000-0000-0000-${String(partition).padStart(12, '0')}`)
    const basket = cookieOf([0, 0], [0, partition])
    const facts = this.write({ cookie, userId: undefined, basket, source: WEB, type: VIEWED, time })
    return { partition, time, key: cookie, value: this.buffer.subarray(0, this.at), facts }
  }

  private write({ cookie, userId, basket, source, type, time }: Said): Facts {
    const { random, buffer } = this
    buffer[0] = 0
    buffer.writeInt32BE(this.options.schemaId, 1)
    buffer[HEADER_BYTES] = ID_LETTERS * 2
    this.at = writeLetters(random, ID_LETTERS, buffer, HEADER_BYTES + 1)
    this.text(source)
    this.text(TYPE_BYTES[type] as Buffer)
    this.number(time)
    this.identifiers(cookie, userId)
    const { id, category, price } = this.catalogue[random.below(PRODUCTS)] as Product
    const quantity = random.below(10) === 0 ? 2 + random.below(2) : 1
    this.text(id)
    this.text(category)
    this.at = buffer.writeDoubleLE(price, this.at)
    this.number(quantity)
    this.text(EUR)
    this.number(type === ORDERED ? 1 : 0)
    if (type === ORDERED) {
      this.number(NAME_LETTERS)
      this.at = writeLetters(random, NAME_LETTERS, buffer, this.at)
    }
    this.text(basket)
    const cents = type === ADDED ? Math.round(price * 100) * quantity : 0
    return { person: (userId ?? cookie).toString('latin1'), type, time, cents, product: id, basket }
  }

  private identifiers(cookie: Buffer, userId: Buffer | undefined): void {
    this.number(userId === undefined ? 1 : 2)
    if (userId !== undefined) {
      this.text(USER_ID)
      this.text(userId)
    }
    this.text(userId === undefined ? ANONYMOUS_ID : DEVICE_COOKIE)
    this.text(cookie)
    this.number(0)
  }

  /** A wrong first byte; a schema that nobody knows; cut anywhere; three bytes. */
  private spoil(): void {
    const way = this.random.below(4)
    if (way === 0) this.buffer[0] = 1
    else if (way === 1) this.buffer.writeInt32BE(UNKNOWN_SCHEMA_ID, 1)
    else if (way === 2) this.at = HEADER_BYTES + 1 + this.random.below(this.at - HEADER_BYTES - 2)
    else this.at = 3
  }

  private text(bytes: Buffer): void {
    this.number(bytes.length)
    this.at += bytes.copy(this.buffer, this.at)
  }

  /** Zigzag and variable length, of a number that is not negative. */
  private number(value: number): void {
    let left = value * 2
    while (left > 127) {
      this.buffer[this.at++] = (left % 128) | 128
      left = Math.floor(left / 128)
    }
    this.buffer[this.at++] = left
  }
}

export { ADDED, CHECKOUT, ORDERED, VIEWED }
export { CART_VIEWED } from './load/visits.ts'
