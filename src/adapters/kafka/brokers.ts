/**
 * The way of the data path to all brokers: leaders of lanes, coordinators of groups and transactions, remembered until an answer says
 * otherwise, and a request sent to the one that it is for. Nothing is tried again here; `repeating` says how that is done. One
 * connection to one broker, for whoever needs no routing: `broker-connection.ts`.
 */
import { AdapterError } from '../../model/errors.ts'
import type { Lane } from '../../runtime/ports/log.ts'
import type { KafkaConnection } from './connection.ts'
import { brokerFailure, repeatOf } from './broker-codes.ts'
import { clientFailure, codeOf } from './client-failure.ts'
import { sendFramed } from './framing.ts'
import type { KafkajsBroker, KafkajsCluster, KafkajsConnection } from './kafkajs-parts.ts'
import { Again } from './repeating.ts'
import { type CoordinatorKind, findCoordinator } from './wire/position-requests.ts'
import type { KafkaAnswer, KafkaRequest } from './wire/request.ts'

/** Fetches have a connection of their own to each broker. */
const FETCH = 1

export class Brokers {
  private readonly cluster: KafkajsCluster
  private readonly connection: KafkaConnection
  private readonly coordinators = new Map<string, number>()
  /** Leaders by partition, of every topic asked for. */
  private leaders = new Map<string, ReadonlyMap<number, number>>()
  private refreshing: Promise<void> | undefined
  /** By broker, and whether it is the connection for fetches. */
  private readonly connecting = new Map<string, Promise<KafkajsConnection>>()
  private closed = false

  constructor(cluster: KafkajsCluster, connection: KafkaConnection) {
    this.cluster = cluster
    this.connection = connection
  }

  /** @throws AdapterError that may be repeated where the broker did not answer. */
  async send<Answer extends KafkaAnswer>(nodeId: number, request: KafkaRequest<Answer>): Promise<Answer> {
    const { apiName, apiKey, apiVersion } = request
    this.assertOpen()
    try {
      const broker = await this.cluster.findBroker({ nodeId })
      const served = broker.versions?.[apiKey]
      if (served === undefined || served.maxVersion < apiVersion || served.minVersion > apiVersion)
        throw new AdapterError(
          'broker-version',
          `broker ${nodeId} does not serve ${apiName} in version ${apiVersion}: run brokers of Kafka 2.5 or newer`,
          false,
        )
      return await sendFramed(await this.connected(broker, apiKey), request)
    } catch (error) {
      throw clientFailure(error, this.connection, `asking broker ${nodeId} (${apiName})`)
    }
  }

  /** kafkajs opens a socket for each request that finds none, and the end of any of them is taken for that of the one in use. */
  private async connected(broker: KafkajsBroker, apiKey: number): Promise<KafkajsConnection> {
    const place = `${broker.nodeId}:${apiKey === FETCH}`
    let connecting = this.connecting.get(place)
    if (connecting === undefined) {
      connecting = broker.connectionPool.getConnectionByRequest({ request: { apiKey } }).finally(() => {
        this.connecting.delete(place)
      })
      this.connecting.set(place, connecting)
    }
    return connecting
  }

  /** @throws Again while there is none. */
  async leaderOf({ topic, partition }: Lane): Promise<number> {
    const leader = (await this.leadersOf(topic)).get(partition)
    if (leader === undefined || leader < 0) {
      const message = `${topic}/${partition} has no leader, or is not there: look at the topic, and whether its brokers run`
      throw new Again(new AdapterError('no-leader', message, true), 'leader')
    }
    return leader
  }

  async partitionsOf(topic: string): Promise<number> {
    return (await this.leadersOf(topic)).size
  }

  async coordinatorOf(kind: CoordinatorKind, key: string): Promise<number> {
    const name = `${kind}:${key}`
    const known = this.coordinators.get(name)
    if (known !== undefined) return known
    const doing = `finding the coordinator of ${kind} ${key}`
    const { code, nodeId } = await this.send(await this.anyBroker(doing), findCoordinator(kind, key))
    if (code !== 0) throw new Again(brokerFailure(code, doing), 'coordinator', code)
    this.coordinators.set(name, nodeId)
    return nodeId
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.coordinators.delete(`${kind}:${key}`)
  }

  /** Asks the brokers anew who leads what; calls at the same time are one. */
  async refresh(): Promise<void> {
    this.refreshing ??= this.askAnew().finally(() => {
      this.refreshing = undefined
    })
    await this.refreshing
  }

  async close(): Promise<void> {
    this.closed = true
    await this.cluster.disconnect()
  }

  /** kafkajs would connect anew. */
  private assertOpen(): void {
    if (this.closed) throw new AdapterError('log-closed', 'the connections to Kafka were closed', false)
  }

  private async askAnew(): Promise<void> {
    this.assertOpen()
    try {
      await this.cluster.refreshMetadata()
    } catch (error) {
      throw lookUpFailure(error, this.connection, 'asking who leads what')
    }
    this.leaders = new Map()
    this.coordinators.clear()
  }

  private async leadersOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const known = this.leaders.get(topic)
    if (known !== undefined) return known
    this.assertOpen()
    try {
      await this.cluster.connect()
      await this.cluster.addMultipleTargetTopics([topic])
    } catch (error) {
      throw lookUpFailure(error, this.connection, `looking up topic ${topic}`)
    }
    const found = this.cluster.findTopicPartitionMetadata(topic)
    const leaders = new Map(found.map(({ partitionId, leader }) => [partitionId, leader]))
    if (leaders.size === 0)
      throw new Again(new AdapterError('no-topic', `topic ${topic} is not known yet`, true), 'leader')
    this.leaders.set(topic, leaders)
    return leaders
  }

  private async anyBroker(doing: string): Promise<number> {
    try {
      await this.cluster.connect()
      let { nodeId } = await this.cluster.brokerPool.findConnectedBroker()
      if (nodeId === null) {
        await this.cluster.refreshMetadata()
        nodeId = (await this.cluster.brokerPool.findConnectedBroker()).nodeId
      }
      if (nodeId === null) throw new AdapterError('no-broker', `${doing}: the brokers name none`, true)
      return nodeId
    } catch (error) {
      throw clientFailure(error, this.connection, doing)
    }
  }
}

/** Topics are seen by all brokers only a while after they were made, and may be without a leader for a moment. */
function lookUpFailure(error: unknown, connection: KafkaConnection, doing: string): Error {
  const code = codeOf(error)
  const about = code === undefined ? undefined : repeatOf(code)
  const failure = clientFailure(error, connection, doing)
  return about === undefined ? failure : new Again(failure, about, code)
}
