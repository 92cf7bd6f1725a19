/**
 * What commands ask of a cluster, and how topics are made; answers are plain data, and every call may throw AdapterError.
 *
 * Topics are not waited for by kafkajs, which takes a topic that not every broker has heard of yet for a failure: here that is
 * looked at until each partition has a leader. Ends of lanes are those of what is committed, as kafkajs asks for them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, Kafka } from 'kafkajs'
import { AdapterError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Lane, Position } from '../../runtime/ports/log.ts'
import { BrokerConnection } from './broker-connection.ts'
import { clockAheadMs } from './broker-clock.ts'
import { type KafkaConnection, kafkaConfig } from './connection.ts'
import { clientFailure } from './client-failure.ts'
import { isUnanswered } from './repeating.ts'
import { decodeAssignment } from './subscription.ts'

export interface TopicDescription {
  readonly partitions: number
  /** Of the partition that has the fewest. */
  readonly replicas: number
  /** Every setting of the topic, by Kafka's name of it. */
  readonly config: ReadonlyMap<string, string>
}

export interface NewTopic {
  readonly topic: string
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

export interface ClusterDescription {
  readonly clusterId: string
  /** Undefined while there is none. */
  readonly controller: number | undefined
  readonly brokers: readonly { readonly id: number; readonly address: string }[]
}

/** The first offset that is there, and the one behind the last that is committed. */
export interface LaneEnds extends Lane {
  readonly begin: number
  readonly end: number
}

export interface GroupLane extends LaneEnds {
  /** Undefined: none was ever committed. */
  readonly position: number | undefined
  /** Records and markers left to read, from the beginning where there is no position. */
  readonly lag: number
}

export interface GroupDescription {
  /** In Kafka's words: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`. */
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    readonly lanes: readonly Lane[]
  }[]
  readonly lanes: readonly GroupLane[]
}

const POLL_MS = 50
/** How long a lane without a leader that knows of it is waited for. */
const SETTLE_MS = 5000
const READY_MS_MAX = 30_000

