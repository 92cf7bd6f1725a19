/**
 * One connection to one broker, for a group's member and for questions of commands: kafkajs connects, speaks TLS and SASL, finds the version and frames the
 * bytes; nothing is tried again here, and `close` waits for no answer. The data path's way to all brokers: `brokers.ts`.
 */
import { AdapterError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'
import { type KafkaConnection, kafkaConfig } from './connection.ts'
import { clientFailure } from './client-failure.ts'
import { type KafkajsBroker, kafkajsParts } from './kafkajs-parts.ts'
import { repairKafkajs } from './repairs.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

export class BrokerConnection {
  readonly address: BrokerAddress
  readonly #broker: KafkajsBroker

  private constructor(address: BrokerAddress, broker: KafkajsBroker) {
    this.address = address
    this.#broker = broker
  }

  /** @throws AdapterError */
  static async connect(connection: KafkaConnection, address: BrokerAddress): Promise<BrokerConnection> {
    repairKafkajs()
    const { Broker, connectionPoolBuilder, createLogger, socketFactory } = kafkajsParts()
    const config = kafkaConfig(connection)
    const logger = createLogger({ level: config.logLevel, logCreator: config.logCreator })
    const builder = connectionPoolBuilder({ ...config, logger, socketFactory: socketFactory() })
    const connectionPool = await builder.build(address)
    const { authenticationTimeout } = config
    const broker = new Broker({
      connectionPool,
      logger,
      authenticationTimeout,
      allowAutoTopicCreation: false,
    })
    const connected = new BrokerConnection(address, broker)
    try {
      await broker.connect()
    } catch (error) {
      connected.close()
      throw clientFailure(error, connection, `connecting to ${address.host}:${address.port}`)
    }
    return connected
  }

  /** To the first broker of the list that can be reached. @throws AdapterError of the last one, or one that another broker would not mend */
  static async connectAny(connection: KafkaConnection): Promise<BrokerConnection> {
    let failure: unknown
    for (const broker of connection.brokers) {
      try {
        return await BrokerConnection.connect(connection, addressOf(broker))
      } catch (error) {
        if (error instanceof AdapterError && !error.retryable) throw error
        failure = error
      }
    }
    throw failure
  }

  /** @throws what kafkajs throws, with the protocol's `type` of the error */
  async ask<Answer>(name: string, args: object, timeoutMs?: DurationMs): Promise<Answer> {
    const { apiKeys, requests } = kafkajsParts()
    const request = this.#broker.lookupRequest(apiKeys[name] ?? -1, requests[name])(args)
    if (timeoutMs !== undefined) request.requestTimeout = timeoutMs
    return (await this.#broker.connectionPool.send(request)) as Answer
  }

  /** Whether it serves this version of a request. */
  knows(apiKey: number, apiVersion: number): boolean {
    return (this.#broker.versions?.[apiKey]?.maxVersion ?? -1) >= apiVersion
  }

  /** A request that kafkajs does not know: its bytes behind the plain header, and those of the answer behind its correlation id. */
  async askBytes(apiName: string, apiKey: number, apiVersion: number, body: Buffer): Promise<Buffer> {
    const answer = await this.#broker.connectionPool.send({
      request: { apiName, apiKey, apiVersion, encode: async () => ({ buf: body, buffer: body }) },
      response: { decode: async (payload: Buffer) => payload, parse: async (payload: Buffer) => payload },
    })
    return answer as Buffer
  }

  /** Of a topic. */
  async partitions(topic: string): Promise<number> {
    const { topicMetadata } = await this.#broker.metadata([topic])
    return topicMetadata[0]?.partitionMetadata.length ?? 0
  }

  /** Whoever waits for an answer is told that there will be none. */
  close(): void {
    for (const socket of this.#broker.connectionPool.pool) socket.rejectRequests(new Error('closed'))
    this.#broker.disconnect().catch(() => {})
  }
}

/** `host:port`, an IPv6 host in brackets. */
export function addressOf(broker: string): BrokerAddress {
  const colon = broker.lastIndexOf(':')
  return { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) }
}
