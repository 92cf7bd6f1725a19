/**
 * What a topology may say of identity, and what it becomes before the first event: rules by type, ready for one look-up.
 */
import { z } from 'zod'
import type { IdKey } from '../../model/hash.ts'
import { blockForm } from '../../model/identifiers.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'

const typeRule = z.strictObject({
  unique: z
    .boolean()
    .default(false)
    .describe('true: a person has at most one value of this type; two values mean two people. Never shared.'),
  limit: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Number of values of this type that one person may have; further ones do not attach. Default: no limit of its own.',
    ),
})

/** Contracts, section 5, identity. */
const DEFAULT_TYPES = {
  user_id: { unique: true },
  loyalty_id: { unique: true },
  email: { unique: false, limit: 5 },
  phone: { unique: false, limit: 5 },
  device_id: { unique: false, limit: 10 },
  push_token: { unique: false, limit: 10 },
  anonymous_id: { unique: false, limit: 20 },
}

/** Every record of a person carries all of them: what a person may be made of must stay small. */
const MERGES_MAX = 1000
const IDENTIFIERS_MAX = 1000

/** A type begins with a letter: object keys that look like integers would lose their place, and the place is the priority. */
const typeName = z.string().regex(/^[A-Za-z][\w.:-]{0,63}$/)

export const identityConfig = z.strictObject({
  identifiers: z
    .record(typeName, typeRule)
    .default(DEFAULT_TYPES)
    .describe(
      'Identifier types that identify, by priority, highest first. Replaces the default table. Other types stay in the event and identify nobody.',
    ),
  block: z
    .array(z.string())
    .default([])
    .describe(
      'Values that name nobody, beside the built-in ones (null, unknown, 0, ...). Compared trimmed, in any case, quoted or not.',
    ),
  mergesMax: z
    .int()
    .min(0)
    .max(MERGES_MAX)
    .default(100)
    .describe('Number of people that may ever be absorbed into one person; a merge past it does not happen.'),
  identifiersMax: z
    .int()
    .min(1)
    .max(IDENTIFIERS_MAX)
    .default(200)
    .describe('Number of identifiers of all types that one person may have; nothing attaches past it.'),
})

export type IdentityConfig = z.output<typeof identityConfig>

/** What the table says of one type. */
export interface TypeRule {
  /** The one string of this type, for whatever lives long: a million people share it. */
  readonly type: string
  /** 0 is the highest. */
  readonly priority: number
  readonly unique: boolean
  /** Values of this type that a person may have; Infinity without a limit, 1 if unique. */
  readonly limit: number
}

/** What `prepare` of identity returns, and every resolution reads. */
export interface IdentityReady {
  /** By type; a type that is not in it does not identify. */
  readonly types: ReadonlyMap<string, TypeRule>
  /** The topology's own blocked values, in `blockForm`. */
  readonly blocked: ReadonlySet<string>
  readonly mergesMax: number
  readonly identifiersMax: number
  /** Person ids are hashed with it. */
  readonly key: IdKey
}

export function prepareIdentity(config: IdentityConfig, wiring: Pick<Wiring, 'key'>): IdentityReady {
  const types = new Map<string, TypeRule>()
  for (const [type, { unique, limit }] of Object.entries(config.identifiers)) {
    types.set(type, {
      type,
      priority: types.size,
      unique,
      limit: unique ? 1 : (limit ?? Number.POSITIVE_INFINITY),
    })
  }
  const { mergesMax, identifiersMax } = config
  return { types, blocked: new Set(config.block.map(blockForm)), mergesMax, identifiersMax, key: wiring.key }
}

/** What the shape cannot see: an empty table would refuse every event; a unique type has no use for another limit. */
export function checkIdentity(config: IdentityConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const types = Object.entries(config.identifiers)
  if (types.length === 0) {
    problems.push({
      path: ['identifiers'],
      code: 'bad-value',
      message: "no identifier type is declared, so no event could be anyone's",
      hint: 'name at least one type, or leave the key out for the default table',
    })
  }
  for (const [type, { unique, limit }] of types) {
    if (!unique || limit === undefined || limit === 1) continue
    problems.push({
      path: ['identifiers', type, 'limit'],
      code: 'bad-value',
      message: `a person has at most one ${type}, since it is unique; a limit of ${limit} cannot be`,
      hint: 'remove the limit, or unique',
    })
  }
  return problems
}