export class KafkaAdministration {
  readonly #connection: KafkaConnection
  readonly #admin: Admin
  #connected: Promise<void> | undefined

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#admin = new Kafka(kafkaConfig(connection)).admin()
  }

  cluster(): Promise<ClusterDescription> {
    return this.#ask('describing the cluster', async (admin) => {
      const { brokers, controller, clusterId } = await admin.describeCluster()
      return {
        clusterId,
        controller: controller ?? undefined,
        brokers: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}` })),
      }
    })
  }

  /** By how much the clock of the brokers is ahead of this machine's, to a few milliseconds; undefined where they do not tell. */
  async clockAheadMs(): Promise<DurationMs | undefined> {
    const broker = await BrokerConnection.connectAny(this.#connection)
    try {
      return await clockAheadMs(broker)
    } catch (error) {
      throw clientFailure(error, this.#connection, 'asking for the time')
    } finally {
      broker.close()
    }
  }

  /** Those of the topics that are there. */
  async topics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const found = new Map<string, TopicDescription>()
    for (const topic of topics) {
      const partitions = await this.#partitions(topic)
      if (partitions === undefined) continue
      const config = await this.#config(topic)
      const replicas = Math.min(...partitions.map(({ replicas: of }) => of.length))
      found.set(topic, { partitions: partitions.length, replicas, config })
    }
    return found
  }

  /** Creates them, and waits until they can be used; those that are there already are left as they are. */
  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return
    const names = topics.map(({ topic }) => topic)
    await this.#ask(`creating ${names.join(', ')}`, (admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: topics.map(({ topic, partitions, replication, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      }),
    )
    const until = performance.now() + READY_MS_MAX
    for (const topic of names) await this.#untilReady(topic, until)
  }

  /** Of every lane of the topics. */
  async ends(topics: readonly string[]): Promise<readonly LaneEnds[]> {
    const all: LaneEnds[] = []
    for (const topic of topics) {
      const lanes = await this.#endsOf(topic)
      for (const { partition, low, high } of lanes.toSorted((a, b) => a.partition - b.partition))
        all.push({ topic, partition, begin: Number(low), end: Number(high) })
    }
    return all
  }

  /** The group, and how far it is in these topics. A group that never was is `Dead`. */
  async group(groupId: string, topics: readonly string[]): Promise<GroupDescription> {
    const ends = await this.ends(topics)
    const { groups, offsets } = await this.#ask(`describing group ${groupId}`, async (admin) => ({
      ...(await admin.describeGroups([groupId])),
      offsets: await admin.fetchOffsets({ groupId, topics: [...topics] }),
    }))
    const [group] = groups
    const committed = new Map(
      offsets.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    )
    return {
      state: group?.state ?? 'Dead',
      members: (group?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => ({
        memberId,
        clientId,
        host: clientHost.replace(/^\//, ''),
        lanes: decodeAssignment(memberAssignment),
      })),
      lanes: ends.map((lane) => {
        const offset = committed.get(`${lane.topic}/${lane.partition}`) ?? -1
        const position = offset < 0 ? undefined : offset
        return { ...lane, position, lag: Math.max(0, lane.end - Math.max(lane.begin, offset)) }
      }),
    }
  }

  /** Deletes the records of lanes in front of these offsets, for good. Lanes that begin there already are left as they are. */
  async deleteBefore(positions: readonly Position[]): Promise<void> {
    const topics = [...new Set(positions.map(({ topic }) => topic))]
    for (const { topic, partition, begin } of await this.ends(topics)) {
      const found = positions.find((one) => one.topic === topic && one.partition === partition)
      if (found === undefined || found.offset <= begin) continue
      const partitions = [{ partition, offset: String(found.offset) }]
      await this.#ask(`purging ${topic}/${partition}`, (admin) =>
        admin.deleteTopicRecords({ topic, partitions }),
      )
    }
  }

  async close(): Promise<void> {
    await this.#connected?.catch(() => {})
    await this.#admin.disconnect()
  }

  /** Whoever leads a lane that has just been made, or moved, may not know it yet. */
  async #endsOf(topic: string) {
    const until = performance.now() + SETTLE_MS
    for (;;) {
      try {
        return await this.#ask(`asking for the ends of ${topic}`, (admin) => admin.fetchTopicOffsets(topic))
      } catch (error) {
        const passes = error instanceof AdapterError && error.retryable && !isUnanswered(error)
        if (!passes || performance.now() > until) throw error
        await sleep(POLL_MS)
      }
    }
  }

  async #untilReady(topic: string, until: number): Promise<void> {
    for (;;) {
      const partitions = await this.#partitions(topic)
      if (partitions?.every(({ leader }) => leader >= 0)) return
      if (performance.now() > until)
        throw new AdapterError('topic-not-ready', `topic ${topic} was created and cannot be used yet`, true)
      await sleep(POLL_MS)
    }
  }

  /** Undefined: there is no such topic. */
  #partitions(topic: string) {
    return this.#ask(`looking at topic ${topic}`, async (admin) => {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        return topics.find(({ name }) => name === topic)?.partitions
      } catch (error) {
        if ((error as { readonly type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
        throw error
      }
    })
  }

  async #config(topic: string): Promise<ReadonlyMap<string, string>> {
    const { resources } = await this.#ask(`reading the settings of topic ${topic}`, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      }),
    )
    const entries = resources[0]?.configEntries ?? []
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
  }

  /** Connects first, with an error that says what is wrong at once where kafkajs would try for a while. */
  async #ask<T>(doing: string, use: (admin: Admin) => Promise<T>): Promise<T> {
    this.#connected ??= this.#connect()
    try {
      await this.#connected
    } catch (error) {
      this.#connected = undefined
      throw clientFailure(error, this.#connection, doing)
    }
    try {
      return await use(this.#admin)
    } catch (error) {
      throw clientFailure(error, this.#connection, doing)
    }
  }

  async #connect(): Promise<void> {
    const probe = await BrokerConnection.connectAny(this.#connection)
    probe.close()
    await this.#admin.connect()
  }
}
