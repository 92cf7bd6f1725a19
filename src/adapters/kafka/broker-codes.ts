/**
 * What the code of a broker's answer means, whichever client asked: `Fenced` or an `AdapterError` with a sentence a person can act on,
 * and whether the very same request may be sent again, and what was remembered wrongly then. Where there is no answer, since no
 * connection comes about or it breaks, `client-failure.ts` says why.
 */
import { AdapterError, Fenced } from '../../model/errors.ts'

interface Meaning {
  /** The protocol's name of the error. */
  readonly name: string
  /** Of the AdapterError; by default the name in small letters. */
  readonly code?: string
  /** `coordinator` and `leader`: the request may be sent again, to whoever it is now; `again`: to the same one. */
  readonly repeat?: 'again' | 'coordinator' | 'leader'
  readonly retryable?: boolean
  readonly fenced?: true
  readonly hint?: string
}

const granted = (what: string): string => `grant ${what} in the ACLs of the user this program runs as`
const REOPEN = 'the task is opened again'

/** The codes of the protocol that a broker may answer to the requests of this adapter. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  [-1]: {
    name: 'UNKNOWN_SERVER_ERROR',
    repeat: 'again',
    retryable: true,
    hint: 'the log of the broker says more',
  },
  1: { name: 'OFFSET_OUT_OF_RANGE', hint: 'retention took what was to be read, or the topic was made anew' },
  2: { name: 'CORRUPT_MESSAGE', hint: 'something between here and the broker changes bytes' },
  3: {
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    code: 'unknown-topic',
    repeat: 'leader',
    retryable: true,
    hint: 'there is no such topic, or partition of it: create it',
  },
  5: { name: 'LEADER_NOT_AVAILABLE', repeat: 'leader', retryable: true },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', repeat: 'leader', retryable: true },
  7: { name: 'REQUEST_TIMED_OUT', repeat: 'again', retryable: true },
  8: { name: 'BROKER_NOT_AVAILABLE', repeat: 'leader', retryable: true },
  9: { name: 'REPLICA_NOT_AVAILABLE', repeat: 'leader', retryable: true },
  10: { name: 'MESSAGE_TOO_LARGE', hint: "raise the topic's max.message.bytes" },
  13: { name: 'NETWORK_EXCEPTION', repeat: 'leader', retryable: true },
  14: { name: 'COORDINATOR_LOAD_IN_PROGRESS', repeat: 'coordinator', retryable: true },
  15: { name: 'COORDINATOR_NOT_AVAILABLE', repeat: 'coordinator', retryable: true },
  16: { name: 'NOT_COORDINATOR', repeat: 'coordinator', retryable: true },
  18: { name: 'RECORD_LIST_TOO_LARGE', hint: "raise the topic's segment.bytes" },
  19: { name: 'NOT_ENOUGH_REPLICAS', repeat: 'again', retryable: true },
  20: { name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', repeat: 'again', retryable: true },
  22: { name: 'ILLEGAL_GENERATION', retryable: true, hint: 'the group has a new generation' },
  23: {
    name: 'INCONSISTENT_GROUP_PROTOCOL',
    code: 'group-taken',
    hint: 'another program uses the same group: give this one another name (SHOPKEEPER_APP)',
  },
  25: { name: 'UNKNOWN_MEMBER_ID', retryable: true, hint: 'the group has dropped this member' },
  26: {
    name: 'INVALID_SESSION_TIMEOUT',
    code: 'session-timeout',
    hint: "choose one within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms",
  },
  27: { name: 'REBALANCE_IN_PROGRESS', retryable: true, hint: 'the group is being shared anew' },
  29: {
    name: 'TOPIC_AUTHORIZATION_FAILED',
    code: 'topic-forbidden',
    hint: granted('Read, Write and Describe of the topic'),
  },
  30: { name: 'GROUP_AUTHORIZATION_FAILED', code: 'group-forbidden', hint: granted('Read of the group') },
  31: {
    name: 'CLUSTER_AUTHORIZATION_FAILED',
    code: 'cluster-forbidden',
    hint: granted('Describe and IdempotentWrite of the cluster'),
  },
  32: {
    name: 'INVALID_TIMESTAMP',
    hint: 'the event times are outside what the topic takes: widen its message.timestamp.before.max.ms and after.max.ms',
  },
  35: { name: 'UNSUPPORTED_VERSION', code: 'broker-version', hint: 'run brokers of Kafka 2.5 or newer' },
  43: { name: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', hint: 'run brokers and topics of Kafka 2.5 or newer' },
  45: { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', retryable: true, hint: REOPEN },
  46: { name: 'DUPLICATE_SEQUENCE_NUMBER', retryable: true, hint: REOPEN },
  47: { name: 'INVALID_PRODUCER_EPOCH', fenced: true },
  48: { name: 'INVALID_TXN_STATE', retryable: true, hint: REOPEN },
  49: { name: 'INVALID_PRODUCER_ID_MAPPING', retryable: true, hint: REOPEN },
  50: {
    name: 'INVALID_TRANSACTION_TIMEOUT',
    hint: "choose one below the broker's transaction.max.timeout.ms",
  },
  51: { name: 'CONCURRENT_TRANSACTIONS', repeat: 'again', retryable: true },
  55: { name: 'OPERATION_NOT_ATTEMPTED', repeat: 'again', retryable: true },
  53: {
    name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    code: 'transaction-forbidden',
    hint: granted('Write and Describe of the transactional id'),
  },
  56: { name: 'KAFKA_STORAGE_ERROR', repeat: 'leader', retryable: true },
  59: { name: 'UNKNOWN_PRODUCER_ID', retryable: true, hint: REOPEN },
  60: { name: 'REASSIGNMENT_IN_PROGRESS', repeat: 'leader', retryable: true },
  74: { name: 'FENCED_LEADER_EPOCH', repeat: 'leader', retryable: true },
  75: { name: 'UNKNOWN_LEADER_EPOCH', repeat: 'leader', retryable: true },
  78: { name: 'OFFSET_NOT_AVAILABLE', repeat: 'leader', retryable: true },
  87: { name: 'INVALID_RECORD', hint: 'the topic is compacted and takes no record without a key' },
  88: { name: 'UNSTABLE_OFFSET_COMMIT', repeat: 'again', retryable: true },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', repeat: 'again', retryable: true },
  90: { name: 'PRODUCER_FENCED', fenced: true },
}

export const OFFSET_OUT_OF_RANGE = 1
/** The group does not take positions from this member of this generation. */
export const REBALANCE_CODES: ReadonlySet<number> = new Set([22, 25, 27])

/** Whether something is said of this code here. */
export const isKnownCode = (code: number): boolean => code in MEANINGS

const meaningOf = (code: number): Meaning =>
  MEANINGS[code] ?? { name: `error ${code}`, hint: "see Kafka's list of protocol errors" }

/** Whether the same request may be sent once more without changing what it does, and what to look up again before. */
export const repeatOf = (code: number): Meaning['repeat'] => meaningOf(code).repeat

/** What a code means to whoever asked. `doing`: what was asked, as `committing the positions of group x`. */
export function brokerFailure(code: number, doing: string): Fenced | AdapterError {
  const { name, code: own, fenced, retryable = false, hint } = meaningOf(code)
  if (fenced) return new Fenced(`${doing}: another process has taken the task over (${name})`)
  const advice = hint === undefined ? '' : `: ${hint}`
  return new AdapterError(own ?? codeName(name), `${doing} failed with ${name}${advice}`, retryable)
}

/** As codes of this program are written. */
const codeName = (name: string): string => name.toLowerCase().replaceAll(/[_ ]/g, '-')
