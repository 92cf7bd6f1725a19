/**
 * Whether the installed kafkajs is the one whose inner parts this adapter uses. It has no releases any more, and is pinned; but an
 * override, a fork or a tool that bundles could put another in its place, and that must be said at the start, not seen in the data.
 */
import { AdapterError } from '../../model/errors.ts'
import { KAFKAJS_VERSION, type KafkajsConnection, type KafkajsParts, kafkajsParts } from './kafkajs-parts.ts'

/** What is called on them, by the part. */
const METHODS = {
  Cluster: [
    'connect',
    'disconnect',
    'refreshMetadata',
    'addMultipleTargetTopics',
    'findTopicPartitionMetadata',
    'findBroker',
  ],
  Broker: ['connect', 'disconnect', 'metadata'],
  Connection: [
    'authenticate',
    'failIfNotConnected',
    'isAuthenticated',
    'isConnected',
    'nextCorrelationId',
    'processData',
    'rejectRequests',
  ],
  RequestQueue: ['push', 'fulfillRequest', 'maybeThrottle'],
} as const
const FUNCTIONS = ['connectionPoolBuilder', 'createLogger', 'socketFactory'] as const
/** Those that a group's member sends in kafkajs' encoding. */
const REQUESTS = ['GroupCoordinator', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup'] as const
const FETCH = 1
const PRODUCE = 0
/** Which of a broker's two connections. */
const FOR_FETCHES = 1
const FOR_OTHERS = 0

/** @throws AdapterError that says what differs and what to do. */
export function assertAttachPoints(load: () => KafkajsParts = kafkajsParts): void {
  const wrong = differenceOf(load)
  if (wrong === undefined) return
  throw new AdapterError(
    'kafkajs-differs',
    `this program uses inner parts of kafkajs ${KAFKAJS_VERSION}, and ${wrong}: install exactly that version, without overrides`,
    false,
  )
}

function differenceOf(load: () => KafkajsParts): string | undefined {
  let parts: KafkajsParts
  try {
    parts = load()
  } catch (error) {
    return `they cannot be loaded (${(error as Error).message})`
  }
  return (
    missingPart(parts) ?? framingDifference(parts) ?? answerDifference(parts) ?? connectionDifference(parts)
  )
}

function missingPart(parts: KafkajsParts): string | undefined {
  for (const name of ['Cluster', 'Broker', 'Connection', 'RequestQueue'] as const) {
    const prototype = parts[name].prototype as unknown as Readonly<Record<string, unknown>>
    const missing = METHODS[name].find((method) => typeof prototype[method] !== 'function')
    if (missing !== undefined) return `its ${name} has no ${missing}`
  }
  const elsewhere = FUNCTIONS.find((name) => typeof parts[name] !== 'function')
  if (elsewhere !== undefined) return `its ${elsewhere} is elsewhere`
  const unknown = REQUESTS.find(
    (name) => parts.requests[name] === undefined || parts.apiKeys[name] === undefined,
  )
  return unknown === undefined ? undefined : `it has no request ${unknown}`
}

/** Our requests are bytes already: they must go out as they are. */
function framingDifference({ Encoder }: KafkajsParts): string | undefined {
  const bytes = Buffer.from([1, 2, 0, 255])
  const sent = new Encoder().writeInt32(7).writeEncoder({ buf: bytes, buffer: bytes }).buffer
  const expected = Buffer.concat([Buffer.from([0, 0, 0, 7]), bytes])
  return sent.equals(expected) ? undefined : 'it frames requests otherwise'
}

/** What comes is told to the queue by its correlation id, whoever has put it together. */
function answerDifference({ Connection }: KafkajsParts): string | undefined {
  let told: unknown
  const requestQueue = { fulfillRequest: (of: unknown) => (told = of) }
  const connection = {
    socket: {},
    authHandlers: null,
    chunks: [],
    bytesBuffered: 0,
    bytesNeeded: 4,
    requestQueue,
  }
  Connection.prototype.processData.call(
    connection as unknown as KafkajsConnection,
    Buffer.from([0, 0, 0, 5, 0, 0, 0, 7, 9]),
  )
  const { correlationId, payload, size } = (told ?? {}) as {
    readonly [of in 'correlationId' | 'size']?: number
  } & { readonly payload?: Buffer }
  const same = correlationId === 7 && size === 5 && payload?.length === 1 && payload[0] === 9
  return same ? undefined : 'it tells answers otherwise'
}

/** A fetch that waits for records must not hold up what else is asked of its broker. */
function connectionDifference({ ConnectionPool }: KafkajsParts): string | undefined {
  const pool = { getConnection: (index: number) => index }
  const connectionOf = (apiKey: number): unknown =>
    ConnectionPool.prototype.getConnectionByRequest.call(pool, { request: { apiKey } })
  const apart = connectionOf(FETCH) === FOR_FETCHES && connectionOf(PRODUCE) === FOR_OTHERS
  return apart ? undefined : 'its fetches have no connection of their own'
}
