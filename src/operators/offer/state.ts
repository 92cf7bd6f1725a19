/**
 * What is remembered of a person in order to decide, and its bytes.
 *
 * Every list is in an order of its own values, never of arrival, so that merging in any order ends equal; each is bounded where it grows.
 */
import { readList, writeList } from '../../model/byte-lists.ts'
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import type { Identifier } from '../../model/identifiers.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Said } from './emitted.ts'
import { decodeExtras, encodeExtras, type Extras, NO_EXTRAS } from './extras.ts'
import type { Timed } from './history.ts'

/** The newest word of a person on a purpose and a channel. */
export interface Consent {
  /** Empty: every purpose, which only an unsubscription can mean. */
  readonly purpose: string
  /** Empty: all channels. */
  readonly channel: string
  readonly at: EpochMs
  readonly granted: boolean
}

/** An event of a type that some offer `expiresOn`, with the instances it names. */
export interface Ending {
  readonly at: EpochMs
  readonly type: string
  readonly trip: string | undefined
  readonly cart: string | undefined
  readonly visit: string | undefined
  /** Sorted; only where some trigger may be about products. */
  readonly products: readonly string[]
}

/** An offer that was emitted. */
export interface SentOffer {
  readonly at: EpochMs
  readonly offerId: string
  readonly offer: string
  /** Name (`triggerName`) and instance of its trigger. */
  readonly operator: string
  readonly instance: string | undefined
  readonly channel: string
  readonly triggerAt: EpochMs
  readonly expiresAt: EpochMs
  readonly revoked: boolean
  /** Who it was emitted to: before a merge another id than the person's today. */
  readonly person: string
  /** A service: `giftCaps` count it, and not `caps`. */
  readonly gift: boolean
  readonly group: string | undefined
  /** It stands in for one that failed, which caps over all channels have counted. */
  readonly again: boolean
  /** What is needed to send it again on another channel; undefined: there is none, or no need. */
  readonly retry: Retry | undefined
}

export interface Retry {
  /** Those behind its own, that were open when it was decided. */
  readonly channels: readonly string[]
  readonly said: Said
}

/** A trigger to decide for. */
export interface OfferTrigger {
  readonly decisionId: string
  readonly operator: string
  readonly name: string
  readonly instance: string | undefined
  readonly data: Json
  /** Context of its cause; undefined behind a timer. */
  readonly context: Json | undefined
  readonly at: EpochMs
}

/** A decision that waits for the end of quiet hours. */
export interface HeldDecision extends OfferTrigger {
  readonly until: EpochMs
}

export interface OfferState {
  /** Whether the person, or anybody merged into it, is held out, under the percent and salt of `print`. */
  readonly holdout: { readonly print: string; readonly out: boolean } | undefined
  readonly zones: readonly Timed<string>[]
  readonly locales: readonly Timed<string>[]
  readonly traits: readonly Timed<Json>[]
  readonly consents: readonly Consent[]
  /** By type and value. */
  readonly identifiers: readonly Identifier[]
  readonly endings: readonly Ending[]
  /** By time of emission. */
  readonly sent: readonly SentOffer[]
  /** By time of trigger: the order in which they are worked off (O12). */
  readonly held: readonly HeldDecision[]
  readonly extras: Extras
}

/** 2: behind the rest, what only some documents need. */
const VERSION = 2

const INITIAL: OfferState = {
  holdout: undefined,
  zones: [],
  locales: [],
  traits: [],
  consents: [],
  identifiers: [],
  endings: [],
  sent: [],
  held: [],
  extras: NO_EXTRAS,
}

function encode(state: OfferState, writer: ByteWriter): void {
  writer.optionalText(state.holdout?.print)
  writer.bool(state.holdout?.out ?? false)
  const text = (entry: Timed<string>): void => {
    writer.int(entry.at)
    writer.text(entry.value)
  }
  writeList(writer, state.zones, text)
  writeList(writer, state.locales, text)
  writeList(writer, state.traits, (entry) => {
    writer.int(entry.at)
    writer.value(entry.value)
  })
  writeList(writer, state.consents, (consent) => {
    writer.text(consent.purpose)
    writer.text(consent.channel)
    writer.int(consent.at)
    writer.bool(consent.granted)
  })
  writeList(writer, state.identifiers, (identifier) => {
    writer.text(identifier.type)
    writer.text(identifier.value)
  })
  writeList(writer, state.endings, (ending) => {
    writer.int(ending.at)
    writer.text(ending.type)
    writer.optionalText(ending.trip)
    writer.optionalText(ending.cart)
    writer.optionalText(ending.visit)
    writeList(writer, ending.products, (product) => writer.text(product))
  })
  writeList(writer, state.sent, (sent) => encodeSent(sent, writer))
  writeList(writer, state.held, (held) => encodeHeld(held, writer))
  encodeExtras(state.extras, writer)
}

