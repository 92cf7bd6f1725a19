/** What a business is to the demo: its named people with their stories, and a crowd drawn by chance. */
import { parseRfc3339, type EpochMs } from '../../model/time.ts'
import type { CivilDay } from '../local-time.ts'
import type { Chance } from './prng.ts'

/** Somebody the story speaks of. */
export interface NamedPerson {
  /** Identifiers in the notation of topology tests: `user:ann email:ann@example.org`. */
  readonly identifiers: string
  /** `the Lindgrens`, `Ann`. */
  readonly say: string
  readonly pronoun: 'she' | 'he' | 'they'
}

/** One event of the crowd before chance disturbs it. */
export interface CrowdEvent {
  readonly time: EpochMs
  readonly type: string
  /** Type and value by turns: `['user_id', 'guest-7']`. */
  readonly who: readonly (readonly [type: string, value: string])[]
  readonly data: Readonly<Record<string, unknown>>
  readonly context?: Readonly<Record<string, unknown>>
}

/** A part of the time that the demo covers, in which crowd visits begin one after the other. */
export interface Phase {
  readonly from: EpochMs
  readonly to: EpochMs
  /** What visitor `index` does, from `begin` on; the events by time. */
  visit(index: number, begin: EpochMs, chance: Chance): readonly CrowdEvent[]
}

export interface Business {
  readonly name: string
  /** The topology's file in `topologies/`. */
  readonly topology: string
  readonly zone: string
  readonly day: CivilDay
  /** Midnight at the end of the day, and when all that waits overnight is done. */
  readonly ends: { readonly dayAt: EpochMs; readonly restAt: EpochMs }
  /** Earlier names win when two stand for one person. */
  readonly people: Readonly<Record<string, NamedPerson>>
  /** Lines of `EVENT | what the story says`, by arrival; the second part is optional. */
  readonly script: readonly string[]
  /** In order of time; they do not overlap. */
  readonly phases: readonly Phase[]
  /** Lines that a visitor makes over all phases, on average; a little more, so that the crowd fits. */
  readonly linesPerVisitor: number
  /** An offer of the catalogue in plain words; `template`: of the variant that was chosen. */
  offerText(offer: string, params: Readonly<Record<string, unknown>>, template: string): string
}

/** A moment that is written in the source. */
export function moment(text: string): EpochMs {
  const at = parseRfc3339(text)
  if (at === undefined) throw new RangeError(`no time: ${text}`)
  return at
}
