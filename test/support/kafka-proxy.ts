/**
 * A TCP proxy before a Kafka broker that sees the requests go by and lets a test decide what becomes of each: a real connection that
 * is cut, a broker that is away for a while, an answer that another broker would give. It knows requests; for a network that is slow
 * or still, whatever is spoken, there is `servers/proxy.ts`.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

export const API = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  findCoordinator: 10,
  initProducerId: 22,
  addPartitions: 24,
  addOffsets: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const

/** `cut-before`: the broker never sees it; `cut-after`: its answer is lost. A buffer answers in the broker's place. */
export type Fate = 'pass' | 'cut-before' | 'cut-after' | Buffer

export interface KafkaProxy {
  /** For the client: every connection goes through here, whatever address the brokers tell. */
  readonly openSocket: ISocketFactory
  /** Api keys of the requests so far. */
  readonly seen: readonly number[]
  fate: (apiKey: number) => Fate
  /** Cuts all connections and refuses new ones until `up`. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

export async function openKafkaProxy(target: string): Promise<KafkaProxy> {
  const [host, port] = target.split(':') as [string, string]
  const sockets = new Set<Socket>()
  const seen: number[] = []
  let server: Server | undefined
  let ownPort = 0

  const accept = (client: Socket): void => {
    const upstream = connect({ host, port: Number(port) })
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    let cutAfter = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
      socket.on('error', cut)
    }
    upstream.on('data', (bytes) => {
      if (cutAfter) cut()
      else client.write(bytes)
    })
    onFrames(client, (frame) => {
      const apiKey = frame.readInt16BE(4)
      seen.push(apiKey)
      const fate = proxy.fate(apiKey)
      if (fate === 'cut-before') cut()
      else if (Buffer.isBuffer(fate)) client.write(answerTo(frame, fate))
      else {
        cutAfter = fate === 'cut-after'
        upstream.write(frame)
      }
    })
  }

  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      const listening = createServer(accept)
      server = listening.listen(ownPort, '127.0.0.1', () => {
        ownPort = (listening.address() as AddressInfo).port
        resolve()
      })
    })

  const down = async (): Promise<void> => {
    const closed = new Promise((resolve) => server?.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  const proxy: KafkaProxy = {
    openSocket: ({ onConnect }) => connect({ host: '127.0.0.1', port: ownPort }, onConnect),
    seen,
    fate: () => 'pass',
    down,
    up: listen,
    close: down,
  }
  await listen()
  return proxy
}

/** Calls with each whole request, its length included. */
function onFrames(socket: Socket, each: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const frame = rest.subarray(0, 4 + rest.readInt32BE(0))
      rest = rest.subarray(frame.length)
      each(frame)
    }
  })
}

function answerTo(frame: Buffer, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + payload.length, 0)
  frame.copy(head, 4, 8, 12)
  return Buffer.concat([head, payload])
}
