/** Each repair after its defect: what is not there any more needs none. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { kafkajsModule } from '../../../src/adapters/kafka/kafkajs-parts.ts'
import { repairKafkajs } from '../../../src/adapters/kafka/repairs.ts'

interface Queue {
  throttleCheckTimeoutId: unknown
  throttledUntil: number
  push(request: object): void
  checkPendingRequests(): void
  destroy(): void
}

const quiet = () => {}
const logger = { namespace: () => logger, debug: quiet, info: quiet, warn: quiet, error: quiet }
const queues: Queue[] = []
afterEach(() => {
  for (const queue of queues.splice(0)) queue.destroy()
})

interface MetadataResponse {
  parse(data: object): Promise<unknown>
}

const metadata = kafkajsModule<MetadataResponse>('protocol/requests/metadata/v6/response')
const answerOf = (topicErrorCode: number, partitionErrorCode: number, leader: number) => ({
  topicMetadata: [
    { topicErrorCode: 0, topic: 'fine', partitionMetadata: [{ partitionErrorCode: 0, leader: 1 }] },
    { topicErrorCode, topic: 'other', partitionMetadata: [{ partitionErrorCode, leader }] },
  ],
})
const leaderless = answerOf(0, 5, -1)

function idleQueue(): Queue {
  const RequestQueue = kafkajsModule<new (options: object) => Queue>('network/requestQueue')
  const options = { maxInFlightRequests: null, requestTimeout: 1000, enforceRequestTimeout: false }
  const queue = new RequestQueue({ ...options, clientId: 'test', broker: 'none:1', logger })
  queues.push(queue)
  return queue
}

test('the defects are there: an idle connection keeps a timer, a partition without a leader fails the answer for all', async () => {
  const queue = idleQueue()
  queue.checkPendingRequests()
  expect(queue.throttleCheckTimeoutId).not.toBeNull()
  await expect(metadata.parse(leaderless)).rejects.toThrow(/leader/)
})

test('after the repair an answer with such a partition is one, and a topic that is refused still fails it', async () => {
  repairKafkajs()
  repairKafkajs()
  expect(await metadata.parse(leaderless)).toBe(leaderless)
  await expect(metadata.parse(answerOf(29, 0, 1))).rejects.toThrow(/[Nn]ot authorized/)
})

test('after the repair no timer is kept while nothing waits, and what is held back still goes out', async () => {
  repairKafkajs()
  const queue = idleQueue()
  queue.checkPendingRequests()
  expect(queue.throttleCheckTimeoutId).toBeNull()

  const sent: string[] = []
  queue.throttledUntil = Date.now() + 20
  queue.push({
    entry: { correlationId: 1, apiKey: 0, apiName: 'Test', apiVersion: 0, resolve: quiet, reject: quiet },
    expectResponse: true,
    sendRequest: () => sent.push('sent'),
  })
  expect(sent).toEqual([])
  while (sent.length === 0) await sleep(5)
  expect(queue.throttleCheckTimeoutId).toBeNull()
})
