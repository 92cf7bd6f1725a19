/** Reading from a real broker while things go wrong: a broker that is away, offsets that are not there, buffers that are full. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { CompressionTypes } from 'kafkajs'
import type { KafkaLog, KafkaLogOptions } from '../../../src/adapters/kafka/log.ts'
import { ProtocolWriter } from '../../../src/adapters/kafka/wire/protocol-writer.ts'
import { AdapterError } from '../../../src/model/errors.ts'
import { EARLIEST, type Lane, type LogReader } from '../../../src/runtime/ports/log.ts'
import { API, type KafkaProxy, openKafkaProxy } from '../../support/kafka-proxy.ts'
import { createTopics, deleteTopics, kafkaClient, withAdmin } from '../../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'
import { openLog, put, valuesOf, valuesToEnd } from './log-world.ts'

describeWith(['kafka'], 'reading from a real broker', ({ kafka }) => {
  let name: string
  let lane: Lane
  let log: KafkaLog
  let proxy: KafkaProxy
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    name = uniqueName('fetch')
    lane = { topic: name, partition: 0 }
    const topics = [{ topic: name, partitions: 3 }]
    await createTopics(kafka, topics)
    closing.push(() => deleteTopics(kafka, topics))
    proxy = await openKafkaProxy(kafka)
    closing.push(() => proxy.close())
    log = open()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  function open(options: Partial<KafkaLogOptions> = {}): KafkaLog {
    const opened = openLog(kafka, `${name}-group`, options)
    closing.push(() => opened.close())
    return opened
  }
  const openThroughProxy = (options: Partial<KafkaLogOptions> = {}): KafkaLog =>
    open({ ...options, openSocket: proxy.openSocket })
  const upstream = (values: readonly string[], to = lane) => put(log, `${name}-up`, to, values)
  function reading(from: KafkaLog, ...offsets: readonly number[]): LogReader {
    const reader = from.read(offsets.map((offset, partition) => ({ topic: name, partition, offset })))
    closing.push(() => reader.close())
    return reader
  }

  test('goes on where it was when the broker has been away, and confirms no end meanwhile', async () => {
    await upstream(['a'])
    const reader = reading(openThroughProxy(), 0)
    expect(await valuesToEnd(reader)).toEqual(['a'])
    await proxy.down()
    await upstream(['b', 'c'])
    // What was confirmed before may still be told once.
    await reader.next(10)
    for (let turns = 0; turns < 5; turns++) expect(await reader.next(40)).toEqual({ batches: [], atEnd: [] })
    await proxy.up()
    expect(await valuesToEnd(reader)).toEqual(['b', 'c'])
  })

  test('fails when no broker answers for long, and says so', async () => {
    const reader = reading(openThroughProxy({ silenceMsMax: 100 }), 0)
    await valuesToEnd(reader)
    await proxy.down()
    const failure = await failureOf(reader)
    expect(failure).toMatchObject({ code: 'broker-unreachable', retryable: true })
    await proxy.up()
  })

  test('asks anew who leads a lane that has moved, and loses nothing', async () => {
    await upstream(['a', 'b'])
    const NOT_LEADER = 6
    const refused = new ProtocolWriter()
    refused
      .int32(0)
      .int16(0)
      .int32(0)
      .list([name], (topic) =>
        refused.text(topic).list([0], (partition) => {
          refused
            .int32(partition)
            .int16(NOT_LEADER)
            .int64(-1)
            .int64(-1)
            .int64(-1)
            .int32(-1)
            .int32(-1)
            .int32(-1)
        }),
      )
    const answer = Buffer.concat(refused.parts())
    let refusals = 0
    proxy.fate = (apiKey) => (apiKey === API.fetch && refusals++ < 2 ? answer : 'pass')
    const reader = reading(openThroughProxy(), 0)
    expect(await valuesToEnd(reader)).toEqual(['a', 'b'])
    expect(refusals).toBeGreaterThan(2)
  })

  test('refuses a position behind the end, and one that retention has taken, and says what there is', async () => {
    await upstream(['a', 'b', 'c'])
    const behind = await failureOf(reading(log, 1000))
    expect(behind).toMatchObject({ code: 'offset-out-of-range', retryable: false })
    expect(behind.message).toContain(`${name}/0 is to be read from offset 1000, but holds 0 to 4`)
    await withAdmin(kafka, async (admin) => {
      // Without it, the client does not know who leads the lane.
      await admin.fetchTopicOffsets(name)
      await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] })
    })
    const { message } = await failureOf(reading(log, 1))
    expect(message).toMatch(/offset 1, but holds 2 to 4: .*SHOPKEEPER_SKIP_LOST=true/)
    expect(await valuesOf(log, lane, EARLIEST)).toEqual(['c'])
    expect(await log.replay(lane, 1)).toBeUndefined()
    expect((await log.replay(lane, 0))?.end).toBe(4)
  })

  test('goes on behind what retention took where it is asked to, and tells what is lost', async () => {
    await upstream(['a', 'b', 'c'])
    await upstream(['d'])
    await withAdmin(kafka, async (admin) => {
      await admin.fetchTopicOffsets(name)
      await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] })
    })
    const lost: (readonly [Lane, number, number])[] = []
    const skipping = open({ skipLost: (...told) => lost.push(told) > 0 })
    const reader = reading(skipping, 1)
    expect(await valuesToEnd(reader)).toEqual(['c', 'd'])
    expect(lost).toEqual([[lane, 1, 2]])
    const position = reader.progress()[0]?.position ?? -1
    await put(skipping, `${name}-task`, { topic: name, partition: 1 }, ['x'], [{ ...lane, offset: position }])
    const { positions } = await log.takeOver(`${name}-task`, [lane])
    expect(positions).toEqual([{ ...lane, offset: position }])
    const refusing = open({ skipLost: () => false })
    expect(await failureOf(reading(refusing, 1))).toMatchObject({ code: 'offset-out-of-range' })
    expect((await failureOf(reading(skipping, 1000))).message).toContain('the topic was made anew')
    expect(lost).toHaveLength(1)
  })

  test('brings everything once, in the order of each lane, through buffers that are always full', async () => {
    const expected: string[][] = []
    for (const partition of [0, 1, 2]) {
      const values = Array.from({ length: 60 }, (_, i) => `${partition}.${i}`.padEnd(200, '.'))
      expected.push(values)
      for (let from = 0; from < values.length; from += 7)
        await upstream(values.slice(from, from + 7), { topic: name, partition })
    }
    const small = open({
      bufferBytesMax: 1,
      turnBytesMax: 1,
      fetchLaneBytesMax: 2000,
      fetchAnswerBytesMax: 3000,
    })
    const found = await valuesToEnd(reading(small, 0, 0, 0), 3)
    for (const partition of [0, 1, 2])
      expect(found.filter((value) => value.startsWith(`${partition}.`))).toEqual(expected[partition])
  })

  test('reads what is compressed', async () => {
    const producer = kafkaClient(kafka).producer()
    await producer.connect()
    closing.push(() => producer.disconnect())
    const values = Array.from({ length: 50 }, (_, i) => `value ${i}`)
    const messages = values.map((value) => ({ value, partition: 0 }))
    await producer.send({ topic: name, messages, compression: CompressionTypes.GZIP })
    expect(await valuesOf(log, lane)).toEqual(values)
    const replay = await log.replay(lane, 10)
    let replayed = 0
    for await (const batch of replay?.batches ?? []) for (const c = batch.walk(); c.next(); ) replayed++
    expect(replayed).toBe(40)
  })

  test('stands at no end while a transaction is open, and tells where the lane stands', async () => {
    const producer = kafkaClient(kafka).producer({
      transactionalId: name,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    closing.push(() => producer.disconnect())
    const reader = reading(log, 0)
    await valuesToEnd(reader)
    const transaction = await producer.transaction()
    await transaction.send({ topic: name, messages: [{ value: 'open', partition: 0 }] })
    await sleep(250)
    await reader.next(10)
    expect(await reader.next(250)).toEqual({ batches: [], atEnd: [] })
    expect(reader.progress()).toEqual([{ ...lane, position: 0, stable: 0, high: 1 }])
    await transaction.commit()
    expect(await valuesToEnd(reader)).toEqual(['open'])
    expect(reader.progress()).toEqual([{ ...lane, position: 2, stable: 2, high: 2 }])
  })

  test('through the middle of a replay goes on when the connection is cut', async () => {
    const values = Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(300, '.'))
    for (let from = 0; from < values.length; from += 3) await upstream(values.slice(from, from + 3))
    const cut = openThroughProxy({ fetchAnswerBytesMax: 2000 })
    const replay = await cut.replay(lane, 0)
    let fetches = 0
    proxy.fate = (apiKey) => (apiKey === API.fetch && fetches++ === 1 ? 'cut-after' : 'pass')
    const found: string[] = []
    for await (const batch of replay?.batches ?? []) {
      for (const c = batch.walk(); c.next(); ) found.push(c.buffer.toString('utf8', c.valueStart, c.valueEnd))
    }
    expect(found).toEqual(values)
    expect(fetches).toBeGreaterThan(2)
  })

  test('where no broker is, is an error to act on', async () => {
    await proxy.down()
    const nowhere = openThroughProxy({ patienceMs: 200, silenceMsMax: 100 })
    const failure = await nowhere.takeOver(name, [lane]).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'broker-unreachable', retryable: true })
    expect(await failureOf(reading(nowhere, 0))).toMatchObject({ code: 'broker-unreachable' })
    await proxy.up()
  })

  test('of a topic that is not there, is one too', async () => {
    const short = open({ patienceMs: 200 })
    const failure = await short
      .takeOver(name, [{ topic: `${name}-missing`, partition: 0 }])
      .catch((e: unknown) => e)
    expect(failure).toMatchObject({ code: 'unknown-topic' })
  })
})

/** The failure that a reader tells within some turns. */
async function failureOf(reader: LogReader): Promise<AdapterError> {
  for (let turns = 0; turns < 200; turns++) {
    try {
      await reader.next(50)
    } catch (error) {
      if (error instanceof AdapterError) return error
      throw error
    }
  }
  throw new Error('the reader did not fail')
}
