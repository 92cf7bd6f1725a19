/** Topics for tests on a real broker, made by kafkajs' admin client and gone afterwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, Kafka, logLevel } from 'kafkajs'

export interface TopicSpec {
  readonly topic: string
  readonly partitions?: number
  readonly config?: Readonly<Record<string, string>>
}

/** Timestamps of tests are of any age: nothing is to be deleted for that. */
const KEPT = { 'retention.ms': '-1', 'retention.bytes': '-1' }
const POLLS_MAX = 200

export const kafkaClient = (address: string): Kafka =>
  new Kafka({ brokers: [address], clientId: 'test', logLevel: logLevel.NOTHING, retry: { retries: 5 } })

export async function withAdmin<T>(address: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(address).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Answers when every broker that is asked knows them. */
export async function createTopics(address: string, specs: readonly TopicSpec[]): Promise<void> {
  await withAdmin(address, async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: specs.map(({ topic, partitions = 1, config = {} }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: Object.entries({ ...KEPT, ...config }).map(([name, value]) => ({ name, value })),
      })),
    })
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      try {
        await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) })
        return
      } catch {
        await sleep(20)
      }
    }
  })
}

export const deleteTopics = (address: string, specs: readonly TopicSpec[]): Promise<void> =>
  withAdmin(address, (admin) => admin.deleteTopics({ topics: specs.map(({ topic }) => topic) }))
