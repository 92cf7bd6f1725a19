/** A member whose broker dies, and comes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { KafkaAdministration } from '../../../src/adapters/kafka/administration.ts'
import type { KafkaConnection } from '../../../src/adapters/kafka/connection.ts'
import { KafkaMembership } from '../../../src/adapters/kafka/membership.ts'
import type { Assignment } from '../../../src/runtime/ports/log.ts'
import { startKafka } from '../../support/servers/kafka.ts'
import { describeWithOwn } from '../../support/real-servers.ts'

const SESSION_MS = 3000
const LANES = 3

describeWithOwn(['kafka'], 'a member of a group over the restart of its broker', () => {
  test('says that it is lost, and has its lanes again afterwards', async () => {
    const broker = await startKafka()
    const connection: KafkaConnection = {
      brokers: [broker.address],
      clientId: 'test',
      ssl: false,
      sasl: undefined,
    }
    const administration = new KafkaAdministration(connection)
    await administration.createTopics([
      { topic: 'source', partitions: 1, replication: 1, config: {} },
      { topic: 'internal', partitions: LANES - 1, replication: 1, config: {} },
    ])
    await administration.close()
    const settings = {
      groupId: 'group',
      sources: ['source'],
      internal: 'internal',
      sessionTimeoutMs: SESSION_MS,
    }
    const membership = new KafkaMembership(connection, settings)
    try {
      expect((await membership.next(20_000))?.lanes).toHaveLength(LANES)
      await broker.kill()
      expect(await membership.next(SESSION_MS + 500)).toBeUndefined()
      expect(membership.state()).toMatchObject({
        is: 'lost',
        reason: expect.stringContaining(broker.address),
      })

      await broker.restart()
      // Whether the broker still knows the member hangs on how fast it was; either way the last word is all lanes.
      const told: Assignment[] = []
      while (membership.state().is !== 'member' || told.at(-1)?.lanes.length === 0) {
        const assignment = await membership.next(200)
        if (assignment !== undefined) told.push(assignment)
      }
      expect([0, 2]).toContain(told.length)
      await sleep(SESSION_MS)
      expect(membership.state().is).toBe('member')
    } finally {
      await membership.close()
      await broker.stop()
    }
  }, 120_000)
})
