/**
 * profile: all events of a person, for ever, gone through anew at each question (contract 5, K1 to K6). What operators know of a person
 * they tell by their id, so that segments may ask all of them.
 */
import type { OracleEvent } from './input.ts'
import { knownOf } from './known-person.ts'
import { type Due, type OracleOperator, statesOf } from './operator.ts'
import type { Person } from './person.ts'
import { durationOf, type Json, type OperatorSettings } from './settings.ts'

export type Tellers = Map<string, (person: Person, at: number) => Json>

/** What all of them know of a person, as of a time. */
export const toldOf = (tellers: Tellers, person: Person, at: number): Json =>
  Object.assign({}, ...[...tellers.values()].map((tell) => tell(person, at)))

export const dueAt = (at: number, name: string): Due => ({ at, rank: 0, order: 0, name })
export const firstOf = (times: readonly number[]): number | undefined => [...times].sort((a, b) => a - b)[0]

export function profile(settings: OperatorSettings, tellers: Tellers): OracleOperator {
  const halfLifeMs = durationOf(settings.config['interestsHalfLife'], '30d')
  const lives = statesOf<OracleEvent[]>(() => [])
  tellers.set(settings.id, (person, at) => knownOf(lives.of(person), at, halfLifeMs))
  return {
    settings,
    onEvent(person, event) {
      lives.of(person).push(event)
      return { emissions: [] }
    },
    due: () => undefined,
    onDue: () => [],
    merge(kept, absorbed) {
      lives.of(kept).push(...lives.take(absorbed))
      return []
    },
  }
}
