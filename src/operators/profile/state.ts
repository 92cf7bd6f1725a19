/** What profile remembers of a person, and its bytes. */
import { readList, writeList } from '../../model/byte-lists.ts'
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { decodeDecayed, encodeDecayed } from '../../model/decay.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { CartChange } from './carts.ts'
import { type Facts, NO_FACTS, type Note } from './facts.ts'
import { NO_OFFERS_SEEN, type OfferSeen, type OffersSeen } from './offers-seen.ts'
import type { Says } from './says.ts'

export interface ProfileState {
  /** Under which the interests of `past` were summed up; 0: none were. */
  readonly halfLifeMs: DurationMs
  /** The sum of all that nobody asks about by time any more. */
  readonly past: Facts
  /** Events behind it, by time, then by what they say. */
  readonly notes: readonly Note[]
  /** By time; see `carts.ts`. */
  readonly carts: readonly CartChange[]
  readonly offers: OffersSeen
}

const EMPTY: ProfileState = { halfLifeMs: 0, past: NO_FACTS, notes: [], carts: [], offers: NO_OFFERS_SEEN }

function optionalInt(value: number | undefined, writer: ByteWriter): void {
  writer.bool(value !== undefined)
  if (value !== undefined) writer.int(value)
}
const readOptionalInt = (reader: ByteReader): number | undefined => (reader.bool() ? reader.int() : undefined)

function encodeFacts(past: Facts, writer: ByteWriter): void {
  const { firstAt, lastAt, lastOrderAt, orders, spentMicros, returnedMicros, visits } = past
  for (const at of [firstAt, lastAt, lastOrderAt]) optionalInt(at, writer)
  for (const sum of [orders, spentMicros, returnedMicros, visits]) writer.int(sum)
  writeList(writer, past.facts, ({ name, at, value }) => {
    writer.text(name)
    writer.int(at)
    writer.value(value)
  })
  writeList(writer, past.interests, ({ name, at, weight }) => {
    writer.text(name)
    writer.int(at)
    encodeDecayed(weight, writer)
  })
  writeList(writer, past.channels, ({ name, events }) => {
    writer.text(name)
    writer.uint(events)
  })
}

const decodeFacts = (reader: ByteReader): Facts => ({
  firstAt: readOptionalInt(reader),
  lastAt: readOptionalInt(reader),
  lastOrderAt: readOptionalInt(reader),
  orders: reader.int(),
  spentMicros: reader.int(),
  returnedMicros: reader.int(),
  visits: reader.int(),
  facts: readList(reader, () => ({ name: reader.text(), at: reader.int(), value: reader.value() })),
  interests: readList(reader, () => ({
    name: reader.text(),
    at: reader.int(),
    weight: decodeDecayed(reader),
  })),
  channels: readList(reader, () => ({ name: reader.text(), events: reader.uint() })),
})

function encodeCart(change: CartChange, writer: ByteWriter): void {
  writer.int(change.at)
  writer.byte(change.kind)
  writer.optionalText(change.cart)
  writer.text(change.product)
  writer.value(change.quantity)
  writer.value(change.price)
}

const decodeCart = (reader: ByteReader): CartChange => ({
  at: reader.int(),
  kind: reader.byte() as CartChange['kind'],
  cart: reader.optionalText(),
  product: reader.text(),
  quantity: reader.value() as number,
  price: (reader.value() ?? undefined) as number | undefined,
})

function encodeOffer({ id, seenAt, acceptedAt }: OfferSeen, writer: ByteWriter): void {
  writer.text(id)
  writer.int(seenAt)
  optionalInt(acceptedAt, writer)
}

const decodeOffer = (reader: ByteReader): OfferSeen => ({
  id: reader.text(),
  seenAt: reader.int(),
  acceptedAt: readOptionalInt(reader),
})

export const profileState: StateShape<ProfileState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ halfLifeMs, past, notes, carts, offers }, writer) {
    writer.uint(halfLifeMs)
    encodeFacts(past, writer)
    let last: EpochMs = 0
    writeList(writer, notes, ({ at, says }) => {
      writer.int(at - last)
      last = at
      writer.value(says)
    })
    writeList(writer, carts, (change) => encodeCart(change, writer))
    writeList(writer, offers.known, (offer) => encodeOffer(offer, writer))
    writer.uint(offers.seenBefore)
    writer.uint(offers.acceptedBefore)
  },
  decode(reader, version) {
    knownVersion('the state of profile', version, 1)
    const halfLifeMs = reader.uint()
    const past = decodeFacts(reader)
    let last: EpochMs = 0
    const notes = readList(reader, (): Note => {
      last += reader.int()
      return { at: last, says: reader.value() as Says }
    })
    const carts = readList(reader, () => decodeCart(reader))
    const known = readList(reader, () => decodeOffer(reader))
    const offers = { known, seenBefore: reader.uint(), acceptedBefore: reader.uint() }
    return { halfLifeMs, past, notes, carts, offers }
  },
}
