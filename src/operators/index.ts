/** The registry: every operator there is, one line each. */
import type { AnyOperator, OperatorDescription } from '../model/operator.ts'
import { cartAbandonment } from './cart-abandonment/operator.ts'
import { identity } from './identity/operator.ts'
import { lateArrival } from './late-arrival/operator.ts'
import { offer } from './offer/operator.ts'
import { sessionize } from './sessionize/operator.ts'

/** Whatever stage it runs in; `stage` tells the two apart. */
// oxlint-disable-next-line no-explicit-any
export type RegisteredOperator = OperatorDescription<any, any> | AnyOperator
/** By type, in the order in which people meet them. */
export type Registry = ReadonlyMap<string, RegisteredOperator>

const ALL: readonly RegisteredOperator[] = [identity, sessionize, cartAbandonment, lateArrival, offer]

export const OPERATORS: Registry = new Map(ALL.map((operator) => [operator.type, operator]))
