/** A user with the rule of acl.ts and nothing else passes the whole contract; one with less is told so. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { aclRule } from '../../../src/adapters/redis/acl.ts'
import { RedisConnection } from '../../../src/adapters/redis/connect.ts'
import { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { changesOf, stateStoreContract } from '../../contracts/state-store.contract.ts'
import { describeWithOwn } from '../../support/real-servers.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { type RedisServer, startRedis } from '../../support/servers/redis.ts'

const TASK = 'shopkeeper.acl.identify'
const OWNER = { producerId: 1, epoch: 0 }
const SECRET = 'p@ss:w/rd%'

describeWithOwn(['redis'], 'a Redis with users', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis({ settings: { requirepass: 'admin' }, admin: { password: 'admin' } })
    await server.admin.acl(
      'SETUSER',
      'keeper',
      'reset',
      'on',
      `>${SECRET}`,
      ...aclRule('shopkeeper', 'single'),
    )
  })
  afterAll(() => server.stop())

  const urlOf = (credentials: string, path = '') => `redis://${credentials}127.0.0.1:${server.port}${path}`
  const keeper = `keeper:${encodeURIComponent(SECRET)}@`

  stateStoreContract('redis, as a user with the documented rule', async () =>
    scopedStore(new RedisConnection({ url: urlOf(keeper) }), 'shopkeeper'),
  )

  describe('that does not let everybody in', () => {
    const stores: RedisStateStore[] = []
    const storeOn = (url: string): RedisStateStore => {
      const store = new RedisStateStore(new RedisConnection({ url, commandTimeoutMs: 3000 }))
      stores.push(store)
      return store
    }
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close()
    })

    test.each([
      ['no password', '', 'redis-auth', /asks for a password.*REDIS_URL/],
      ['a wrong password', 'keeper:hunter2@', 'redis-auth', /refuses user or password.*REDIS_URL/],
      ['an unknown user', 'nobody:hunter2@', 'redis-auth', /refuses user or password.*REDIS_URL/],
      ['a wrong password without a user', ':hunter2@', 'redis-auth', /refuses user or password/],
    ])(
      '%s: said so, not tried again, and the password is not told',
      async (_name, credentials, code, says) => {
        const failed = storeOn(urlOf(credentials)).open(TASK, OWNER)
        await expect(failed).rejects.toMatchObject({
          code,
          retryable: false,
          message: expect.stringMatching(says),
        })
        await failed.catch((error: Error) =>
          expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2'),
        )
      },
    )

    test("another app's keys: said so, with the rule to give", async () => {
      await expect(storeOn(urlOf(keeper)).open('other.acl.identify', OWNER)).rejects.toMatchObject({
        code: 'redis-permission',
        retryable: false,
        message: expect.stringContaining('~{<app>:* -@all +evalsha'),
      })
    })

    test('a database of its own takes the right to select it', async () => {
      const rule = aclRule('shopkeeper', 'database')
      await server.admin.acl('SETUSER', 'second', 'reset', 'on', '>two', ...rule)
      const store = storeOn(urlOf('second:two@', '/2'))
      expect(await store.open(TASK, OWNER)).toMatchObject({ chain: -1 })
      expect(await server.admin.exists('{shopkeeper:acl:identify}:meta')).toBe(0)
    })

    test('a user without the right to the database is told so, and writes to no other', async () => {
      await expect(storeOn(urlOf(keeper, '/2')).open(TASK, OWNER)).rejects.toMatchObject({
        code: 'redis-permission',
      })
      expect(await server.admin.exists('{shopkeeper:acl:identify}:meta')).toBe(0)
    })

    test('an apply that fails midway leaves no stamp behind', async () => {
      const at = (chain: number) => ({ owner: OWNER, chain, page: 0 })
      const to = (chain: number) => ({ chain, page: 0, resume: undefined })
      await server.admin.acl('SETUSER', 'third', 'reset', 'on', '>three', ...aclRule('shopkeeper', 'single'))
      const store = storeOn(urlOf('third:three@'))
      await store.open(TASK, OWNER)
      await store.apply(TASK, at(-1), to(1), changesOf([['a', '1']]))
      await server.admin.acl('SETUSER', 'third', '-zadd')
      const failed = store.apply(TASK, at(1), to(2), changesOf([['a', '2', 7]]))
      await expect(failed).rejects.toMatchObject({ code: 'redis-permission' })
      expect(await store.load(TASK, at(1), ['a'])).toBeUndefined()
      expect(await store.load(TASK, at(2), ['a'])).toBeUndefined()
      expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0, resume: undefined })
    })

    test('stats: what INFO says, or why there is none', async () => {
      const stats = await storeOn(urlOf(keeper)).stats()
      expect(stats).toMatchObject({
        connected: true,
        problem: undefined,
        servers: [{ role: 'master', loading: false }],
      })
      expect(stats.servers[0]?.usedMemoryBytes).toBeGreaterThan(0)
      expect(stats.servers[0]?.evictionPolicy).toBe('noeviction')
      expect(await storeOn(urlOf('')).stats()).toMatchObject({
        connected: false,
        problem: { code: 'redis-auth' },
      })
    })
  })
})
