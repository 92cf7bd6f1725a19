/** The store on a master that Sentinel names: the contract, and a failover. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { RedisConnection } from '../../../src/adapters/redis/connect.ts'
import { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { stateStoreContract } from '../../contracts/state-store.contract.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { describeWithOwn } from '../../support/real-servers.ts'
import { startWatched, type Watched } from '../../support/servers/redis-sentinels.ts'
import { historyOf } from './one-history.ts'

const FAILOVER_MS_MAX = 120_000

describeWithOwn(['redis'], 'a Redis behind Sentinel', () => {
  let watched: Watched
  beforeAll(async () => {
    watched = await startWatched()
  }, FAILOVER_MS_MAX)
  afterAll(() => watched.stop())

  const escaped: unknown[] = []
  const escape = (reason: unknown): void => void escaped.push(reason)
  beforeEach(() => void process.on('unhandledRejection', escape))
  afterEach(() => {
    process.off('unhandledRejection', escape)
    expect(escaped.splice(0)).toEqual([])
  })

  stateStoreContract('redis sentinel', async () => scopedStore(new RedisConnection({ url: watched.url })))

  test(
    'the master is killed, and later its successor is frozen: the store follows, and tells one of the commits or nothing',
    async () => {
      const store = new RedisStateStore(new RedisConnection({ url: watched.url, commandTimeoutMs: 2000 }))
      const history = await historyOf(store, 'shopkeeper.failover.profile.0')
      for (let i = 0; i < 20; i++) await history.commit()
      await Promise.all([watched.master.kill(), history.commit()])
      for (let done = 0; done < 20; ) if (await history.commit()) done++
      expect(await history.checkLoad()).toBe('told')

      // The old master comes back and becomes the replica of the new one.
      await watched.master.restart()
      while (!(await watched.master.admin.info('replication')).includes('master_link_status:up'))
        await history.commit()
      watched.replica.freeze()
      for (let done = 0; done < 20; ) if (await history.commit()) done++
      expect(await history.checkLoad()).toBe('told')
      // It thinks itself the master still: who is connected to it is sent away once it knows better.
      watched.replica.thaw()
      for (let done = 0; done < 20; ) if (await history.commit()) done++
      expect(await history.checkLoad()).toBe('told')
      await store.close()
    },
    FAILOVER_MS_MAX,
  )
})
