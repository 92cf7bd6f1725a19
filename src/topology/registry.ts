/** The operators that topologies may name: whatever `operators/index.ts` exports. */
import type { AnyOperator, OperatorDescription } from '../model/operator.ts'
import * as registered from '../operators/index.ts'

/** Whatever stage it runs in; `stage` tells the two apart. */
// oxlint-disable-next-line no-explicit-any
export type RegisteredOperator = OperatorDescription<any, any> | AnyOperator
/** By type; the gate's first, the others by name. */
export type Registry = ReadonlyMap<string, RegisteredOperator>

const rank = ({ stage, type }: RegisteredOperator): string => `${stage === 'gate' ? 0 : 1} ${type}`

export const OPERATORS: Registry = new Map(
  Object.values<RegisteredOperator>(registered)
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((operator) => [operator.type, operator]),
)
