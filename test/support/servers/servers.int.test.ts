/** The shared servers of a run do what tests take for granted. */
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { describeWith } from '../real-servers.ts'
import { kafkaAnswers } from './kafka-ready.ts'
import { registryAnswers } from './registry.ts'

describeWith(['kafka', 'redis', 'registry'], 'the servers of this run', ({ kafka, redis, registry }) => {
  test('answer at their addresses', async () => {
    await kafkaAnswers(kafka)
    await registryAnswers(registry)
    const client = new Redis(redis)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })
})
