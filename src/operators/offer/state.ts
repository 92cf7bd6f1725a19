/**
 * What is remembered of a person in order to decide, and its bytes.
 *
 * Every list is in an order of its own values, never of arrival, so that merging in any order ends equal; each is bounded where it grows.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import type { Identifier } from '../../model/identifiers.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
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
}

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
}

function list<Item>(writer: ByteWriter, items: readonly Item[], write: (item: Item) => void): void {
  writer.uint(items.length)
  for (const item of items) write(item)
}

function read<Item>(reader: ByteReader, item: () => Item): Item[] {
  const items: Item[] = []
  for (let left = reader.uint(); left > 0; left--) items.push(item())
  return items
}

function encode(state: OfferState, writer: ByteWriter): void {
  writer.optionalText(state.holdout?.print)
  writer.bool(state.holdout?.out ?? false)
  const text = (entry: Timed<string>): void => {
    writer.int(entry.at)
    writer.text(entry.value)
  }
  list(writer, state.zones, text)
  list(writer, state.locales, text)
  list(writer, state.traits, (entry) => {
    writer.int(entry.at)
    writer.value(entry.value)
  })
  list(writer, state.consents, (consent) => {
    writer.text(consent.purpose)
    writer.text(consent.channel)
    writer.int(consent.at)
    writer.bool(consent.granted)
  })
  list(writer, state.identifiers, (identifier) => {
    writer.text(identifier.type)
    writer.text(identifier.value)
  })
  list(writer, state.endings, (ending) => {
    writer.int(ending.at)
    writer.text(ending.type)
    writer.optionalText(ending.trip)
    writer.optionalText(ending.cart)
    writer.optionalText(ending.visit)
  })
  list(writer, state.sent, (sent) => encodeSent(sent, writer))
  list(writer, state.held, (held) => encodeHeld(held, writer))
}

function encodeSent(sent: SentOffer, writer: ByteWriter): void {
  writer.int(sent.at)
  writer.text(sent.offerId)
  writer.text(sent.offer)
  writer.text(sent.operator)
  writer.optionalText(sent.instance)
  writer.text(sent.channel)
  writer.int(sent.triggerAt)
  writer.int(sent.expiresAt)
  writer.bool(sent.revoked)
  writer.text(sent.person)
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

function decode(reader: ByteReader, version: number): OfferState {
  knownVersion('the state of offer', version, 1)
  const print = reader.optionalText()
  const out = reader.bool()
  const text = (): Timed<string> => ({ at: reader.int(), value: reader.text() })
  return {
    holdout: print === undefined ? undefined : { print, out },
    zones: read(reader, text),
    locales: read(reader, text),
    traits: read(reader, () => ({ at: reader.int(), value: reader.value() as Json })),
    consents: read(reader, () => ({
      purpose: reader.text(),
      channel: reader.text(),
      at: reader.int(),
      granted: reader.bool(),
    })),
    identifiers: read(reader, () => ({ type: reader.text(), value: reader.text() })),
    endings: read(reader, () => ({
      at: reader.int(),
      type: reader.text(),
      trip: reader.optionalText(),
      cart: reader.optionalText(),
      visit: reader.optionalText(),
    })),
    sent: read(reader, () => ({
      at: reader.int(),
      offerId: reader.text(),
      offer: reader.text(),
      operator: reader.text(),
      instance: reader.optionalText(),
      channel: reader.text(),
      triggerAt: reader.int(),
      expiresAt: reader.int(),
      revoked: reader.bool(),
      person: reader.text(),
    })),
    held: read(reader, () => ({
      decisionId: reader.text(),
      operator: reader.text(),
      name: reader.text(),
      instance: reader.optionalText(),
      data: reader.value() as Json,
      context: (reader.value() ?? undefined) as Json | undefined,
      at: reader.int(),
      until: reader.int(),
    })),
  }
}

export const offerState: StateShape<OfferState> = { version: 1, initial: () => INITIAL, encode, decode }
