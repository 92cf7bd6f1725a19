/** The closed lists of words that labels may say. A word that is on none of them becomes `other`, so that series stay bounded. */
import type { RefusalReason } from '../../runtime/ports/codec.ts'
import type { EraseOutcome, Outcome, TaskState } from '../../runtime/ports/observer.ts'

export const TASK_STATES = [
  'opening',
  'restoring',
  'running',
  'waiting',
  'closed',
] as const satisfies TaskState[]
export const CLOSINGS = ['stopped', 'revoked', 'fenced', 'failed'] as const satisfies Outcome[]
export const STAGES = ['identify', 'profile'] as const
export const PHASES = ['fold', 'commit', 'apply'] as const

/** Contracts, section 6. */
export const REFUSALS = [
  'not-json',
  'unknown-format',
  'schema-unknown',
  'decode-failed',
  'invalid-event',
  'no-identifier',
  'time-ahead',
  'too-large',
] as const satisfies RefusalReason[]

export const ERASE_OUTCOMES = ['erased', 'unknown', 'lifted'] as const satisfies EraseOutcome[]

/** Contracts, section 5, offer. */
export const SUPPRESSIONS = [
  'no-candidate',
  'condition-false',
  'no-consent',
  'holdout',
  'quiet-hours',
  'capped',
  'outranked',
  'expired',
  'retracted',
  'duplicate',
  'no-channel',
  'suppressed-person',
  'identity-ambiguous',
] as const

/** Redis's `maxmemory-policy`. */
export const EVICTION_POLICIES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const

export const OTHER = 'other'

export const wordOf = (list: readonly string[], word: string): string => (list.includes(word) ? word : OTHER)
