/** Each repair after its defect: whatever is not there any more needs none. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { kafkajsModule } from '../../../src/adapters/kafka/kafkajs-parts.ts'
import {
  repairIdleTimer,
  repairKafkajs,
  repairTransactionRetry,
} from '../../../src/adapters/kafka/repairs.ts'

const quiet = () => {}
const logger = { namespace: () => logger, debug: quiet, info: quiet, warn: quiet, error: quiet }

interface Queue {
  throttleCheckTimeoutId: unknown
  throttledUntil: number
  push(request: object): void
  checkPendingRequests(): void
  destroy(): void
}

describe('the timer of a connection', () => {
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

  test('runs while nothing waits; not after the repair, when what is held back still goes out', async () => {
    const defect = idleQueue()
    defect.checkPendingRequests()
    expect(defect.throttleCheckTimeoutId).not.toBeNull()

    repairIdleTimer()
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
})

describe('the retries of a transaction', () => {
  afterEach(() => {
    jest.restoreAllMocks()
  })

  /** How long it chooses to wait for the transaction before it, twice. */
  async function waits(): Promise<readonly number[]> {
    const Cluster = kafkajsModule<{ readonly prototype: object }>('cluster')
    const createEosManager =
      kafkajsModule<(options: object) => { initProducerId(): Promise<void> }>('producer/eosManager')
    let refusals = 2
    const coordinator = {
      async initProducerId() {
        if (refusals-- > 0) throw Object.assign(new Error('concurrent'), { type: 'CONCURRENT_TRANSACTIONS' })
        return { producerId: '1', producerEpoch: 0 }
      },
    }
    const cluster = Object.create(Cluster.prototype, {
      refreshMetadataIfNecessary: { value: async () => {} },
      findGroupCoordinator: { value: async () => coordinator },
    }) as object
    const chosen: number[] = []
    const real = globalThis.setTimeout
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      chosen.push(ms)
      return real(run, 0)
    }) as typeof setTimeout)
    await createEosManager({ logger, cluster, transactional: true, transactionalId: 'id' }).initProducerId()
    jest.restoreAllMocks()
    return chosen
  }

  test('are not what was configured; they are short after the repair', async () => {
    expect(Math.min(...(await waits()))).toBeGreaterThan(20)
    repairTransactionRetry()
    const [first = Infinity, second = Infinity, ...more] = await waits()
    expect([first < 10, second < 20, more]).toEqual([true, true, []])
  })
})

test('repairs may be asked for again', () => {
  repairKafkajs()
  expect(repairKafkajs).not.toThrow()
})
