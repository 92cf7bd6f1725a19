/** Transactions on a real broker while things go wrong: zombies, cut connections, coordinators and generations that move on. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Producer } from 'kafkajs'
import type { GroupView } from '../../../src/adapters/kafka/group-view.ts'
import type { KafkaLog } from '../../../src/adapters/kafka/log.ts'
import { ProtocolWriter } from '../../../src/adapters/kafka/wire/protocol-writer.ts'
import { Fenced } from '../../../src/model/errors.ts'
import { Appends } from '../../../src/runtime/appends.ts'
import type { Lane } from '../../../src/runtime/ports/log.ts'
import { API, type Fate, type KafkaProxy, openKafkaProxy } from '../../support/kafka-proxy.ts'
import { createTopics, deleteTopics, kafkaClient } from '../../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'
import { appendsOf, openLog, put, valuesOf } from './log-world.ts'

describeWith(['kafka'], 'transactions on a real broker', ({ kafka }) => {
  let name: string
  let task: string
  let lane: Lane
  let other: Lane
  let log: KafkaLog
  let proxy: KafkaProxy
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    name = uniqueName('txn')
    task = `${name}-task`
    lane = { topic: name, partition: 0 }
    other = { topic: name, partition: 1 }
    const topics = [{ topic: name, partitions: 2 }]
    await createTopics(kafka, topics)
    proxy = await openKafkaProxy(kafka)
    log = open()
    closing.push(
      () => deleteTopics(kafka, topics),
      () => proxy.close(),
    )
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  function open(options: Parameters<typeof openLog>[2] = {}): KafkaLog {
    const opened = openLog(kafka, `${name}-group`, options)
    closing.push(() => opened.close())
    return opened
  }
  function openThroughProxy(options: Parameters<typeof openLog>[2] = {}): KafkaLog {
    return open({ ...options, openSocket: proxy.openSocket })
  }
  async function foreignProducer(transactionalId: string): Promise<Producer> {
    const producer = kafkaClient(kafka).producer({
      transactionalId,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    closing.push(() => producer.disconnect())
    return producer
  }
  /** The first request with this key meets it; later ones pass. */
  function once(apiKey: number, fate: Fate): void {
    let met = false
    proxy.fate = (key) => {
      if (key !== apiKey || met) return 'pass'
      met = true
      return fate
    }
  }
  const position = (offset: number) => [{ ...other, offset }]

  test('of a predecessor that was left open is ended by the take-over, and neither its records nor its positions count', async () => {
    const producer = await foreignProducer(task)
    await put(log, `${name}-first`, lane, ['before'], position(3))
    const transaction = await producer.transaction()
    await transaction.send({ topic: name, messages: [{ value: 'left open', partition: 0 }] })
    await transaction.sendOffsets({
      consumerGroupId: `${name}-group`,
      topics: [{ topic: name, partitions: [{ partition: 1, offset: '99' }] }],
    })
    await put(log, `${name}-second`, lane, ['beside it'])
    const { owner, positions } = await log.takeOver(task, [lane, other])
    expect(positions).toEqual(position(3))
    await log.commit({ task, owner, appends: appendsOf(lane, ['after']), positions: [], changelog: lane })
    expect(await valuesOf(log, lane)).toEqual(['before', 'beside it', 'after'])
    await expect(transaction.commit()).rejects.toThrow()
  })

  test('that are never ended hold up no other task that takes over their lanes', async () => {
    const { owner } = await log.takeOver(task, [lane])
    const at = (offset: number) => [{ ...lane, offset }]
    await log.commit({ task, owner, appends: new Appends(), positions: at(3), changelog: lane })
    let held: () => void = () => {}
    const reached = new Promise<void>((open) => {
      held = open
    })
    const forgetful = open({ beforeEnd: () => (held(), new Promise(() => {})) })
    const { owner: later } = await forgetful.takeOver(task, [lane])
    void forgetful.commit({
      task,
      owner: later,
      appends: new Appends(),
      positions: at(7),
      changelog: lane,
    })
    await reached
    expect((await log.takeOver(`${task}-successor`, [lane])).positions).toEqual(at(3))
  })

  test('that were aborted are left out, of two that interleave too, wherever reading begins', async () => {
    const [first, second] = [await foreignProducer(`${name}-a`), await foreignProducer(`${name}-b`)]
    const one = await first.transaction()
    const two = await second.transaction()
    const send = (transaction: typeof one, value: string) =>
      transaction.send({ topic: name, messages: [{ key: Buffer.alloc(4), value, partition: 0 }] })
    await send(one, 'aborted 0')
    await send(two, 'aborted 1')
    await two.abort()
    await put(log, `${name}-c`, lane, ['kept'])
    await send(one, 'aborted 2')
    await one.abort()
    await put(log, `${name}-c`, lane, ['kept too'])
    expect(await valuesOf(log, lane)).toEqual(['kept', 'kept too'])
    for (const offset of [1, 2, 3]) expect(await valuesOf(log, lane, offset)).toEqual(['kept', 'kept too'])
    for (const offset of [5, 6]) expect(await valuesOf(log, lane, offset)).toEqual(['kept too'])
  })

  test('of a zombie are refused, and nothing of them is seen', async () => {
    const zombie = open()
    const { owner } = await zombie.takeOver(task, [])
    await log.takeOver(task, [])
    const commit = zombie.commit({
      task,
      owner,
      appends: appendsOf(lane, ['late']),
      positions: position(7),
      changelog: lane,
    })
    await expect(commit).rejects.toBeInstanceOf(Fenced)
    await put(log, `${name}-mark`, lane, ['mark'])
    expect(await valuesOf(log, lane)).toEqual(['mark'])
    expect((await log.takeOver(task, [other])).positions).toEqual([])
  })

  test.each([
    ['the answer was lost', 'cut-after', true],
    ['the request was lost', 'cut-before', false],
  ] as const)('whose end is not answered say so, and a take-over tells: %s', async (_, fate, counts) => {
    const cut = openThroughProxy()
    const { owner } = await cut.takeOver(task, [])
    once(API.endTxn, fate)
    const commit = (value: string) =>
      cut.commit({ task, owner, appends: appendsOf(lane, [value]), positions: position(5), changelog: lane })
    await expect(commit('a')).rejects.toMatchObject({ code: 'unknown-outcome', retryable: true })
    await expect(commit('b')).rejects.toMatchObject({ code: 'owner-spent', retryable: true })
    expect((await cut.takeOver(task, [other])).positions).toEqual(counts ? position(5) : [])
    expect(await valuesOf(cut, lane)).toEqual(counts ? ['a'] : [])
  })

  test.each(
    Object.entries(API).filter(([api]) =>
      ['produce', 'addPartitions', 'addOffsets', 'txnOffsetCommit'].includes(api),
    ),
  )('survive a connection that is cut at %s, before and after, and count once', async (_, apiKey) => {
    const cut = openThroughProxy()
    const { owner } = await cut.takeOver(task, [])
    for (const fate of ['cut-before', 'cut-after'] as const) {
      once(apiKey, fate)
      await cut.commit({
        task,
        owner,
        appends: appendsOf(lane, [fate]),
        positions: position(5),
        changelog: lane,
      })
    }
    expect(await valuesOf(log, lane)).toEqual(['cut-before', 'cut-after'])
    expect((await log.takeOver(task, [other])).positions).toEqual(position(5))
  })

  test('ask anew for a coordinator and a leader that have moved', async () => {
    const moved = openThroughProxy()
    const { owner } = await moved.takeOver(task, [])
    const commit = (value: string) =>
      moved.commit({
        task,
        owner,
        appends: appendsOf(lane, [value]),
        positions: position(1),
        changelog: lane,
      })
    await commit('a')
    const NOT_COORDINATOR = 16
    const NOT_LEADER = 6
    for (const apiKey of [API.addOffsets, API.endTxn]) {
      const from = proxy.seen.length
      once(apiKey, Buffer.concat(new ProtocolWriter().int32(0).int16(NOT_COORDINATOR).parts()))
      await commit(`${apiKey}`)
      expect(proxy.seen.slice(from)).toContain(API.findCoordinator)
    }
    const from = proxy.seen.length
    const refused = new ProtocolWriter()
    refused
      .list([lane], ({ topic, partition }) =>
        refused.text(topic).list([partition], (one) => {
          refused.int32(one).int16(NOT_LEADER).int64(-1).int64(-1).int64(-1)
        }),
      )
      .int32(0)
    once(API.produce, Buffer.concat(refused.parts()))
    await commit('b')
    expect(proxy.seen.slice(from)).toContain(API.metadata)
    expect(await valuesOf(log, lane)).toEqual(['a', `${API.addOffsets}`, `${API.endTxn}`, 'b'])
  })

  test('of many megabytes to one lane are split, and are one transaction', async () => {
    const { owner } = await log.takeOver(task, [])
    const values = Array.from({ length: 5000 }, (_, i) => `${i}`.padEnd(1000, '.'))
    const end = await log.commit({
      task,
      owner,
      appends: appendsOf(lane, values),
      positions: [],
      changelog: lane,
    })
    expect(end).toBe(5000)
    expect(await valuesOf(log, lane)).toEqual(values)
    const next = await log.commit({
      task,
      owner,
      appends: appendsOf(lane, ['on']),
      positions: [],
      changelog: lane,
    })
    expect(next).toBe(5002)
  })

  test('are what other clients read: keys where they belong, ids in headers, nothing of what was aborted', async () => {
    const producer = await foreignProducer(`${name}-foreign`)
    const aborted = await producer.transaction()
    await aborted.send({ topic: name, messages: [{ value: 'aborted', partition: 0 }] })
    await aborted.abort()
    const { owner } = await log.takeOver(task, [])
    const appends = new Appends()
    const keys = ['ann', 'bob', 'cid', 'dan', 'eve', 'ü']
    for (const key of keys) appends.record(name, -1, undefined, key, Buffer.from(`of ${key}`), `id of ${key}`)
    await log.commit({ task, owner, appends, positions: [], changelog: lane })
    const foreign = await producer.transaction()
    await foreign.send({ topic: name, messages: keys.map((key) => ({ key, value: 'theirs' })) })
    await foreign.commit()
    const found = await readByKafkajs(2 * keys.length)
    for (const key of keys) {
      const [ours, theirs] = found.filter((one) => one.key === key)
      expect(ours).toMatchObject({ value: `of ${key}`, id: `id of ${key}` })
      expect(theirs).toMatchObject({ value: 'theirs', partition: ours?.partition })
    }
  })

  /** What kafkajs' own consumer finds. */
  async function readByKafkajs(count: number) {
    const consumer = kafkaClient(kafka).consumer({ groupId: `${name}-consumer`, maxWaitTimeInMs: 50 })
    closing.push(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic: name, fromBeginning: true })
    const found: { partition: number; key: string; value: string; id: string | undefined }[] = []
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ partition, message: { key, value, headers } }) => {
          const id = headers?.['id']?.toString()
          if (found.push({ partition, key: String(key), value: String(value), id }) === count) resolve()
        },
      })
    })
    return found
  }

  /** A member of the group in its first generation; the view says at first that it is of the one before. */
  async function memberOf(holds: boolean): Promise<{ readonly view: GroupView; readonly waited: number[] }> {
    const consumer = kafkaClient(kafka).consumer({ groupId: `${name}-group`, maxWaitTimeInMs: 50 })
    closing.push(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic: name })
    const memberId = await new Promise<string>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberId))
      void consumer.run({ autoCommit: false, eachMessage: async () => {} })
    })
    let generation = 0
    const waited: number[] = []
    const view: GroupView = {
      current: () => ({ memberId, generation }),
      next: async (after) => {
        waited.push(after)
        generation = 1
      },
      holds: () => holds,
    }
    return { view, waited }
  }

  test('of a generation that is over go on in the next one, while the lanes are still held', async () => {
    const { view, waited } = await memberOf(true)
    const member = open({ view })
    await put(member, task, lane, ['a'], position(4))
    expect(waited).toEqual([0])
    expect(await valuesOf(log, lane)).toEqual(['a'])
    expect((await log.takeOver(task, [other])).positions).toEqual(position(4))
  })

  test('of lanes that the group has given away are refused, and do not count once the task is taken over', async () => {
    const { view } = await memberOf(false)
    const member = open({ view })
    await expect(put(member, task, lane, ['a'], position(4))).rejects.toBeInstanceOf(Fenced)
    expect((await log.takeOver(task, [other])).positions).toEqual([])
    await put(log, `${name}-mark`, lane, ['mark'])
    expect(await valuesOf(log, lane)).toEqual(['mark'])
  })
})
