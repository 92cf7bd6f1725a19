/**
 * What a condition may read beside the event at hand: the person and the world, as they were at some event time.
 *
 * Operators do not know each other. What one of them knows of a person it *tells*, as fields of `profile`; the runtime puts together
 * what all of them tell, and only when somebody asks.
 */
import type { Json } from './event.ts'
import type { FieldTypes } from './event-types.ts'
import { type DurationMs, type EpochMs, HOUR_MS } from './time.ts'
import { NOTHING_MEASURED, type WorldView } from './world.ts'

export interface Known {
  /** `profile` in conditions: what is known of the person of events up to and at `at`. Made anew by each call. */
  profile(at: EpochMs): Json
  /** `world` in conditions: of each thing the newest value at or before `at`. Read it before the step ends. */
  world(at: EpochMs): WorldView
}

/** Of nobody: for tests, and where nothing is told. */
export const NOTHING_KNOWN: Known = { profile: () => ({}), world: () => NOTHING_MEASURED }

/** What a document knows of people: for checking conditions when it is loaded. */
export interface ProfileFields {
  /** Of what its operators tell. */
  readonly told: FieldTypes
  /** Fields that an operator of another type would tell, by field: the line that adds it to the document. */
  readonly untold: ReadonlyMap<string, string>
}

/** A decision waits for the end of quiet hours, a day at most and the hour by which clocks are set, and is made as of its trigger. */
const DECISION_WAITS_MS: DurationMs = 26 * HOUR_MS

/** How far below the watermark anybody may still ask: what happened since then is kept as it happened, and what is older as its sum. */
export const askedBackMs = (horizonMs: DurationMs): DurationMs => horizonMs + DECISION_WAITS_MS
