/** Servers of a test's own can be killed, started again with what they kept, and are gone when stopped. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { describeWithOwn } from '../real-servers.ts'
import { freePort } from './free-port.ts'
import { startKafka } from './kafka.ts'
import { startPrometheus } from './prometheus.ts'
import { startProxy } from './proxy.ts'
import { startRedis } from './redis.ts'
import { runs, startServer } from './server-process.ts'

jest.setTimeout(90_000)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a server process', () => {
  test('that ends before it is ready fails with its last words, and leaves nothing', async () => {
    let folder = ''
    const started = startServer({
      name: 'short',
      address: '',
      ports: [await freePort()],
      command: (dataFolder) => {
        folder = dataFolder
        return [process.execPath, '-e', "console.error('no room'); process.exit(3)"]
      },
      ready: () => Promise.reject(new Error('not yet')),
    })
    await expect(started).rejects.toThrow(/^short did not start: it ended\n {2}\| no room$/)
    expect(existsSync(folder)).toBe(false)
  })

  test('says which program is missing', async () => {
    const started = startServer({
      name: 'gone',
      address: '',
      ports: [await freePort()],
      command: () => ['/no/such/program'],
      ready: () => Promise.reject(new Error('not yet')),
    })
    await expect(started).rejects.toThrow(/^gone did not start: spawn \/no\/such\/program ENOENT/)
  })
})

describeWithOwn(['redis'], 'a Redis of its own', () => {
  test('keeps what was written through a kill, and its folder through a stop when it was given one', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'shopkeeper-kept-'))
    cleanups.push(() => rmSync(dataFolder, { recursive: true }))
    const redis = await startRedis({ dataFolder, settings: { appendfsync: 'always' } })
    cleanups.push(() => redis.stop())
    const client = new Redis(redis.address, { maxRetriesPerRequest: 50 })
    client.on('error', () => {})
    cleanups.push(() => client.disconnect())
    await client.set('name', 'value')
    const before = redis.pid
    await redis.kill()
    expect(runs(redis)).toBe(false)
    await redis.restart()
    expect(redis.pid).not.toBe(before)
    expect(await client.get('name')).toBe('value')
    await redis.stop()
    expect([runs(redis), existsSync(dataFolder)]).toEqual([false, true])
  })

  test('says that its port is taken', async () => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    cleanups.push(() => other.close())
    await expect(startRedis({ port })).rejects.toThrow(`redis: port ${port} is taken by another program`)
  })
})

describeWithOwn(['kafka'], 'a broker of its own', () => {
  test('keeps its records through a kill, and is reached through a proxy by those who come through it', async () => {
    const port = await freePort()
    const proxy = await startProxy({ to: `127.0.0.1:${port}` })
    cleanups.push(() => proxy.close())
    const broker = await startKafka({ behind: { port, address: proxy.address } })
    cleanups.push(() => broker.stop())
    const kafka = new Kafka({ brokers: [proxy.address], logLevel: logLevel.NOTHING, retry: { retries: 30 } })
    const [admin, producer] = [kafka.admin(), kafka.producer()]
    cleanups.push(() => Promise.all([admin.disconnect(), producer.disconnect()]))
    await Promise.all([admin.connect(), producer.connect()])
    const { brokers } = await admin.describeCluster()
    expect(brokers.map(({ host, port: at }) => `${host}:${at}`)).toEqual([proxy.address])
    await admin.createTopics({ topics: [{ topic: 'kept' }], waitForLeaders: false })
    await producer.send({ topic: 'kept', messages: [{ value: 'a' }, { value: 'b' }] })
    await broker.kill()
    await broker.restart()
    expect(await admin.fetchTopicOffsets('kept')).toEqual([expect.objectContaining({ high: '2' })])
    await broker.stop()
    expect([runs(broker), existsSync(broker.dataFolder)]).toEqual([false, false])
  })
})

describeWithOwn(['prometheus'], 'a Prometheus of its own', () => {
  test('looks at its targets', async () => {
    const target = `127.0.0.1:${await freePort()}`
    const prometheus = await startPrometheus({ targets: [target] })
    cleanups.push(() => prometheus.stop())
    const answer = await fetch(`${prometheus.address}/api/v1/targets`)
    const { data } = (await answer.json()) as { data: { activeTargets: { labels: object }[] } }
    expect(data.activeTargets.map(({ labels }) => labels)).toEqual([{ instance: target, job: 'shopkeeper' }])
  })
})
