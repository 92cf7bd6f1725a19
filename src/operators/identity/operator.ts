/**
 * Identity: says whose an event is. It runs at the gate, once per event, before anything else; `resolve.ts` has the rules.
 *
 * 1. One event belongs to exactly one person, or to nobody (dead letter `no-identifier`).
 * 2. The same log gives the same people and the same ids, also after the store was lost.
 * 3. Every record that goes out carries the whole present truth of its key, so that the compacted topic is enough by itself.
 */
import type { FieldTypes } from '../../model/event-types.ts'
import type { OperatorDescription } from '../../model/operator.ts'
import { IDENTITY_TYPES } from './announce.ts'
import {
  checkIdentity,
  identityConfig,
  prepareIdentity,
  type IdentityConfig,
  type IdentityReady,
} from './config.ts'

const IDENTIFIERS = { list: { fields: { type: 'text', value: 'text' } } } as const

/** Data of what identity emits (contracts, section 6 and fine print I7), all types together. */
const fields: FieldTypes = {
  identifiers: IDENTIFIERS,
  shared: IDENTIFIERS,
  absorbed: { list: 'text' },
  attached: IDENTIFIERS,
  kept: 'text',
  cause: 'text',
  effective_at: 'time',
  reason: 'text',
  about: IDENTIFIERS,
  people: { list: 'text' },
}

export const identity: OperatorDescription<IdentityConfig, IdentityReady> = {
  type: 'identity',
  stage: 'gate',
  summary: 'Says whose an event is, and joins the profiles that turn out to be one person.',
  config: identityConfig,
  accepts: '*',
  emits: [...IDENTITY_TYPES, 'person.erased'],
  fields,
  check: checkIdentity,
  prepare: prepareIdentity,
}
