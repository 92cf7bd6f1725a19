/**
 * Codec port: bytes of a source become events, values of the outputs become bytes (contracts, sections 3, 6 and 7).
 *
 * 1. Synchronous and total: whatever the bytes are, decoding answers and never throws. What is no event is `refused`, in words.
 * 2. Only the form is judged here. Lateness, `ahead` and who the person is are the gate's.
 * 3. An event is good until the next call, and as long as the buffer is: it may be read from there when somebody asks for a part of it.
 */
import type { ByteWriter } from '../../model/bytes.ts'
import type { Cause, Json, SourceEvent } from '../../model/event.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { NamePrint } from '../../operators/identity/name-print.ts'
import type { SourcePlan } from '../../topology/plan.ts'

/** Why a record became a dead letter: the closed list of contracts, section 6. `no-identifier` and `time-ahead` are the gate's. */
export type RefusalReason =
  | 'not-json'
  | 'unknown-format'
  | 'schema-unknown'
  | 'decode-failed'
  | 'invalid-event'
  | 'no-identifier'
  | 'time-ahead'
  | 'too-large'

/**
 * Headers of a record, read only when a format needs them (CloudEvents in binary mode). Values are UTF-8 text. A record cursor of
 * the Log port is one.
 */
export interface HeaderSource {
  header(name: string): string | undefined
}

/** A valid event and the source it belongs to. `received`: only of replay lines that say it. */
export interface DecodedEvent {
  readonly kind: 'event'
  readonly source: SourcePlan
  readonly event: SourceEvent
  readonly received: EpochMs | undefined
}

/** A dead letter to be. */
export interface DecodedRefusal {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  /** What is wrong, in words, naming the field. */
  readonly detail: string
  /** It still moves the clock (contracts, T4). */
  readonly received: EpochMs | undefined
  /** Undefined when a replay line found none. */
  readonly source: SourcePlan | undefined
  /** The `topic` that a replay line named, when no source was found for it. */
  readonly topic?: string | undefined
  /** With `schema-unknown`: the writer schema's id, for whoever can fetch it and decode once more. */
  readonly schemaId?: number | undefined
}

/** A name as somebody typed it; without a type, under every one that identifies. */
export interface ErasedName {
  readonly type: string | undefined
  readonly value: string
}

/** Everybody whom a print names, or the person of an id, goes. */
export interface EraseOrder {
  readonly person: string | undefined
  readonly prints: readonly NamePrint[]
}

export type Decoded =
  | DecodedEvent
  | DecodedRefusal
  /** The directive `{"clock": T}`: moves the machine clock, is no record. */
  | { readonly kind: 'clock'; readonly at: EpochMs }
  /** The input is at its end and the clock goes to `at` (`--until`). Said by what reads the input, never by a line. */
  | { readonly kind: 'end'; readonly at: EpochMs }
  /** The same, counted from the newest accepted event time (`--until +2h`). */
  | { readonly kind: 'end-after'; readonly afterMs: DurationMs }
  /**
   * The directive `{"erase": ...}`, or an order that was written on the control topic, which has no name in it. `lift`: the names are to
   * name people again.
   */
  | {
      readonly kind: 'erase'
      readonly of: ErasedName | EraseOrder
      readonly lift: boolean
    }
  /** An empty or white line: no record. */
  | { readonly kind: 'blank' }

export interface Decoder {
  /**
   * The record's value is `buffer[start, end)`; an `end` before `start` says that it has none. With a source: in its format, and
   * the answer is `event` or `refused`. Without: a line of a replay input or of `POST /events`, without its line feed, which names
   * its topic or is routed by its type (contracts, T13).
   */
  decode(
    source: SourcePlan,
    buffer: Buffer,
    start: number,
    end: number,
    headers?: HeaderSource,
  ): DecodedEvent | DecodedRefusal
  decode(
    source: SourcePlan | undefined,
    buffer: Buffer,
    start: number,
    end: number,
    headers?: HeaderSource,
  ): Decoded
}

/** What an output about a person says (contracts, section 6). An emission is one. */
export interface Envelope {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: EpochMs
  readonly person: string
  readonly cause: Cause | undefined
  readonly data: Json
}

/** Values of the outputs, as bytes for a record of `topic`. @throws InvariantError when the value is no output of this program. */
export interface Encoder {
  envelope(writer: ByteWriter, topic: string, format: OutputFormat, envelope: Envelope): void
  /** A late event or a dead letter: the plain object of contracts, section 6. */
  value(writer: ByteWriter, topic: string, format: OutputFormat, value: Json): void
}

export type OutputFormat = 'json' | 'avro'
