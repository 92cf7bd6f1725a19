/** A proxy before one server of this machine, which can keep answers back and cut its connections. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly port: number
  /** From now on calls reach the server, and its answers reach nobody. */
  swallowAnswers(): void
  /** Cuts all connections; later ones are whole again. */
  cut(): void
  close(): Promise<void>
}

export async function startProxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let swallow = false
  const server = createServer((near) => {
    const far = createConnection(targetPort, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}) // a cut connection is what it is for
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => swallow || near.write(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    swallow = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    swallowAnswers: () => void (swallow = true),
    cut,
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}
