/** Many requests at the same moment that find their connection gone. */
import { connect, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { Brokers } from '../../../src/adapters/kafka/brokers.ts'
import { createCluster } from '../../../src/adapters/kafka/cluster.ts'
import { sendFramed } from '../../../src/adapters/kafka/framing.ts'
import { findCoordinator } from '../../../src/adapters/kafka/wire/position-requests.ts'
import { ProtocolWriter } from '../../../src/adapters/kafka/wire/protocol-writer.ts'
import { fetchRecords } from '../../../src/adapters/kafka/wire/fetch-request.ts'
import { API, openKafkaProxy } from '../../support/kafka-proxy.ts'
import { createTopics, deleteTopics } from '../../support/kafka-topics.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'

const BOUNDS = { waitMs: 1, laneBytesMax: 1000, answerBytesMax: 1000 }

describeWith(['kafka'], 'connections to a real broker', ({ kafka }) => {
  test('that are gone keep nothing while the broker is away', async () => {
    const topics = [{ topic: uniqueName('brokers') }]
    await createTopics(kafka, topics)
    const sockets: Socket[] = []
    let away = false
    const connection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined } as const
    const cluster = createCluster(connection, ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect)
      if (away) socket.destroy(new Error('nobody there'))
      sockets.push(socket)
      return socket
    })
    const brokers = new Brokers(cluster, connection)
    const lane = { topic: topics[0]?.topic ?? '', partition: 0 }
    const leader = await brokers.leaderOf(lane)
    await brokers.send(leader, fetchRecords([{ ...lane, offset: 0 }], BOUNDS))
    away = true
    const gone = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)))
    for (const socket of sockets) socket.destroy(new Error('cut'))
    await Promise.all(gone)
    const before = sockets[1]?.listenerCount('connect') ?? -1
    for (let attempts = 0; attempts < 2; attempts++)
      await expect(brokers.send(leader, findCoordinator('group', 'a'))).rejects.toMatchObject({
        code: 'broker-unreachable',
      })
    expect(sockets[1]?.listenerCount('connect')).toBe(before)
    await brokers.close()
    await deleteTopics(kafka, topics)
  })

  test('that are closed have no request under way, at whichever moment it came', async () => {
    const topics = [{ topic: uniqueName('brokers') }]
    await createTopics(kafka, topics)
    const lane = { topic: topics[0]?.topic ?? '', partition: 0 }
    const connection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined } as const
    for (let steps = 0; steps < 8; steps++) {
      const cluster = createCluster(connection)
      const brokers = new Brokers(cluster, connection)
      const broker = await cluster.findBroker({ nodeId: await brokers.leaderOf(lane) })
      const socket = await broker.connectionPool.getConnectionByRequest({ request: { apiKey: API.fetch } })
      const closed = brokers.close()
      for (let step = 0; step < steps; step++) await Promise.resolve()
      let isOver = false
      const asked = sendFramed(socket, fetchRecords([{ ...lane, offset: 0 }], BOUNDS))
      const over = Promise.allSettled([asked]).then(() => {
        isOver = true
      })
      await closed
      await Promise.resolve()
      // Answered or refused: nothing keeps a process alive for an answer that comes to a closed connection.
      expect([steps, isOver]).toEqual([steps, true])
      await over
    }
    await deleteTopics(kafka, topics)
  })

  test('know who leads what while one partition has no leader', async () => {
    const proxy = await openKafkaProxy(kafka)
    const [host, port] = kafka.split(':') as [string, string]
    const answer = new ProtocolWriter()
    const partition = (leader: number, code: number) => (id: number) => {
      answer.int16(code).int32(id).int32(leader)
      for (let lists = 0; lists < 3; lists++) answer.list([], () => {})
    }
    answer
      .int32(0)
      .list([1], (nodeId) => answer.int32(nodeId).text(host).int32(Number(port)).int16(-1))
      .int16(-1)
      .int32(1)
      .list(['led', 'not-led'], (topic) => {
        answer.int16(0).text(topic).int8(0)
        answer.list([0], topic === 'led' ? partition(1, 0) : partition(-1, 5))
      })
    const made = Buffer.concat(answer.parts())
    proxy.fate = (apiKey) => (apiKey === API.metadata ? made : 'pass')
    const connection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined } as const
    const brokers = new Brokers(createCluster(connection, proxy.openSocket), connection)
    expect(await brokers.leaderOf({ topic: 'led', partition: 0 })).toBe(1)
    await expect(brokers.leaderOf({ topic: 'not-led', partition: 0 })).rejects.toMatchObject({
      about: 'leader',
      cause: { code: 'no-leader', retryable: true },
    })
    await brokers.refresh()
    expect(await brokers.leaderOf({ topic: 'led', partition: 0 })).toBe(1)
    await brokers.close()
    await proxy.close()
  })

  test('are opened once for all who wait for them, and closed all', async () => {
    const topics = [{ topic: uniqueName('brokers') }]
    await createTopics(kafka, topics)
    const sockets: Socket[] = []
    const connection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined } as const
    const cluster = createCluster(connection, ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect)
      sockets.push(socket)
      return socket
    })
    const brokers = new Brokers(cluster, connection)
    const lane = { topic: topics[0]?.topic ?? '', partition: 0 }
    const leader = await brokers.leaderOf(lane)
    await brokers.send(leader, fetchRecords([{ ...lane, offset: 0 }], BOUNDS))
    // The one for fetches stays, so that the broker still counts as connected.
    expect(sockets.length).toBe(2)
    const gone = new Promise((resolve) => sockets[0]?.on('close', resolve))
    sockets[0]?.end()
    await gone
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((group) => brokers.send(leader, findCoordinator('group', group))),
    )
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(sockets.length).toBe(3)
    await brokers.close()
    await expect(brokers.send(leader, findCoordinator('group', 'a'))).rejects.toMatchObject({
      code: 'log-closed',
    })
    await deleteTopics(kafka, topics)
  })
})
