/**
 * The HTTP face of a running process: `/metrics`, `/health/live`, `/health/ready`, and what else a way of running adds.
 *
 * Whoever can reach the address can read it: it listens on the loopback address unless told otherwise, knows no password, and says
 * nothing of any person.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Metrics } from '../adapters/prometheus/collector.ts'
import { UsageError } from '../model/errors.ts'
import type { Clock } from '../runtime/ports/clock.ts'
import type { ProcessStatus } from '../runtime/ports/observer.ts'
import { whyNotLive, whyNotReady } from './health.ts'

/** How long callers who are in the middle of a request are waited for at the end; then they are cut off, unanswered. */
const STOP_PATIENCE_MS = 2000

export interface Route {
  readonly method: 'GET' | 'POST'
  /** What to say to another method. */
  readonly hint: string
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
}

export interface HttpFaceOptions {
  /** `127.0.0.1:9400`. Port 0: any free one. */
  readonly host: string
  readonly port: number
  readonly metrics: Metrics
  /** Answers at once, from memory: an endpoint that waits for a server that hangs tells nobody of it. */
  readonly status: () => ProcessStatus
  readonly clock: Clock
  /** By path: what there is beside metrics and health. */
  readonly routes?: Readonly<Record<string, Route>>
}

export interface HttpFace {
  readonly address: { readonly host: string; readonly port: number }
  /** Takes no more requests, and waits for those that are under way. */
  stop(): Promise<void>
}

/** @throws UsageError when the address cannot be listened on. */
export async function openHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  const { host, port, metrics, status, clock } = options
  const routes: ReadonlyMap<string, Route> = new Map([
    ...Object.entries(options.routes ?? {}),
    [
      '/metrics',
      reading(async (response) => answerText(response, metrics.contentType, await metrics.text(status()))),
    ],
    [
      '/health/live',
      reading((response) => answerHealth(response, 'live', whyNotLive(status(), clock.now()))),
    ],
    ['/health/ready', reading((response) => answerHealth(response, 'ready', whyNotReady(status())))],
  ])
  const known = `there are ${[...routes].map(([path, { method }]) => `${method} ${path}`).join(', ')}`

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routes.get((request.url ?? '/').split('?')[0] as string)
    if (route === undefined) return answer(response, 404, { error: known })
    // A HEAD is a GET whose answer has no body, which Node sees to.
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (method !== route.method) {
      response.setHeader('Allow', route.method)
      return answer(response, 405, { error: route.hint })
    }
    await route.handle(request, response)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent || request.destroyed) response.destroy()
      else answer(response, 500, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  await listen(server, host, port)
  const bound = server.address()
  return {
    address: { host, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    async stop() {
      const patience = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS)
      await new Promise<void>((done) => {
        server.close(() => done())
        server.closeIdleConnections()
      })
      clearTimeout(patience)
    },
  }
}

const reading = (handle: (response: ServerResponse) => Promise<void> | void): Route => ({
  method: 'GET',
  hint: 'GET it',
  handle: (_request, response) => handle(response),
})

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

function answerText(response: ServerResponse, contentType: string, text: string): void {
  response.writeHead(200, { 'Content-Type': contentType })
  response.end(text)
}

function answerHealth(response: ServerResponse, status: string, reasons: readonly string[]): void {
  if (reasons.length === 0) answer(response, 200, { status })
  else answer(response, 503, { status: `not ${status}`, reasons })
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'it is in use'
          : error.code === 'EADDRNOTAVAIL'
            ? 'this machine has no such address'
            : error.message
      fail(
        new UsageError(
          `cannot listen on ${host}:${port}: ${why}`,
          'set SHOPKEEPER_HTTP or --http to a free one, such as 127.0.0.1:9401',
        ),
      )
    })
    server.listen(port, host, () => done())
  })
}
