/**
 * The one door to what kafkajs does not export: its broker with connections, TLS, SASL and the encoding of requests; and the
 * objects that `repairs.ts` mends. Good for exactly the version that is pinned.
 */
import { createRequire } from 'node:module'
import { invariant } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'

export const KAFKAJS_VERSION = '2.2.4'

/** A request in the newest version that both sides know. */
export interface KafkajsRequest {
  readonly request: unknown
  readonly response: unknown
  requestTimeout?: DurationMs
}

/** One of the two connections to a broker. */
export interface KafkajsSocket {
  isConnected(): boolean
  rejectRequests(error: Error): void
}

export interface KafkajsBroker {
  readonly connectionPool: {
    readonly pool: readonly KafkajsSocket[]
    send(request: KafkajsRequest): Promise<unknown>
  }
  /** By the key of the request. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null
  connect(): Promise<void>
  disconnect(): Promise<void>
  lookupRequest(apiKey: number, definition: unknown): (args: object) => KafkajsRequest
  metadata(topics: readonly string[]): Promise<{
    readonly topicMetadata: readonly {
      readonly topic: string
      readonly partitionMetadata: readonly { readonly partitionId: number }[]
    }[]
  }>
}

interface Requests {
  readonly requests: Readonly<Record<string, unknown>>
}

export interface KafkajsParts {
  readonly Broker: new (options: object) => KafkajsBroker
  readonly connectionPoolBuilder: (options: object) => {
    build(destination: {
      readonly host: string
      readonly port: number
    }): Promise<KafkajsBroker['connectionPool']>
  }
  readonly createLogger: (options: object) => unknown
  readonly socketFactory: () => unknown
  readonly requests: Requests['requests']
  readonly apiKeys: Readonly<Record<string, number>>
}

const require = createRequire(import.meta.url)

/** A module of kafkajs by its path within `kafkajs/src`. @throws InvariantError when another version is installed. */
export function kafkajsModule<T>(path: string): T {
  const { version } = require('kafkajs/package.json') as { readonly version: string }
  invariant(
    version === KAFKAJS_VERSION,
    `kafkajs is ${version}; its insides are known of ${KAFKAJS_VERSION} only`,
  )
  return require(`kafkajs/src/${path}`) as T
}

export const kafkajsParts = (): KafkajsParts => ({
  Broker: kafkajsModule('broker'),
  connectionPoolBuilder: kafkajsModule('cluster/connectionPoolBuilder'),
  createLogger: kafkajsModule<{ readonly createLogger: KafkajsParts['createLogger'] }>('loggers')
    .createLogger,
  socketFactory: kafkajsModule('network/socketFactory'),
  requests: kafkajsModule<Requests>('protocol/requests').requests,
  apiKeys: kafkajsModule('protocol/requests/apiKeys'),
})
