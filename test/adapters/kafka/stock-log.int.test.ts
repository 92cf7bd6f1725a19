import { expect, test } from '@jest/globals'
import { StockLog } from '../../../src/adapters/kafka/stock-log.ts'
import { Appends } from '../../../src/runtime/appends.ts'
import type { Lane, Log } from '../../../src/runtime/ports/log.ts'
import { type LogUnderTest, logContract } from '../../contracts/log.contract.ts'
import { createTopics, deleteTopics, kafkaClient } from '../../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'

const TURN_RECORDS_MAX = 10

const openLog = (address: string, group: string): StockLog =>
  new StockLog({
    connection: { brokers: [address], clientId: 'test', ssl: false, sasl: undefined },
    group,
    now: () => 1_777_000_000_000,
    turnRecordsMax: TURN_RECORDS_MAX,
  })

async function valuesOf(log: Log, lane: Lane): Promise<readonly string[]> {
  const found: string[] = []
  const replay = await log.replay(lane, 0)
  for await (const batch of replay?.batches ?? []) {
    const cursor = batch.walk()
    while (cursor.next()) found.push(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd))
  }
  return found
}

async function openUnderTest(address: string): Promise<LogUnderTest> {
  const name = uniqueName('stock')
  const topics = [
    { topic: `${name}-in`, partitions: 2 },
    { topic: `${name}-changelog`, config: { 'cleanup.policy': 'compact' } },
    { topic: `${name}-out`, partitions: 2 },
  ]
  await createTopics(address, topics)
  const log = openLog(address, `${name}-group`)
  const outputs = [0, 1].map((partition) => ({ topic: `${name}-out`, partition }))
  return {
    log,
    lanes: [
      { topic: `${name}-in`, partition: 0 },
      { topic: `${name}-in`, partition: 1 },
    ],
    compacted: { topic: `${name}-changelog`, partition: 0 },
    outputTopic: `${name}-out`,
    turnRecordsMax: TURN_RECORDS_MAX,
    outputs: async () => (await Promise.all(outputs.map((lane) => valuesOf(log, lane)))).flat(),
    async close() {
      await log.close()
      await deleteTopics(address, topics)
    },
  }
}

describeWith(['kafka'], 'the log of kafkajs', ({ kafka }) => {
  logContract('stock', () => openUnderTest(kafka))

  test('hands out nothing of aborted transactions that interleave, wherever it begins', async () => {
    const world = await openUnderTest(kafka)
    const [lane] = world.lanes
    const producers = await Promise.all(
      ['a', 'b'].map(async (id) => {
        const producer = kafkaClient(kafka).producer({
          transactionalId: uniqueName(id),
          idempotent: true,
          maxInFlightRequests: 1,
        })
        await producer.connect()
        return producer
      }),
    )
    const [first, second] = (await Promise.all(producers.map((producer) => producer.transaction()))) as [
      Awaited<ReturnType<(typeof producers)[number]['transaction']>>,
      Awaited<ReturnType<(typeof producers)[number]['transaction']>>,
    ]
    const put = (transaction: typeof first, value: string) =>
      transaction.send({ topic: lane.topic, messages: [{ value, partition: lane.partition }] })
    await put(first, 'aborted 1')
    await put(second, 'aborted 2')
    await second.abort()
    await put(first, 'aborted 3')
    await first.abort()
    await Promise.all(producers.map((producer) => producer.disconnect()))

    const { owner } = await world.log.takeOver('task', [])
    const appends = new Appends()
    appends.record(lane.topic, lane.partition, 0, null, Buffer.from('kept'))
    await world.log.commit({ task: 'task', owner, appends, positions: [], changelog: world.compacted })
    expect(await valuesOf(world.log, lane)).toEqual(['kept'])
    const replay = await world.log.replay(lane, 1)
    for await (const batch of replay?.batches ?? []) {
      const cursor = batch.walk()
      while (cursor.next())
        expect(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd)).toBe('kept')
    }
    await world.close()
  })

  test('a commit above what one batch may hold is written whole, with ids as headers', async () => {
    const world = await openUnderTest(kafka)
    const [lane] = world.lanes
    const { owner } = await world.log.takeOver('task', [])
    const appends = new Appends()
    for (let i = 0; i < 30; i++)
      appends.record(lane.topic, lane.partition, undefined, `k${i}`, Buffer.alloc(100_000, i), `id-${i}`)
    const end = await world.log.commit({ task: 'task', owner, appends, positions: [], changelog: lane })
    expect(end).toBe(30)
    const ids: (string | undefined)[] = []
    for await (const batch of (await world.log.replay(lane, 0))?.batches ?? []) {
      const cursor = batch.walk()
      while (cursor.next()) {
        ids.push(cursor.header('id'))
        expect(cursor.timestamp).toBe(1_777_000_000_000)
        expect(cursor.buffer[cursor.valueStart]).toBe(ids.length - 1)
      }
    }
    expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => `id-${i}`))
    await world.close()
  })
})
