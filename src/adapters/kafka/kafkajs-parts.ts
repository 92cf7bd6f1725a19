/**
 * The one door to what kafkajs does not export: its broker with connections, TLS, SASL and the encoding of requests; and the
 * objects that `repairs.ts` mends. Good for exactly the version that is pinned.
 */
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'
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
export interface KafkajsConnection {
  readonly clientId: string
  readonly socket: Socket
  readonly connectionStatus: string
  /** Null: no login is wanted. */
  readonly sasl: object | null
  /** While a login is under way. */
  readonly authHandlers: object | null
  readonly requestQueue: KafkajsRequestQueue
  /** What has come of an answer, as its own `processData` keeps it. */
  chunks: readonly Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  isAuthenticated(): boolean
  authenticate(): Promise<void>
  failIfNotConnected(): void
  nextCorrelationId(): number
  processData: (this: KafkajsConnection, chunk: Buffer) => void
  rejectRequests(error: Error): void
}

export interface KafkajsRequestQueue {
  push(request: {
    readonly entry: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      readonly correlationId: number
      readonly resolve: (answered: { readonly payload: Buffer }) => void
      readonly reject: (error: Error) => void
    }
    readonly expectResponse: boolean
    /** Null: the connection's own. */
    readonly requestTimeout: DurationMs | null
    readonly sendRequest: () => void
  }): void
  fulfillRequest(of: {
    readonly correlationId: number
    readonly payload: Buffer
    readonly size: number
  }): void
  maybeThrottle(ms: DurationMs): void
}

export interface KafkajsBroker {
  /** Null of one that was reached by its address alone. */
  readonly nodeId: number | null
  readonly connectionPool: {
    readonly pool: readonly KafkajsConnection[]
    /** The connection for such a request, connected. Calls at the same time make a socket each: share them. */
    getConnectionByRequest(of: { readonly request: { readonly apiKey: number } }): Promise<KafkajsConnection>
    send(request: KafkajsRequest): Promise<unknown>
  }
  /** By the key of the request. */
  readonly versions: Readonly<
    Record<number, { readonly minVersion: number; readonly maxVersion: number }>
  > | null
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

/** All brokers: who leads what, and a connection to each. */
export interface KafkajsCluster {
  readonly brokerPool: { findConnectedBroker(): Promise<KafkajsBroker> }
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number }[]
  findBroker(of: { readonly nodeId: number }): Promise<KafkajsBroker>
}

/** Bytes as kafkajs takes them for an encoder. */
export interface EncodedBytes {
  readonly buf: Buffer
  readonly buffer: Buffer
}

interface KafkajsEncoder extends EncodedBytes {
  writeInt32(value: number): KafkajsEncoder
  writeEncoder(value: EncodedBytes): KafkajsEncoder
}

interface KafkajsConnectionPool {
  getConnectionByRequest(of: { readonly request: { readonly apiKey: number } }): unknown
}

interface Requests {
  readonly requests: Readonly<Record<string, unknown>>
}

export interface KafkajsParts {
  readonly Cluster: new (options: object) => KafkajsCluster
  readonly Connection: { readonly prototype: KafkajsConnection }
  readonly RequestQueue: { readonly prototype: KafkajsRequestQueue }
  readonly ConnectionPool: { readonly prototype: KafkajsConnectionPool }
  readonly Encoder: new () => KafkajsEncoder
  readonly Broker: new (options: object) => KafkajsBroker
  readonly connectionPoolBuilder: (options: object) => {
    build(destination: {
      readonly host: string
      readonly port: number
    }): Promise<KafkajsBroker['connectionPool']>
  }
  readonly createLogger: (options: object) => unknown
  readonly socketFactory: () => ISocketFactory
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
  Cluster: kafkajsModule('cluster'),
  Connection: kafkajsModule('network/connection'),
  RequestQueue: kafkajsModule('network/requestQueue'),
  ConnectionPool: kafkajsModule('network/connectionPool'),
  Encoder: kafkajsModule('protocol/encoder'),
  Broker: kafkajsModule('broker'),
  connectionPoolBuilder: kafkajsModule('cluster/connectionPoolBuilder'),
  createLogger: kafkajsModule<{ readonly createLogger: KafkajsParts['createLogger'] }>('loggers')
    .createLogger,
  socketFactory: kafkajsModule('network/socketFactory'),
  requests: kafkajsModule<Requests>('protocol/requests').requests,
  apiKeys: kafkajsModule('protocol/requests/apiKeys'),
})