/** What is seldom true of a sent offer, bit by bit; version 1 knew the first only. */
const REVOKED = 1
const GIFT = 2
const GROUPED = 4
const AGAIN = 8
const RETRY = 16

function encodeSent(sent: SentOffer, writer: ByteWriter): void {
  writer.int(sent.at)
  writer.text(sent.offerId)
  writer.text(sent.offer)
  writer.text(sent.operator)
  writer.optionalText(sent.instance)
  writer.text(sent.channel)
  writer.int(sent.triggerAt)
  writer.int(sent.expiresAt)
  const { group, retry } = sent
  let flags = sent.revoked ? REVOKED : 0
  if (sent.gift) flags |= GIFT
  if (group !== undefined) flags |= GROUPED
  if (sent.again) flags |= AGAIN
  if (retry !== undefined) flags |= RETRY
  writer.uint(flags)
  writer.text(sent.person)
  if (group !== undefined) writer.text(group)
  if (retry === undefined) return
  writeList(writer, retry.channels, (channel) => writer.text(channel))
  writer.value(retry.said)
}

function encodeHeld(held: HeldDecision, writer: ByteWriter): void {
  writer.text(held.decisionId)
  writer.text(held.operator)
  writer.text(held.name)
  writer.optionalText(held.instance)
  writer.value(held.data)
  writer.value(held.context)
  writer.int(held.at)
  writer.int(held.until)
}

const decodeRetry = (reader: ByteReader): Retry => ({
  channels: readList(reader, () => reader.text()),
  said: reader.value() as Said,
})

function decodeSent(reader: ByteReader): SentOffer {
  const [at, offerId, offer, operator] = [reader.int(), reader.text(), reader.text(), reader.text()]
  const [instance, channel] = [reader.optionalText(), reader.text()]
  const [triggerAt, expiresAt, flags] = [reader.int(), reader.int(), reader.uint()]
  const person = reader.text()
  return {
    at,
    offerId,
    offer,
    operator,
    instance,
    channel,
    triggerAt,
    expiresAt,
    revoked: (flags & REVOKED) !== 0,
    person,
    gift: (flags & GIFT) !== 0,
    group: (flags & GROUPED) === 0 ? undefined : reader.text(),
    again: (flags & AGAIN) !== 0,
    retry: (flags & RETRY) === 0 ? undefined : decodeRetry(reader),
  }
}

function decode(reader: ByteReader, version: number): OfferState {
  knownVersion('the state of offer', version, VERSION)
  const print = reader.optionalText()
  const out = reader.bool()
  const text = (): Timed<string> => ({ at: reader.int(), value: reader.text() })
  return {
    holdout: print === undefined ? undefined : { print, out },
    zones: readList(reader, text),
    locales: readList(reader, text),
    traits: readList(reader, () => ({ at: reader.int(), value: reader.value() as Json })),
    consents: readList(reader, () => ({
      purpose: reader.text(),
      channel: reader.text(),
      at: reader.int(),
      granted: reader.bool(),
    })),
    identifiers: readList(reader, () => ({ type: reader.text(), value: reader.text() })),
    endings: readList(reader, () => ({
      at: reader.int(),
      type: reader.text(),
      trip: reader.optionalText(),
      cart: reader.optionalText(),
      visit: reader.optionalText(),
      products: version === 1 ? [] : readList(reader, () => reader.text()),
    })),
    sent: readList(reader, () => decodeSent(reader)),
    held: readList(reader, () => ({
      decisionId: reader.text(),
      operator: reader.text(),
      name: reader.text(),
      instance: reader.optionalText(),
      data: reader.value() as Json,
      context: (reader.value() ?? undefined) as Json | undefined,
      at: reader.int(),
      until: reader.int(),
    })),
    extras: version === 1 ? NO_EXTRAS : decodeExtras(reader),
  }
}

export const offerState: StateShape<OfferState> = { version: VERSION, initial: () => INITIAL, encode, decode }
