/** A person as the oracle keeps one: everything, for ever. */
import type { Identifier } from './input.ts'
import type { Json } from './settings.ts'

export interface Person {
  /** `person:TYPE|VALUE` or `shared:TYPE|VALUE`, of the identifier that it was created for. */
  readonly label: string
  readonly shared: boolean
  /** Earliest time of any event resolved to it. */
  firstSeen: number
  identifiers: Identifier[]
  /** Labels of all people ever absorbed into it. */
  absorbed: string[]
  /** Keys of its events, with time and order of arrival. */
  readonly seen: Map<string, { readonly time: number; readonly arrival: number }>
}

export const identifierKey = (identifier: Identifier): string => `${identifier.type}|${identifier.value}`

/** What made an operator speak. */
export type Cause =
  | { readonly source: string; readonly id: string }
  | { readonly timer: string; readonly due: number }

export interface Emission {
  readonly type: string
  readonly time: number
  readonly cause: Cause
  readonly data: Json
}
