/** What an operator of the oracle is: everything it was told about a person, and what follows from it, worked out anew each time. */
import type { Identifier, OracleEvent } from './input.ts'
import type { Emission, Person } from './person.ts'
import type { OperatorSettings } from './settings.ts'
import type { OracleFact } from './world.ts'

export interface Due {
  readonly at: number
  /** T11: within a person, sessions and triggers (0) before held decisions (1). */
  readonly rank: 0 | 1
  /** Held decisions: by their trigger's time. */
  readonly order: number
  readonly name: string
}

export interface EventStep {
  readonly emissions: readonly Emission[]
  /** Too late by the operator's own rule. */
  readonly late?: boolean
}

/** What an emission of one operator is to those behind it. */
export interface Trigger {
  readonly operator: string
  readonly emission: Emission
}

export interface OracleOperator {
  readonly settings: OperatorSettings
  onEvent(person: Person, event: OracleEvent, watermark: number): EventStep
  onTrigger?(person: Person, trigger: Trigger, watermark: number): readonly Emission[]
  /** An offer to the person was made, by whomever. */
  onOffer?(person: Person, emission: Emission): void
  /** A fact of the world, whoever it may concern. */
  onFact?(person: Person, fact: OracleFact): readonly Emission[]
  /** What is due next for this person; the earliest. */
  due(person: Person): Due | undefined
  onDue(person: Person, due: Due): readonly Emission[]
  /** The person is erased: what must still be said. */
  erase?(person: Person, at: number): readonly Emission[]
  /** `event` is what showed that they are one. */
  merge(kept: Person, absorbed: Person, event: OracleEvent, watermark: number): readonly Emission[]
}

export type Unsettled = (what: string) => void

/** The state of each person, made when first asked for. */
export function statesOf<State>(initial: () => State): {
  of(person: Person): State
  take(person: Person): State
} {
  const states = new Map<Person, State>()
  const of = (person: Person): State => {
    let state = states.get(person)
    if (state === undefined) {
      state = initial()
      states.set(person, state)
    }
    return state
  }
  return {
    of,
    take(person) {
      const state = of(person)
      states.delete(person)
      return state
    },
  }
}

export const hasType = (identifiers: readonly Identifier[], type: string): boolean =>
  identifiers.some((i) => i.type === type)
