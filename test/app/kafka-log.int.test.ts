/** The log of a run by its settings, on a real broker. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openKafkaLog } from '../../src/app/kafka-log.ts'
import { serverSettingsOf } from '../../src/app/settings.ts'
import type { Log } from '../../src/runtime/ports/log.ts'
import type { Observation } from '../../src/runtime/ports/observer.ts'
import { createTopics, deleteTopics, kafkaClient, withAdmin } from '../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../support/real-servers.ts'

describeWith(['kafka'], 'SHOPKEEPER_SKIP_LOST', ({ kafka }) => {
  const topics = [{ topic: uniqueName('source') }, { topic: uniqueName('internal') }] as const
  const [source, internal] = topics.map(({ topic }) => topic) as [string, string]
  const seen: Observation[] = []
  let log: Log

  /** Of each topic the first of three records is gone. */
  beforeEach(async () => {
    await createTopics(kafka, topics)
    const producer = kafkaClient(kafka).producer()
    await producer.connect()
    const messages = ['a', 'b', 'c'].map((value) => ({ value }))
    for (const { topic } of topics) await producer.send({ topic, messages })
    await producer.disconnect()
    await withAdmin(kafka, async (admin) => {
      for (const { topic } of topics) {
        // Without it, the client does not know who leads the lane.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] })
      }
    })
  })
  afterEach(async () => {
    await log.close()
    await deleteTopics(kafka, topics)
  })

  function open(environment: Readonly<Record<string, string>>): Log {
    const settings = serverSettingsOf({ KAFKA_BROKERS: kafka, ...environment })
    return openKafkaLog(settings.kafka, {
      connection: { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined },
      group: uniqueName('group'),
      view: { current: () => undefined, next: async () => {}, holds: () => true },
      sources: new Set([source]),
      observe: (observation) => seen.push(observation),
    })
  }
  /** The offset behind what one turn brings from the beginning of all that ever was. */
  async function read(topic: string): Promise<number | undefined> {
    const reader = log.read([{ topic, partition: 0, offset: 0 }])
    try {
      for (;;) {
        const { batches } = await reader.next(100)
        if (batches.length > 0) return batches.at(-1)?.nextOffset
      }
    } finally {
      await reader.close()
    }
  }

  test('goes over what is lost of a source, and says so; never of an internal topic', async () => {
    log = open({ SHOPKEEPER_SKIP_LOST: 'true' })
    expect(await read(source)).toBe(3)
    expect(seen).toEqual([{ kind: 'skipped', topic: source, partition: 0, from: 0, to: 1 }])
    await expect(read(internal)).rejects.toMatchObject({ code: 'offset-out-of-range' })
    expect(seen).toHaveLength(1)
  })

  test('is off unless asked for', async () => {
    log = open({})
    await expect(read(source)).rejects.toMatchObject({ code: 'offset-out-of-range', retryable: false })
  })
})
