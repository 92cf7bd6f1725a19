/** Whether a broker can be used: it answers, and has done once what a new broker is slow at the first time. */
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'

const TOPIC = 'shopkeeper-warm-up'
const GROUP = 'shopkeeper-warm-up'
const GROUP_MS_MAX = 30_000

const client = (address: string, retries: number): Kafka =>
  new Kafka({
    clientId: 'shopkeeper-tests',
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2000,
    requestTimeout: 10_000,
    retry: { retries, initialRetryTime: 50, maxRetryTime: 500 },
  })

/** Rejects with the reason when nothing there answers as a broker. */
export async function kafkaAnswers(address: string): Promise<void> {
  const admin = client(address, 0).admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    if (brokers.length === 0) throw new Error('it knows no broker yet')
  } finally {
    await admin.disconnect()
  }
}

/** One topic, one committed transaction with a position in it, one joined group. The topic goes again; the empty group ages out. */
export async function warmUp(address: string): Promise<void> {
  const kafka = client(address, 40)
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: false })
    await joinGroup(kafka)
    await commitTransaction(kafka)
    await admin.deleteTopics({ topics: [TOPIC] })
  } finally {
    await admin.disconnect()
  }
}

async function joinGroup(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: GROUP })
  const joined = new Promise<void>((resolve) => {
    consumer.on('consumer.group_join', () => resolve())
  })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: TOPIC })
    await consumer.run({ eachMessage: async () => {} })
    const tooLate = pause(GROUP_MS_MAX, undefined, { ref: false }).then(() => {
      throw new Error('no group could be joined')
    })
    await Promise.race([joined, tooLate])
  } finally {
    await consumer.disconnect()
  }
}

async function commitTransaction(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({ transactionalId: GROUP, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    await transaction.send({ topic: TOPIC, messages: [{ value: 'warm' }] })
    await transaction.sendOffsets({
      consumerGroupId: GROUP,
      topics: [{ topic: TOPIC, partitions: [{ partition: 0, offset: '1' }] }],
    })
    await transaction.commit()
  } finally {
    await producer.disconnect()
  }
}
