/** A registry small enough to fail on command: subjects in memory, answers as Confluent gives them, and trouble when asked for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeRegistry {
  readonly url: string
  /** `GET /schemas/ids/7`, in order. */
  readonly asked: readonly string[]
  /** Values of the header Authorization. */
  readonly logins: readonly (string | undefined)[]
  /** The next answers: a status, `hang` (none at all), `cut` (the connection goes away), or `html`. */
  fail(...ways: readonly (number | 'hang' | 'cut' | 'html')[]): void
  /** Registers without asking; its id. */
  put(subject: string, schema: string, schemaType?: string): number
  close(): Promise<void>
}

interface Registered {
  readonly id: number
  readonly schema: string
  readonly schemaType: string | undefined
}

/** `incompatible`: whether the subject refuses a schema behind its newest one. Ids begin at `firstId`. */
export async function startFakeRegistry({
  incompatible = () => false,
  firstId = 1,
}: {
  readonly incompatible?: (newest: string, schema: string) => boolean
  readonly firstId?: number
} = {}): Promise<FakeRegistry> {
  const schemas: Registered[] = []
  const subjects = new Map<string, Registered[]>()
  const asked: string[] = []
  const logins: (string | undefined)[] = []
  const ways: (number | 'hang' | 'cut' | 'html')[] = []

  function put(subject: string, schema: string, schemaType?: string): number {
    let registered = schemas.find((one) => one.schema === schema)
    if (registered === undefined) {
      registered = { id: firstId + schemas.length, schema, schemaType }
      schemas.push(registered)
    }
    const versions = subjects.get(subject) ?? []
    if (!versions.includes(registered)) versions.push(registered)
    subjects.set(subject, versions)
    return registered.id
  }

  function answerTo(method: string, path: string, body: { schema?: string }): [number, unknown] {
    const [, kind = '', name = '', third = '', fourth = ''] = path.split('/').map(decodeURIComponent)
    if (path.startsWith('/schemas/ids/')) {
      const found = schemas.find(({ id }) => id === Number(third))
      return found === undefined ? [404, { error_code: 40403, message: 'Schema not found' }] : [200, found]
    }
    if (path === '/subjects') return [200, [...subjects.keys()]]
    const { schema = '' } = body
    const subject = kind === 'compatibility' ? third : name
    const versions = subjects.get(subject)
    const answer = (one: Registered): [number, unknown] => [
      200,
      { subject, id: one.id, version: (versions?.indexOf(one) ?? 0) + 1, schema: one.schema },
    ]
    if (kind === 'subjects' && method === 'POST' && third === 'versions') {
      const newest = versions?.at(-1)
      if (newest !== undefined && newest.schema !== schema && incompatible(newest.schema, schema))
        return [409, { error_code: 409, message: 'Schema being registered is incompatible' }]
      return [200, { id: put(subject, schema) }]
    }
    if (versions === undefined) return [404, { error_code: 40401, message: 'Subject not found' }]
    if (kind === 'config') return [200, body]
    const newest = versions.at(-1) as Registered
    if (kind === 'compatibility') return [200, { is_compatible: !incompatible(newest.schema, schema) }]
    if (method === 'GET' && fourth === 'latest') return answer(newest)
    const found = versions.find((one) => one.schema === schema)
    return found === undefined ? [404, { error_code: 40403, message: 'Schema not found' }] : answer(found)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    asked.push(`${method} ${url}`)
    logins.push(headers.authorization)
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const way = ways.shift()
    if (way === 'hang') return
    if (way === 'cut') {
      response.destroy()
      return
    }
    if (way === 'html') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>hello</html>')
      return
    }
    const text = Buffer.concat(parts).toString()
    const [status, body] =
      way === undefined
        ? answerTo(method, url, text === '' ? {} : (JSON.parse(text) as { schema?: string }))
        : [way, { error_code: way, message: 'as asked for' }]
    response.writeHead(status, { 'Content-Type': 'application/vnd.schemaregistry.v1+json' })
    response.end(JSON.stringify(body))
  }

  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    logins,
    fail: (...more) => void ways.push(...more),
    put,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
