/**
 * Whether the installed kafkajs is the one whose inner parts this adapter uses. It has no releases any more, and is pinned; but an
 * override, a fork or a tool that bundles could put another in its place, and that must be said at the start, not seen in the data.
 */
import { AdapterError } from '../../model/errors.ts'
import { KAFKAJS_VERSION, type KafkajsParts, kafkajsParts } from './kafkajs-parts.ts'

const CLUSTER_METHODS = [
  'connect',
  'disconnect',
  'refreshMetadata',
  'addMultipleTargetTopics',
  'findTopicPartitionMetadata',
  'findBroker',
] as const
const FETCH = 1
const PRODUCE = 0
/** Which of a broker's two connections. */
const WAITING = 1
const OTHER = 0

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
  const { Cluster, ConnectionPool, Encoder } = parts
  const missing = CLUSTER_METHODS.find((method) => typeof Cluster.prototype[method] !== 'function')
  if (missing !== undefined) return `its Cluster has no ${missing}`
  // Our requests are bytes already: they must go out as they are.
  const bytes = Buffer.from([1, 2, 0, 255])
  const sent = new Encoder().writeInt32(7).writeEncoder({ buf: bytes, buffer: bytes }).buffer
  if (!sent.equals(Buffer.concat([Buffer.from([0, 0, 0, 7]), bytes]))) return 'it frames requests otherwise'
  const connectionOf = (apiKey: number): unknown =>
    ConnectionPool.prototype.getConnectionByRequest.call(
      { getConnection: (index: number) => index },
      { request: { apiKey } },
    )
  if (connectionOf(FETCH) !== WAITING || connectionOf(PRODUCE) !== OTHER)
    return 'its fetches do not have a connection of their own'
  return undefined
}
