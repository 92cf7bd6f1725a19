import { type LogUnderTest, logContract } from '../../contracts/log.contract.ts'
import { createTopics, deleteTopics } from '../../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'
import { openLog } from './log-world.ts'

/** A batch of one record with a short value takes 70 bytes. */
const TURN_RECORDS_MAX = 10

async function openUnderTest(address: string): Promise<LogUnderTest> {
  const name = uniqueName('log')
  const topics = [
    { topic: `${name}-in`, partitions: 2 },
    { topic: `${name}-changelog`, config: { 'cleanup.policy': 'compact' } },
    { topic: `${name}-out`, partitions: 2 },
  ]
  await createTopics(address, topics)
  const log = openLog(address, `${name}-group`, { turnBytesMax: TURN_RECORDS_MAX * 70 })
  return {
    log,
    lanes: [
      { topic: `${name}-in`, partition: 0 },
      { topic: `${name}-in`, partition: 1 },
    ],
    compacted: { topic: `${name}-changelog`, partition: 0 },
    outputTopic: `${name}-out`,
    turnRecordsMax: TURN_RECORDS_MAX,
    async outputs() {
      const found: string[] = []
      for (const partition of [0, 1]) {
        const replay = await log.replay({ topic: `${name}-out`, partition }, 0)
        for await (const batch of replay?.batches ?? []) {
          const cursor = batch.walk()
          while (cursor.next()) found.push(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd))
        }
      }
      return found
    },
    async close() {
      await log.close()
      await deleteTopics(address, topics)
    },
  }
}

describeWith(['kafka'], 'on a real broker', ({ kafka }) => {
  logContract('kafka', () => openUnderTest(kafka))
})
