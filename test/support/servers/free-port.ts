/**
 * A port of this machine that nobody listens on at this moment. Somebody else may still take it first: starting can fail.
 *
 * It is below those that systems give to clients (32768 and up). From among those, a client that tries again and again to reach a server
 * that was killed is given the very port it calls, reaches itself, and keeps the server from coming back.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 12_000
const BEHIND = 32_000

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (BEHIND - FIRST))
    if (!(await portIsTaken(port))) return port
  }
}

/** Whether somebody listens on this port. */
export async function portIsTaken(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true
    throw error
  }
}
