/**
 * Connections to the brokers: kafkajs' own cluster, with every bound said. Its defaults depend on `NODE_ENV`, and it would write to
 * the console by itself.
 */
import type { ISocketFactory, SASLOptions } from 'kafkajs'
import { type KafkaCluster, type LogEntry, loadInternals } from './kafkajs-internals.ts'

export interface ClusterOptions {
  /** `host:port` each; any one that answers will do. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Options of `tls.connect`; undefined: no TLS. */
  readonly ssl?: object | undefined
  readonly sasl?: SASLOptions | undefined
  /** Default: 5,000. */
  readonly connectionTimeoutMs?: number
  /** How long an answer may take. Default: 10,000. */
  readonly requestTimeoutMs?: number
  /** How a connection is made, for tunnels and the like. Default: TCP, with TLS where `ssl` is given. */
  readonly socketFactory?: ISocketFactory | undefined
  /** What kafkajs has to say. Default: nothing is heard. */
  readonly log?: (entry: LogEntry) => void
}

/** Makes connections of their own: brokers answer the requests of one connection one after the other. */
export type ClusterFactory = () => KafkaCluster

const CONNECTION_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 10_000
const AUTHENTICATION_TIMEOUT_MS = 10_000
const REAUTHENTICATION_THRESHOLD_MS = 10_000
const METADATA_MAX_AGE_MS = 300_000
/** kafkajs' level of what it calls errors; each is also thrown, so they are heard twice by whoever asks for them. */
const LOG_LEVEL_ERROR = 1
const LOG_LEVEL_NOTHING = 0

/** Only to get from one broker to the next when the first is away: all other trying again is the caller's. */
const RETRY = { initialRetryTime: 20, maxRetryTime: 500, retries: 4, factor: 0.2, multiplier: 2 }

export function createCluster(options: ClusterOptions): KafkaCluster {
  const { Cluster, createLogger, createSocketFactory } = loadInternals()
  const { log } = options
  return new Cluster({
    brokers: options.brokers,
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    logger: createLogger({
      level: log === undefined ? LOG_LEVEL_NOTHING : LOG_LEVEL_ERROR,
      logCreator: () => log ?? (() => {}),
    }),
    socketFactory: options.socketFactory ?? createSocketFactory(),
    connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    reauthenticationThreshold: REAUTHENTICATION_THRESHOLD_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    retry: RETRY,
  })
}
