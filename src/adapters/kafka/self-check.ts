/**
 * Whether the installed kafkajs is the one whose inner parts this adapter uses. It has no releases any more, and is pinned; but an
 * override, a fork or a tool that bundles could put another in its place, and that must be said at the start, not seen in the data.
 */
import { AdapterError } from '../../model/errors.ts'
import { type KafkajsInternals, loadInternals } from './kafkajs-internals.ts'

export const KAFKAJS_VERSION = '2.2.4'

/** @throws AdapterError that says what differs and what to do. */
export function assertAttachPoints(load: () => KafkajsInternals = loadInternals): void {
  const wrong = differenceOf(load)
  if (wrong === undefined) return
  throw new AdapterError(
    'kafkajs-differs',
    `this adapter uses inner parts of kafkajs ${KAFKAJS_VERSION}, and ${wrong}: install exactly that version, or choose the stock client in the settings`,
    false,
  )
}

function differenceOf(load: () => KafkajsInternals): string | undefined {
  let internals: KafkajsInternals
  try {
    internals = load()
  } catch (error) {
    return `they cannot be loaded (${(error as Error).message})`
  }
  const { version, Cluster, createLogger, createSocketFactory } = internals
  if (version !== KAFKAJS_VERSION) return `the installed one is ${version}`
  for (const method of [
    'connect',
    'disconnect',
    'refreshMetadata',
    'addMultipleTargetTopics',
    'findTopicPartitionMetadata',
    'findBroker',
  ] as const)
    if (typeof Cluster.prototype[method] !== 'function') return `its Cluster has no ${method}`
  if (typeof createLogger !== 'function') return 'its loggers are elsewhere'
  if (typeof createSocketFactory !== 'function') return 'its socket factory is elsewhere'
  return undefined
}
