/**
 * What a broker answers instead of what was asked for, in the words of the runtime: `Fenced` or an `AdapterError` with a sentence a
 * person can act on. What is thrown on the way there is named in `failure.ts`.
 *
 * Two questions are answered here for every code of a broker: what it means to the task, and whether the very same request may be
 * sent again (`mayRepeat`), and what was cached wrongly then.
 */
import { AdapterError, Fenced } from '../../model/errors.ts'
import type { KafkaConnection } from './connection.ts'
import { kafkaFailure } from './failure.ts'

interface Meaning {
  readonly name: string
  /** `coordinator` and `leader`: the request may be sent again, to whoever it is now; `again`: to the same one. */
  readonly repeat?: 'again' | 'coordinator' | 'leader'
  readonly retryable?: boolean
  readonly fenced?: true
  readonly hint?: string
}

const AUTHORIZATION = 'grant it in the ACLs of the user this program runs as'
const REOPEN = 'the task is opened again'

/** The codes of the protocol that a broker may answer to the requests of this adapter. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { name: 'OFFSET_OUT_OF_RANGE' },
  2: { name: 'CORRUPT_MESSAGE', hint: 'something between here and the broker changes bytes' },
  3: {
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    repeat: 'leader',
    hint: 'create the topic, or give it more partitions',
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
  25: { name: 'UNKNOWN_MEMBER_ID', retryable: true, hint: 'the group has dropped this member' },
  27: { name: 'REBALANCE_IN_PROGRESS', retryable: true, hint: 'the group is being shared anew' },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED', hint: AUTHORIZATION },
  30: { name: 'GROUP_AUTHORIZATION_FAILED', hint: AUTHORIZATION },
  31: { name: 'CLUSTER_AUTHORIZATION_FAILED', hint: AUTHORIZATION },
  32: {
    name: 'INVALID_TIMESTAMP',
    hint: 'the event times are outside what the topic takes: widen its message.timestamp.before.max.ms and after.max.ms',
  },
  35: { name: 'UNSUPPORTED_VERSION', hint: 'run brokers of Kafka 2.5 or newer' },
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
  53: { name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', hint: AUTHORIZATION },
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

const meaningOf = (code: number): Meaning =>
  MEANINGS[code] ?? { name: `error ${code}`, hint: "see Kafka's list of protocol errors" }

/** Whether the same request may be sent once more without changing what it does, and what to look up again before. */
export const repeatOf = (code: number): Meaning['repeat'] => meaningOf(code).repeat

/** What a broker's code means to a task. `doing`: what was asked of it, as `committing the positions of group x`. */
export function brokerFailure(code: number, doing: string): Fenced | AdapterError {
  const { name, fenced, retryable = false, hint } = meaningOf(code)
  if (fenced) return new Fenced(`${doing}: another process has taken the task over (${name})`)
  const advice = hint === undefined ? '' : `: ${hint}`
  return new AdapterError(codeName(name), `${doing} failed with ${name}${advice}`, retryable)
}

/** As codes of this program are written. */
const codeName = (name: string): string => name.toLowerCase().replaceAll(/[_ ]/g, '-')

interface ClientError extends Error {
  readonly code?: unknown
}

/** What kafkajs throws while a request is on its way. Errors of this program pass as they are. */
export function clientFailure(thrown: unknown, connection: KafkaConnection, doing: string): Error {
  const error = innermost(thrown)
  if (!NO_WAY_THERE.has(error.name)) return kafkaFailure(thrown, connection, doing)
  const message = `Kafka at ${connection.brokers.join(', ')}, ${doing}: the broker cannot be reached (${error.message})`
  return new AdapterError('broker-unreachable', message, true)
}

/** A broker that the others do not name just now, or to which others are still trying to connect. */
const NO_WAY_THERE: ReadonlySet<string> = new Set(['KafkaJSBrokerNotFound', 'KafkaJSLockTimeout'])

/** The broker's code in what kafkajs threw, if that is what it is. */
export function codeOf(thrown: unknown): number | undefined {
  const { code } = innermost(thrown)
  return typeof code === 'number' ? code : undefined
}

/** kafkajs wraps what failed into how often it was tried. */
function innermost(thrown: unknown): ClientError {
  let error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as ClientError
  while (
    (error.name === 'KafkaJSNumberOfRetriesExceeded' || error.name === 'KafkaJSNonRetriableError') &&
    error.cause instanceof Error
  )
    error = error.cause as ClientError
  return error
}
