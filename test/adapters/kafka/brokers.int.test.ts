/** Many requests at the same moment that find their connection gone. */
import { connect, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { Brokers } from '../../../src/adapters/kafka/brokers.ts'
import { createCluster } from '../../../src/adapters/kafka/cluster.ts'
import { findCoordinator } from '../../../src/adapters/kafka/wire/position-requests.ts'
import { fetchRecords } from '../../../src/adapters/kafka/wire/fetch-request.ts'
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
