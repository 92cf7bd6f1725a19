/** What commands ask of a real cluster. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Kafka } from 'kafkajs'
import { KafkaAdministration, type NewTopic } from '../../../src/adapters/kafka/administration.ts'
import { type KafkaConnection, kafkaConfig } from '../../../src/adapters/kafka/connection.ts'
import { KafkaMembership } from '../../../src/adapters/kafka/membership.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'

describeWith(['kafka'], 'administration', ({ kafka }) => {
  const connection: KafkaConnection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined }
  let administration: KafkaAdministration
  beforeEach(() => {
    administration = new KafkaAdministration(connection)
  })
  afterEach(() => administration.close())

  const newTopic = (more: Partial<NewTopic> = {}): NewTopic => ({
    topic: uniqueName('made'),
    partitions: 2,
    replication: -1,
    config: {},
    ...more,
  })

  test('knows the cluster, and its time', async () => {
    const { brokers, controller, clusterId } = await administration.cluster()
    expect(brokers.map(({ address }) => address)).toContain(kafka)
    expect(brokers.map(({ id }) => id)).toContain(controller)
    expect(clusterId).not.toBe('')
    expect(Math.abs((await administration.clockAheadMs()) ?? Infinity)).toBeLessThan(60_000)
  })

  test('creates topics as asked for, ready to be used', async () => {
    const config = { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' }
    const [plain, compacted] = [newTopic(), newTopic({ partitions: 3, config })]
    await administration.createTopics([plain, compacted])
    const found = await administration.topics([plain.topic, uniqueName('missing'), compacted.topic])
    expect([...found.keys()]).toEqual([plain.topic, compacted.topic])
    expect(found.get(plain.topic)).toMatchObject({ partitions: 2, replicas: 1 })
    expect(found.get(compacted.topic)?.partitions).toBe(3)
    expect(Object.fromEntries(found.get(compacted.topic)?.config ?? [])).toMatchObject({
      ...config,
      'min.insync.replicas': '1',
      'retention.ms': expect.stringMatching(/^-?\d+$/),
      'delete.retention.ms': expect.stringMatching(/^\d+$/),
    })
  })

  test('leaves a topic that is there as it is, and creates the other', async () => {
    const [old, other] = [newTopic(), newTopic()]
    await administration.createTopics([old])
    await administration.createTopics([{ ...old, partitions: 5 }, other])
    const found = await administration.topics([old.topic, other.topic])
    expect([...found.values()].map(({ partitions }) => partitions)).toEqual([2, 2])
  })

  test('says which topic cannot be created, and why', async () => {
    const bad = newTopic({ replication: 7 })
    await expect(administration.createTopics([bad])).rejects.toMatchObject({
      name: 'AdapterError',
      code: 'invalid-replication-factor',
      retryable: false,
      message: expect.stringContaining(bad.topic),
    })
  })

  test('tells ends of lanes, positions of a group and who is in it', async () => {
    const [source, internal] = [newTopic(), newTopic({ partitions: 1 })]
    await administration.createTopics([source, internal])
    const topics = [source.topic, internal.topic]
    const groupId = uniqueName('group')
    expect(await administration.group(groupId, topics)).toMatchObject({ state: 'Dead', members: [] })

    await commit(source.topic, groupId, '2')
    const membership = new KafkaMembership(connection, {
      groupId,
      sources: [source.topic],
      internal: internal.topic,
    })
    try {
      await membership.next(20_000)
      const group = await administration.group(groupId, topics)
      // Three records and the marker of their transaction; the second partition has nothing, and no position.
      expect(group.lanes).toEqual([
        { topic: source.topic, partition: 0, begin: 0, end: 4, position: 2, lag: 2 },
        { topic: source.topic, partition: 1, begin: 0, end: 0, position: undefined, lag: 0 },
        { topic: internal.topic, partition: 0, begin: 0, end: 0, position: undefined, lag: 0 },
      ])
      expect(group.state).toBe('Stable')
      expect(group.members).toHaveLength(1)
      expect(group.members[0]).toMatchObject({
        clientId: 'test',
        memberId: membership.group.current()?.memberId,
      })
      expect(group.members[0]?.lanes).toHaveLength(3)
    } finally {
      await membership.close()
    }
  })

  /** Three records and a position, in one transaction. */
  async function commit(topic: string, groupId: string, offset: string): Promise<void> {
    const producer = new Kafka(kafkaConfig(connection)).producer({
      transactionalId: uniqueName('transaction'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    const messages = ['a', 'b', 'c'].map((value) => ({ value, partition: 0 }))
    await transaction.send({ topic, messages })
    await transaction.sendOffsets({
      consumerGroupId: groupId,
      topics: [{ topic, partitions: [{ partition: 0, offset }] }],
    })
    await transaction.commit()
    await producer.disconnect()
  }
})
