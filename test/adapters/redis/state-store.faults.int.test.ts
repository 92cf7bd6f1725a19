/** What the store does when its Redis is lost, set back, killed, frozen, full, loading, or no master: each has a name. */
import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { RedisConnection, type RedisSettings } from '../../../src/adapters/redis/connect.ts'
import { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { AdapterError } from '../../../src/model/errors.ts'
import { changesOf } from '../../contracts/state-store.contract.ts'
import { describeWithOwn } from '../../support/real-servers.ts'
import { startProxy } from '../../support/servers/proxy.ts'
import { type RedisServer, type Settings, startRedis } from '../../support/servers/redis.ts'
import { patiently } from './one-history.ts'

const TASK = 'shopkeeper.faults.profile.0'
const OWNER = { producerId: 4, epoch: 1 }
const at = (chain: number) => ({ owner: OWNER, chain, page: 0 })
const to = (chain: number) => ({ chain, page: 0, resume: { offset: chain, at: 1 } })

/** What a test opens is closed behind it, the newest first. */
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Only what is saved on purpose survives its death, unless the settings say more. */
async function redis(settings: Settings = {}): Promise<RedisServer> {
  const server = await startRedis({ settings: { appendonly: 'no', ...settings } })
  closers.push(() => server.stop())
  return server
}

function storeOn(url: string, settings: Partial<RedisSettings> = {}): RedisStateStore {
  const store = new RedisStateStore(new RedisConnection({ url, commandTimeoutMs: 3000, ...settings }))
  closers.push(() => store.close())
  return store
}

/** A store with commit 1 in it: a = one, due at 5. */
async function filled(url: string, settings?: Partial<RedisSettings>): Promise<RedisStateStore> {
  const store = storeOn(url, settings)
  await store.open(TASK, OWNER)
  expect(await store.apply(TASK, at(-1), to(1), changesOf([['a', 'one', 5]]))).toBe(true)
  return store
}

const valuesOf = async (store: RedisStateStore, chain: number, ...keys: readonly string[]) =>
  (await store.load(TASK, at(chain), keys))?.map((value) => value?.toString())

async function troubleOf(
  call: Promise<unknown>,
): Promise<Pick<AdapterError, 'code' | 'retryable' | 'message'>> {
  const error: unknown = await call.then(
    () => new Error('it went well'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof AdapterError)) throw error
  return { code: error.code, retryable: error.retryable, message: error.message }
}

/** Nothing that the client raises on its own may reach the process. */
const escaped: unknown[] = []
const escape = (reason: unknown): void => void escaped.push(reason)
beforeEach(() => {
  process.on('unhandledRejection', escape)
})
afterEach(() => {
  process.off('unhandledRejection', escape)
  expect(escaped.splice(0)).toEqual([])
})

describeWithOwn(['redis'], 'a Redis that lost states', () => {
  test('FLUSHALL between load and apply: the apply is refused, and so is everything after', async () => {
    const server = await redis()
    const store = await filled(server.address)
    expect(await valuesOf(store, 1, 'a')).toEqual(['one'])
    await server.admin.flushall()
    expect(await store.apply(TASK, at(1), to(2), changesOf([['a', 'two']]))).toBe(false)
    expect(await valuesOf(store, 1, 'a')).toBeUndefined()
    expect(await store.due(TASK, at(1), 0, 9)).toBeUndefined()
    expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0, resume: undefined })
  })

  test.each(['states', 'due'])(
    'only %s is gone, as an eviction does it: no stamp is carried, and open finds nothing',
    async (part) => {
      const server = await redis()
      const store = await filled(server.address)
      await server.admin.del(`{shopkeeper:faults:profile:0}:${part}`)
      expect(await valuesOf(store, 1, 'a')).toBeUndefined()
      expect(await store.scan(TASK, at(1), undefined)).toBeUndefined()
      expect(await store.apply(TASK, at(1), to(2), changesOf([['b', '2']]))).toBe(false)
      expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0, resume: undefined })
      expect(await store.scan(TASK, at(-1), undefined)).toEqual({ keys: [], values: [], cursor: undefined })
      expect(await store.due(TASK, at(-1), 0, 9)).toEqual([])
    },
  )

  test('a restart from an older snapshot: the chain went back, so nothing is told', async () => {
    const server = await redis()
    const store = await filled(server.address)
    await server.admin.save()
    await store.apply(TASK, at(1), to(2), changesOf([['a', 'two']]))
    await server.restart()
    expect(await valuesOf(store, 2, 'a')).toBeUndefined()
    expect(await store.apply(TASK, at(2), to(3), changesOf([['a', 'three']]))).toBe(false)
    expect(await store.open(TASK, OWNER)).toEqual({ chain: 1, page: 0, resume: { offset: 1, at: 1 } })
  })
})

