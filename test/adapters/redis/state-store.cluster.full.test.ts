/** The store on a Redis Cluster of three masters and their replicas: the contract, and the death of a master. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { aclRule } from '../../../src/adapters/redis/acl.ts'
import { RedisConnection } from '../../../src/adapters/redis/connect.ts'
import { keysOf } from '../../../src/adapters/redis/keys.ts'
import { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { stateStoreContract } from '../../contracts/state-store.contract.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { describeWithOwn } from '../../support/real-servers.ts'
import { type RedisCluster, startRedisCluster } from '../../support/servers/redis-cluster.ts'
import { historyOf } from './one-history.ts'

const FAILOVER_MS_MAX = 120_000

describeWithOwn(['redis'], 'a Redis Cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
    for (const { admin } of cluster.servers)
      await admin.acl('SETUSER', 'keeper', 'reset', 'on', '>secret', ...aclRule('shopkeeper', 'cluster'))
  }, FAILOVER_MS_MAX)
  afterAll(() => cluster.stop())

  const escaped: unknown[] = []
  const escape = (reason: unknown): void => void escaped.push(reason)
  beforeEach(() => void process.on('unhandledRejection', escape))
  afterEach(() => {
    process.off('unhandledRejection', escape)
    expect(escaped.splice(0)).toEqual([])
  })

  stateStoreContract('redis cluster', async () => scopedStore(new RedisConnection({ url: cluster.url })))

  stateStoreContract('redis cluster, as a user with the documented rule', async () => {
    const url = cluster.url.replace('//', '//keeper:secret@')
    return scopedStore(new RedisConnection({ url }), 'shopkeeper')
  })

  test('tells of each master', async () => {
    const store = new RedisStateStore(new RedisConnection({ url: cluster.url }))
    const { connected, servers } = await store.stats()
    await store.close()
    expect([connected, servers.map(({ role }) => role)]).toEqual([true, ['master', 'master', 'master']])
  })

  test(
    'a master is killed: its replica takes over, and the store tells one of the commits or nothing',
    async () => {
      const store = new RedisStateStore(new RedisConnection({ url: cluster.url }))
      const task = 'shopkeeper.failover.profile.0'
      const history = await historyOf(store, task)
      const neighbour = await historyOf(store, taskElsewhere(task))
      for (let i = 0; i < 20; i++) await history.commit()
      expect(history.acknowledged()).toBe(19)
      const holder = await cluster.holderOf(keysOf(task)[0])
      await Promise.all([holder.kill(), history.commit()])
      for (let done = 0; done < 20; ) if (await history.commit()) done++
      expect(await history.checkLoad()).toBe('told')
      expect(await neighbour.commit()).toBe(true)
      await holder.restart()
      expect(await history.commit()).toBe(true)
      expect(await history.checkLoad()).toBe('told')
      await store.close()
    },
    FAILOVER_MS_MAX,
  )
})

/** Of another partition, so most likely on another master; it must be served throughout. */
const taskElsewhere = (task: string): string => task.replace(/\d+$/, '7')
