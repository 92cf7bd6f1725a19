/** The repair after its defect: what is not there any more needs none. */
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

function idleQueue(): Queue {
  const RequestQueue = kafkajsModule<new (options: object) => Queue>('network/requestQueue')
  const options = { maxInFlightRequests: null, requestTimeout: 1000, enforceRequestTimeout: false }
  const queue = new RequestQueue({ ...options, clientId: 'test', broker: 'none:1', logger })
  queues.push(queue)
  return queue
}

test('a connection keeps a timer while nothing waits; not after the repair, when what is held back still goes out', async () => {
  const defect = idleQueue()
  defect.checkPendingRequests()
  expect(defect.throttleCheckTimeoutId).not.toBeNull()

  repairKafkajs()
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
