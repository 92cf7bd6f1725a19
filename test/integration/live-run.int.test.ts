/** A topology at work on real Kafka and Redis, in processes that come, go and die: every cart that is left behind gets its one nudge. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { addressOf, openLiveShop } from '../support/live-shop.ts'
import { startProxy } from '../support/servers/proxy.ts'
import { describeWith } from '../support/real-servers.ts'

const people = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => addressOf(i)).toSorted()

describeWith(['kafka', 'redis'], 'a live run', (addresses) => {
  let shop: Awaited<ReturnType<typeof openLiveShop>>
  let redis: Redis
  beforeEach(() => {
    redis = new Redis(addresses.redis)
  })
  afterEach(async () => {
    await shop.close()
    redis.disconnect()
  }, 60_000)

  /** What a flush does to this application, and to no other test. */
  async function flush(): Promise<void> {
    const keys = await redis.keys(`{${shop.app}:*`)
    expect(keys.length).toBeGreaterThan(0)
    await redis.del(...keys)
  }

  /** Everything came out once, and nothing else. */
  async function expectNudged(count: number): Promise<void> {
    expect(await shop.nudged(count)).toEqual(people(count))
    expect((await shop.outputs('decisions')).map(({ data }) => data.outcome)).toEqual(
      Array.from({ length: count }, () => 'emitted'),
    )
    expect(await shop.outputs('late')).toEqual([])
    expect(await shop.outputs('dead')).toEqual([])
  }

  test('from one process to three to two, one of them killed: nothing is lost, nothing comes twice', async () => {
    shop = await openLiveShop(addresses, { partitions: 3, after: '1s' })
    const first = shop.run()
    await first.until(/identify is open/)
    await shop.shop(0, 100)
    const [second, third] = [shop.run(), shop.run()]
    for (const one of [second, third]) await one.until(/profile\.\d is open/)
    await shop.shop(100, 200)
    // The gate is the first one's: time stands still for all until the session is over.
    first.child.kill('SIGKILL')
    await shop.shop(200, 300)
    await Promise.race([second, third].map((one) => one.until(/identify is open/)))
    third.child.kill('SIGTERM')
    expect((await third.ended).code).toBe(0)
    await shop.shop(300, 400)
    await expectNudged(400)
    expect(await shop.outputs('sessions')).toHaveLength(400)
    second.child.kill('SIGTERM')
    expect((await second.ended).code).toBe(0)
  }, 180_000)

  test('in two threads of one process', async () => {
    shop = await openLiveShop(addresses, { partitions: 4, after: '1s' })
    const run = shop.run('--threads', '2')
    await run.until(/identify is open/)
    await shop.shop(0, 200)
    await expectNudged(200)
    run.child.kill('SIGTERM')
    const { code, stderr } = await run.ended
    expect([code, stderr.match(/generation \d+ of the group/g)?.length]).toEqual([0, expect.any(Number)])
    expect(stderr).toMatch(/info stopped\n$/)
  }, 180_000)

  test('Redis emptied under way: the states come back from Kafka', async () => {
    shop = await openLiveShop(addresses, { partitions: 2, after: '20s' })
    const run = shop.run()
    await run.until(/profile\.1 is open/)
    await shop.shop(0, 500)
    await run.until(/identify is open/)
    await untilKeys(redis, `{${shop.app}:shop:profile:0}:states`)
    await flush()
    await shop.shop(500, 600)
    await run.until(/identify is open.*rebuilt from [1-9]/)
    await shop.moveOn()
    await expectNudged(600)
  }, 180_000)

  test('killed twice while it restores, it is still right', async () => {
    shop = await openLiveShop(addresses, { partitions: 1, after: '50s' })
    const run = shop.run()
    await run.until(/profile\.0 is open/)
    const count = 12_000
    for (let from = 0; from < count; from += 2000) await shop.shop(from, from + 2000)
    await untilKeys(redis, `{${shop.app}:shop:profile:0}:states`, count)
    run.child.kill('SIGTERM')
    await run.ended
    await flush()
    for (let kills = 0; kills < 2; kills++) {
      const restoring = shop.run()
      await restoring.until(/is restoring: [1-9]/)
      restoring.child.kill('SIGKILL')
      await restoring.ended
    }
    const last = shop.run()
    await last.until(/profile\.0 is open.*rebuilt from [1-9]/)
    await shop.moveOn()
    await expectNudged(count)
  }, 240_000)
})

describeWith(['kafka', 'redis', 'registry'], 'a live run with a registry', (addresses) => {
  test('waits while the registry is away: what it cannot read yet is no dead letter, and comes out when it is back', async () => {
    const { host, pathname } = new URL(addresses.registry)
    const proxy = await startProxy({ to: host })
    const product = `http://${proxy.address}${pathname}`
    const shop = await openLiveShop(addresses, {
      partitions: 2,
      after: '1s',
      registry: { upstream: addresses.registry, product },
    })
    try {
      const run = shop.run()
      await run.until(/identify is open/)
      proxy.cut()
      await shop.shop(0, 50)
      await run.until(/identify is closed \(failed\).*registry/)
      expect(await shop.outputs('dead')).toEqual([])
      proxy.heal()
      expect(await shop.nudged(50)).toEqual(people(50))
      expect(await shop.outputs('dead')).toEqual([])
      expect(await shop.outputs('late')).toEqual([])
    } finally {
      await shop.close()
      await proxy.close()
    }
  }, 180_000)
})

/** Waits until so many states are in Redis. */
async function untilKeys(redis: Redis, key: string, count = 1): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; (await redis.hlen(key)) < count; )
    if (Date.now() > giveUpAt) throw new Error(`${key} never had ${count} fields`)
}
