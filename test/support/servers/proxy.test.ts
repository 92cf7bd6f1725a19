/** The proxy's faults are the ones it promises, seen from both ends. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Proxy, startProxy } from './proxy.ts'

/** A server that sends back what it gets. */
let echo: Server
let proxy: Proxy
let client: Socket
let heard = ''

const opened = async (): Promise<Socket> => {
  const socket = connect({ port: Number(proxy.address.split(':')[1]), allowHalfOpen: true })
  socket.on('error', () => {})
  heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text
  })
  await once(socket, 'connect')
  return socket
}

const closed = (socket: Socket): Promise<unknown> => new Promise((done) => socket.once('close', done))

const heardAll = async (length: number): Promise<void> => {
  while (heard.length < length) await once(client, 'data')
}

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await startProxy({ to: `127.0.0.1:${(echo.address() as AddressInfo).port}` })
  client = await opened()
})

afterEach(async () => {
  client.destroy()
  await proxy.close()
  echo.close()
})

describe('a proxy', () => {
  test('passes on every byte in order, more than it may keep waiting', async () => {
    const text = Array.from({ length: 600_000 }, (_, i) => `${i};`).join('')
    client.write(text)
    await heardAll(text.length)
    expect(heard === text).toBe(true)
  })

  test('passes on the end of a connection', async () => {
    client.end('last')
    await once(client, 'end')
    expect(heard).toBe('last')
  })

  test('keeps the order when a delay ends in between', async () => {
    proxy.delay(40)
    client.write('slow ')
    await pause(10)
    proxy.delay(0)
    client.write('fast')
    await heardAll(9)
    expect(heard).toBe('slow fast')
  })

  test('cut breaks what is open and what comes, until it is healed', async () => {
    proxy.cut()
    await closed(client)
    await closed(connect(Number(proxy.address.split(':')[1])).on('error', () => {}))
    proxy.heal()
    client = await opened()
    client.write('again')
    await heardAll(5)
    expect(proxy.accepted).toBe(3)
  })

  test('a stall tells nobody, and everything comes when it is healed', async () => {
    proxy.stall()
    client.write('held')
    await pause(50)
    expect(heard).toBe('')
    proxy.heal()
    await heardAll(4)
    expect(heard).toBe('held')
  })

  test('a half-closed connection ends for the client, who may still write', async () => {
    client.write('before')
    await heardAll(6)
    proxy.halfClose()
    await once(client, 'end')
    client.write('after')
    await pause(20)
    expect([heard, client.writable]).toEqual(['before', true])
  })

  test('a server that is not there is a broken connection', async () => {
    const nobody = await startProxy({ to: '127.0.0.1:1' })
    const socket = connect({ port: Number(nobody.address.split(':')[1]) }).on('error', () => {})
    await closed(socket)
    await nobody.close()
  })
})
