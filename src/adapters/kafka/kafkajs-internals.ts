/**
 * The parts of kafkajs that are not its public face, as this adapter uses them: cluster, broker and connection pool of exactly the
 * pinned version. `self-check.ts` asserts that they are as described here.
 */
import { createRequire } from 'node:module'
import type { SASLOptions } from 'kafkajs'

/** What kafkajs sends: its encoders have both fields. */
export interface EncodedBytes {
  readonly buf: Buffer
  readonly buffer: Buffer
}

export interface ProtocolCall<Data> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<EncodedBytes>
  }
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime: number; readonly data: Data }>
    parse(decoded: { readonly data: Data }): Promise<Data>
  }
  readonly requestTimeout: number | null
  readonly logResponseError: boolean
}

export interface ConnectionPool {
  send<Data>(call: ProtocolCall<Data>): Promise<Data>
}

export interface Broker {
  readonly nodeId: number | null
  readonly connectionPool: ConnectionPool
  readonly versions: Readonly<
    Record<number, { readonly minVersion: number; readonly maxVersion: number }>
  > | null
}

export interface PartitionMetadata {
  readonly partitionId: number
  readonly leader: number
}

/** kafkajs' Cluster: metadata, connections, authentication and reconnecting. */
export interface KafkaCluster {
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> }
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[]
  findBroker(of: { readonly nodeId: number }): Promise<Broker>
}

export interface LogEntry {
  readonly namespace: string
  readonly level: number
  readonly label: string
  readonly log: { readonly message: string }
}

export interface KafkaClusterOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl: object | undefined
  readonly sasl: SASLOptions | undefined
  readonly logger: object
  readonly socketFactory: object
  readonly connectionTimeout: number
  readonly authenticationTimeout: number
  readonly reauthenticationThreshold: number
  readonly requestTimeout: number
  readonly enforceRequestTimeout: boolean
  readonly metadataMaxAge: number
  readonly allowAutoTopicCreation: boolean
  readonly maxInFlightRequests: number | null
  readonly retry: {
    readonly initialRetryTime: number
    readonly maxRetryTime: number
    readonly retries: number
    readonly factor: number
    readonly multiplier: number
  }
}

type ClusterClass = new (options: KafkaClusterOptions) => KafkaCluster

export interface KafkajsInternals {
  readonly version: string
  readonly Cluster: ClusterClass
  readonly createLogger: (options: {
    readonly level: number
    readonly logCreator: () => (entry: LogEntry) => void
  }) => object
  readonly createSocketFactory: () => object
}

/** @throws Error when a module is not where the pinned version has it. */
export function loadInternals(): KafkajsInternals {
  const load = createRequire(import.meta.url)
  return {
    version: (load('kafkajs/package.json') as { readonly version: string }).version,
    Cluster: load('kafkajs/src/cluster') as ClusterClass,
    createLogger: (load('kafkajs/src/loggers') as Pick<KafkajsInternals, 'createLogger'>).createLogger,
    createSocketFactory: load('kafkajs/src/network/socketFactory') as () => object,
  }
}
