/** Connections to all brokers, as kafkajs' own cluster keeps them: metadata, TLS, logins and connecting again. */
import type { ISocketFactory, RetryOptions } from 'kafkajs'
import { type KafkaConnection, kafkaConfig } from './connection.ts'
import { openSocket, takeAnswersApart } from './framing.ts'
import { type KafkajsCluster, kafkajsParts } from './kafkajs-parts.ts'
import { repairKafkajs } from './repairs.ts'

/** Below the broker's patience with a transaction, so that one of a broker that hangs is not taken for another's. */
const REQUEST_TIMEOUT_MS = 10_000
const METADATA_MAX_AGE_MS = 300_000

/** Only to get from one broker to the next when the first is away: all other trying again is the caller's. */
const RETRY: Readonly<RetryOptions> = {
  initialRetryTime: 20,
  maxRetryTime: 500,
  retries: 4,
  factor: 0.2,
  multiplier: 2,
}

/** `open`: how a connection is made, for tunnels and the like; TCP, with TLS where the connection wants it, by default. */
export function createCluster(
  connection: KafkaConnection,
  open: ISocketFactory = openSocket,
): KafkajsCluster {
  repairKafkajs()
  takeAnswersApart()
  const { Cluster, createLogger } = kafkajsParts()
  const { logLevel: level, logCreator, ...config } = kafkaConfig(connection, RETRY)
  return new Cluster({
    ...config,
    logger: createLogger({ level, logCreator }),
    socketFactory: lettingGoOnce(open),
    requestTimeout: connection.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
  })
}

/** While a broker is away kafkajs lets go of the socket it had again and again, and each time leaves a listener on it. */
function lettingGoOnce(open: ISocketFactory): ISocketFactory {
  return (options) => {
    const socket = open(options)
    socket.once('close', () => {
      socket.unref = () => socket
    })
    return socket
  }
}
