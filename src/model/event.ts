/**
 * Events: a decoded fact, before the gate knows whose it is (`SourceEvent`) and behind it (`StreamEvent`), and what an operator
 * asks to send (`Draft`). Field names and meanings are those of the contracts, section 3 and 6.
 */
import type { Identifier } from './identifiers.ts'
import type { EpochMs } from './time.ts'

/** JSON of an upstream, taken as it came. */
export type Json = Readonly<Record<string, unknown>>

/** A valid event of a source, decoded and checked against the table of types; times in `data` stay as they came. */
export interface SourceEvent {
  readonly id: string
  /** The upstream's name for itself, else the topology's source id. With `id` it is the identity of the event. */
  readonly source: string
  readonly type: string
  readonly time: EpochMs
  /** As they came, in their order; the gate normalises. */
  readonly identifiers: readonly Identifier[]
  readonly context: Json | undefined
  readonly data: Json
}

/** What set an event off: the source event at the root of it, or a timer. */
export type Cause =
  | { readonly source: string; readonly id: string }
  | { readonly timer: string; readonly due: EpochMs }

/** An event of one person: from a source through the gate, or the emission of an operator. */
export interface StreamEvent {
  readonly id: string
  /** The upstream's source, or the id of the operator that emitted it. */
  readonly source: string
  readonly type: string
  readonly time: EpochMs
  readonly person: string
  /** `context.channel` of the root event: read by nearly every operator, so it has a place of its own. */
  readonly channel: string | undefined
  /** Of the root event; undefined behind a timer. */
  readonly context: Json | undefined
  readonly data: Json
  /** One field of `data`, where that costs less than all of them. Ask by {@link fieldOf}. */
  field?(name: string): unknown
  /** Older than the watermark on arrival, and within grace. */
  readonly late: boolean
  /** Identifiers, normalised, that became this person's with this event. Nearly always empty. */
  readonly attached: readonly Identifier[]
  /** The person is the anonymous one of a shared identifier. */
  readonly shared: boolean
  /** Undefined for an event of a source, which is its own cause. */
  readonly cause: Cause | undefined
}

/** One field of an event's data; undefined where there is none. Who reads two or three fields of an event leaves the others undecoded. */
export function fieldOf(event: StreamEvent, name: string): unknown {
  return event.field === undefined ? event.data[name] : event.field(name)
}

/** An emission: an event without the id, person and cause that the runtime derives. */
export interface Draft {
  readonly type: string
  /** Default: the moment's `at`. */
  readonly time?: EpochMs
  /** Default: the person stepped. Another one only where a merge came between a record and its successor (X7). */
  readonly person?: string
  /** The channel that it goes out on, for sinks that ask for some of them. Default: none. */
  readonly channel?: string
  /** Exactly what the output shows: times are RFC 3339 text already. */
  readonly data: Json
}
