/**
 * A TCP proxy that can be made a bad network: slow, cut, half closed, or still, whatever is spoken through it.
 *
 * 1. Bytes of one direction stay in order, however the delay changes between them.
 * 2. What waits is bounded: while bytes wait, no more are read than one chunk a direction beyond it.
 * 3. Every fault ends with `heal`; connections that lived through a stall go on where they were.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

const WAITING_BYTES_MAX = 1 << 20

export interface Proxy {
  /** `host:port`, for clients. */
  readonly address: string
  /** From now on every byte takes this many milliseconds more, each way. */
  delay(ms: number): void
  /** Breaks every connection and every new one. */
  cut(): void
  /** Tells the client of every connection that the server has said its last word, which it has not. New ones are not touched. */
  halfClose(): void
  /** Nothing passes, and nobody is told. */
  stall(): void
  heal(): void
  /** Connections that passed through it so far. */
  readonly accepted: number
  close(): Promise<void>
}

export interface ProxyOptions {
  /** `host:port` of the server. It need not be there yet. */
  readonly to: string
  readonly port?: number
}

interface Weather {
  delayMs: number
  cut: boolean
  still: boolean
}

export async function startProxy({ to, port = 0 }: ProxyOptions): Promise<Proxy> {
  const [host, toPort] = splitAddress(to)
  const weather: Weather = { delayMs: 0, cut: false, still: false }
  const pairs = new Set<Pair>()
  let accepted = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted++
    if (weather.cut) {
      client.on('error', () => {}).resetAndDestroy()
      return
    }
    const pair = join(client, connect({ host, port: toPort, allowHalfOpen: true }), weather)
    pairs.add(pair)
    void pair.over.then(() => pairs.delete(pair))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const each = (what: (pair: Pair) => void): void => [...pairs].forEach(what)
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay(ms) {
      weather.delayMs = ms
    },
    cut() {
      weather.cut = true
      each((pair) => pair.reset())
    },
    halfClose: () => each((pair) => pair.halfClose()),
    stall() {
      weather.still = true
    },
    heal() {
      Object.assign(weather, { delayMs: 0, cut: false, still: false })
      each((pair) => pair.goOn())
    },
    get accepted() {
      return accepted
    },
    async close() {
      server.close()
      each((pair) => pair.reset())
      await once(server, 'close')
    },
  }
}

function splitAddress(address: string): readonly [string, number] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon), Number(address.slice(colon + 1))]
}

interface Pair {
  readonly over: Promise<unknown>
  reset(): void
  halfClose(): void
  goOn(): void
}

/** Two sockets as one connection. */
function join(client: Socket, server: Socket, weather: Weather): Pair {
  const toServer = lane(client, server, weather)
  const toClient = lane(server, client, weather)
  const reset = (): void => {
    for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy()
  }
  for (const socket of [client, server]) {
    socket.setNoDelay(true)
    socket.on('error', reset)
  }
  return {
    over: Promise.all([client, server].map((socket) => new Promise((done) => socket.once('close', done)))),
    reset,
    halfClose() {
      toClient.drop()
      client.end()
    },
    goOn() {
      toServer.pump()
      toClient.pump()
    },
  }
}

interface Lane {
  /** Lets through what is due. */
  pump(): void
  /** From now on what comes is thrown away. */
  drop(): void
}

/** One direction. An entry without bytes is the end of it. */
function lane(from: Socket, into: Socket, weather: Weather): Lane {
  const waiting: { readonly due: number; readonly bytes: Buffer | undefined }[] = []
  let bytesWaiting = 0
  let lastDue = 0
  let dropped = false
  let timer: NodeJS.Timeout | undefined
  const push = (bytes: Buffer | undefined): void => {
    if (dropped) return
    lastDue = Math.max(lastDue, performance.now() + weather.delayMs)
    waiting.push({ due: lastDue, bytes })
    bytesWaiting += bytes?.length ?? 0
    if (bytesWaiting > WAITING_BYTES_MAX) from.pause()
    pump()
  }
  const pump = (): void => {
    clearTimeout(timer)
    while (!weather.still && waiting[0] !== undefined && waiting[0].due <= performance.now()) {
      const bytes = waiting.shift()?.bytes
      if (into.destroyed) continue
      if (bytes === undefined) into.end()
      else {
        bytesWaiting -= bytes.length
        if (!into.write(bytes)) from.pause()
      }
    }
    if (weather.still) return
    if (waiting[0] !== undefined) timer = setTimeout(pump, waiting[0].due - performance.now())
    else if (!into.writableNeedDrain) from.resume()
  }
  from.on('data', push).once('end', () => push(undefined))
  from.once('close', () => {
    if (from.errored === null && from.readableEnded) return
    if (!into.destroyed) into.resetAndDestroy()
  })
  into.on('drain', pump)
  return {
    pump,
    drop() {
      dropped = true
      waiting.length = 0
      clearTimeout(timer)
    },
  }
}
