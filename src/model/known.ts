/**
 * What a condition may read beside the event at hand: the person and the world, as they were at some event time.
 *
 * Operators do not know each other. What one of them knows of a person it *tells*, as fields of `profile`; the runtime puts together
 * what all of them tell, and only when somebody asks.
 */
import type { Json } from './event.ts'
import type { FieldTypes } from './event-types.ts'
import type { EpochMs } from './time.ts'
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
  /** Fields that an operator of another type would tell, by field: that type. */
  readonly untold: ReadonlyMap<string, string>
}