describeWithOwn(['redis'], 'a Redis that is killed', () => {
  const aof = { appendonly: 'yes', appendfsync: 'always' }

  test('before it has seen the apply: it is sent again, and done', async () => {
    const server = await redis(aof)
    const store = await filled(server.address)
    server.freeze()
    const apply = store.apply(TASK, at(1), to(2), changesOf([['a', 'two']]))
    await server.kill()
    await server.restart()
    expect(await apply).toBe(true)
    expect(await valuesOf(store, 2, 'a')).toEqual(['two'])
  })

  test('when the answer of an apply was lost: it is sent again, and counts as done', async () => {
    const server = await redis(aof)
    const proxy = await startProxy({ to: `127.0.0.1:${server.port}` })
    closers.push(() => proxy.close())
    const store = await filled(`redis://${proxy.address}`)
    proxy.delay(1000) // each way: the answer is still under way when the connection is cut
    const apply = store.apply(TASK, at(1), to(2), changesOf([['a', 'two']]))
    await until(async () => (await server.admin.hget('{shopkeeper:faults:profile:0}:meta', 'chain')) === '2')
    proxy.cut()
    await server.restart()
    proxy.heal()
    expect(await apply).toBe(true)
    expect(await server.admin.info('commandstats')).toContain('cmdstat_evalsha:calls=1')
    expect(await valuesOf(store, 2, 'a')).toEqual(['two'])
  })

  test('while it works on a large apply: afterwards it has all of it or nothing', async () => {
    const server = await redis(aof)
    const store = await filled(server.address)
    const many = Array.from({ length: 20_000 }, (_, i) => [`k${i}`, `${'x'.repeat(200)}${i}`] as const)
    const apply = store.apply(TASK, at(1), to(2), changesOf(many))
    await pause(5)
    await server.kill()
    await server.restart()
    expect(await apply).toBe(true)
    expect(
      (
        await store.load(
          TASK,
          at(2),
          many.map(([key]) => key),
        )
      )?.map(String),
    ).toEqual(many.map(([, value]) => value))
  })

  test('and stays away: an error within seconds; and all is well when it comes back', async () => {
    const server = await redis(aof)
    const store = await filled(server.address)
    await server.kill()
    expect(await troubleOf(store.load(TASK, at(1), ['a']))).toEqual({
      code: 'redis-unreachable',
      retryable: true,
      message: `Redis at 127.0.0.1:${server.port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    })
    await server.restart()
    expect(await valuesOf(store, 1, 'a')).toEqual(['one'])
  })
})

describeWithOwn(['redis'], 'a Redis that does not do as asked', () => {
  test('a frozen one: an error after the timeout; thawed, it goes on, and what was sent late harms nothing', async () => {
    const server = await redis()
    const store = await filled(server.address, { commandTimeoutMs: 400 })
    server.freeze()
    const late = changesOf([['a', 'late']])
    expect(await troubleOf(store.apply(TASK, at(1), to(2), late))).toMatchObject({
      code: 'redis-timeout',
      retryable: true,
    })
    late.buffer.fill('#') // the caller goes on with its buffer
    server.thaw()
    const found = await patiently(() => store.open(TASK, { producerId: 5, epoch: 0 }))
    const [value] =
      (await store.load(TASK, { owner: { producerId: 5, epoch: 0 }, chain: found.chain, page: 0 }, ['a'])) ??
      []
    expect([found.chain, String(value)]).toEqual(found.chain === 2 ? [2, 'late'] : [1, 'one'])
  })

  test('a frozen one from the start: an error after the timeout', async () => {
    const server = await redis()
    server.freeze()
    const store = storeOn(server.address, { commandTimeoutMs: 400 })
    expect(await troubleOf(store.open(TASK, OWNER))).toMatchObject({ code: 'redis-timeout', retryable: true })
    server.thaw()
    expect(await patiently(() => store.open(TASK, OWNER))).toMatchObject({ chain: -1 })
  })

  test('one that is loading: said so, and served when it is done', async () => {
    const server = await redis()
    const store = await filled(server.address, { commandTimeoutMs: 500 })
    const keys = Array.from({ length: 2000 }, (_, i) => [`k${i}`, 'x']).flat()
    await server.admin.mset(...keys)
    await server.admin.save()
    await server.restart({ 'key-load-delay': '1000', 'loading-process-events-interval-bytes': '1024' })
    const trouble = await troubleOf(store.load(TASK, at(1), ['a']))
    expect(trouble).toEqual({
      code: 'redis-loading',
      retryable: true,
      message: `Redis at 127.0.0.1:${server.port} is still reading its data set from disk: wait`,
    })
    await server.admin.config('SET', 'key-load-delay', '0')
    await until(async () => (await server.admin.info('persistence')).includes('loading:0'))
    // The client may still be waiting before it looks again.
    expect(await patiently(() => valuesOf(store, 1, 'a'))).toEqual(['one'])
  })

  test('a replica: said so', async () => {
    const server = await redis({ 'repl-diskless-sync-delay': '0' })
    await filled(server.address)
    const replica = await redis({ replicaof: `127.0.0.1 ${server.port}` })
    await until(async () => (await replica.admin.info('replication')).includes('master_link_status:up'))
    const store = storeOn(replica.address)
    const { code, retryable, message } = await troubleOf(store.open(TASK, OWNER))
    expect({ code, retryable }).toEqual({ code: 'redis-readonly', retryable: true })
    expect(message).toContain('is a replica')
    await replica.admin.replicaof('NO', 'ONE')
    expect(await patiently(() => store.open(TASK, OWNER))).toMatchObject({ chain: 1, page: 0 })
  })

  test('a full one: refused as a whole, and served when there is room', async () => {
    const server = await redis({ 'maxmemory-policy': 'noeviction' })
    const store = await filled(server.address)
    await server.admin.config('SET', 'maxmemory', '1mb')
    const { code, retryable, message } = await troubleOf(
      store.apply(TASK, at(1), to(2), changesOf([['a'], ['b', 'two']], true)),
    )
    expect({ code, retryable }).toEqual({ code: 'redis-oom', retryable: true })
    expect(message).toMatch(/maxmemory.*noeviction/)
    expect(await valuesOf(store, 1, 'a')).toEqual(['one'])
    await server.admin.config('SET', 'maxmemory', '0')
    expect(await store.apply(TASK, at(1), to(2), changesOf([['b', 'two']]))).toBe(true)
  })

  test('one that cannot save: said so', async () => {
    const server = await redis({ save: '3600 1' })
    const store = await filled(server.address)
    await rm(server.dataFolder, { recursive: true })
    await server.admin.bgsave()
    await until(async () => (await server.admin.info('persistence')).includes('last_bgsave_status:err'))
    expect(await troubleOf(store.apply(TASK, at(1), to(2), changesOf([['a', 'two']])))).toMatchObject({
      code: 'redis-misconf',
      retryable: true,
    })
    expect(await valuesOf(store, 1, 'a')).toEqual(['one'])
  })

  test('one that forgot its scripts learns them again', async () => {
    const server = await redis()
    const store = await filled(server.address)
    await server.admin.script('FLUSH')
    expect(await store.apply(TASK, at(1), to(2), changesOf([['a', 'two']]))).toBe(true)
    expect(await valuesOf(store, 2, 'a')).toEqual(['two'])
  })

  test('something else under a key of ours: said so, and not tried again', async () => {
    const server = await redis()
    await server.admin.set('{shopkeeper:faults:profile:0}:meta', 'mine')
    const { code, retryable } = await troubleOf(storeOn(server.address).open(TASK, OWNER))
    expect({ code, retryable }).toEqual({ code: 'redis-wrong-type', retryable: false })
  })

  test('states of a newer version are left alone', async () => {
    const server = await redis()
    const store = await filled(server.address)
    await server.admin.hset('{shopkeeper:faults:profile:0}:meta', 'version', '2')
    const { code, retryable } = await troubleOf(store.open(TASK, { producerId: 9, epoch: 9 }))
    expect({ code, retryable }).toEqual({ code: 'newer-version', retryable: false })
    expect(await valuesOf(store, 1, 'a')).toEqual(['one'])
  })

  test('a scan that another server goes on with begins anew, so that no key is left out', async () => {
    const server = await redis({ appendonly: 'yes' })
    const store = storeOn(server.address)
    await store.open(TASK, OWNER)
    const names = Array.from({ length: 3000 }, (_, i) => `k${i}`)
    await store.apply(TASK, at(-1), to(1), changesOf(names.map((name) => [name, 'x'])))
    const seen = new Set<string>()
    let cursor: string | undefined
    for (let page = 0; page === 0 || cursor !== undefined; page++) {
      const told = await store.scan(TASK, at(1), cursor)
      // A restart draws a new order; what the first server told does not count here.
      if (page > 0) for (const key of told?.keys ?? []) seen.add(key)
      if (page === 0) await server.restart()
      cursor = told?.cursor
    }
    expect(seen.size).toBe(3000)
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20)
}
