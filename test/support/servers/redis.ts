/**
 * A Redis (or Valkey) of a test's own, with the settings of services/redis.conf: to be killed, frozen, filled and started again.
 *
 * 1. It is ready as soon as it answers, be it that it still loads its data.
 * 2. It has a copy of the settings of its own, since a server that sentinels promote writes into its file.
 * 3. `admin` is an administrator's client that lives through all that; it connects when it is first used.
 */
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis, type RedisOptions as ClientOptions } from 'ioredis'
import { freePort } from './free-port.ts'
import { programOf, redisProgram, ROOT } from './programs.ts'
import { type Server, startServer } from './server-process.ts'

/** By the names of redis.conf: `{ appendonly: 'no' }`. */
export type Settings = Readonly<Record<string, string>>

export interface RedisOptions {
  readonly port?: number
  /** Kept on `stop` when given, so that another server may read what this one wrote. */
  readonly dataFolder?: string
  /** On top of services/redis.conf. */
  readonly settings?: Settings
  /** How the administrator connects: password, TLS. */
  readonly admin?: ClientOptions
  /** Speaks TLS only. */
  readonly tls?: boolean
  /** Makes it a sentinel that watches the master at this port, under the name mymaster. */
  readonly sentinelOf?: number
}

export interface RedisServer extends Server {
  readonly admin: Redis
  /** As of every server; with other settings on top of the first, until the next one. */
  restart(settings?: Settings): Promise<void>
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const program = programOf('redis', redisProgram())
  const place: ClientOptions = { host: '127.0.0.1', port, ...options.admin }
  let settings = options.settings ?? {}
  const server = await startServer({
    name: 'redis',
    address: `redis://127.0.0.1:${port}`,
    ports: [port],
    dataFolder: options.dataFolder,
    async prepare(dataFolder) {
      if (options.sentinelOf !== undefined) writeSentinel(dataFolder, port, options.sentinelOf)
      else copyFileSync(join(ROOT, 'services/redis.conf'), fileIn(dataFolder))
    },
    command: (dataFolder) => [
      ...program,
      fileIn(dataFolder),
      ...(options.sentinelOf === undefined
        ? argumentsOf(dataFolder, port, options.tls === true, settings)
        : ['--sentinel']),
    ],
    ready: () => answersAtAll(place),
  })
  const admin = new Redis({
    ...place,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  })
  admin.on('error', () => {}) // the server comes and goes: that is what it is for
  return {
    ...server,
    get pid() {
      return server.pid
    },
    admin,
    async restart(more: Settings = {}) {
      settings = { ...options.settings, ...more }
      await server.restart()
    },
    async stop() {
      admin.disconnect()
      // Asked to end, one that cannot save, or whose replicas are behind, stays.
      await server.kill()
      await server.stop()
    },
  }
}

function argumentsOf(dataFolder: string, port: number, tls: boolean, settings: Settings): readonly string[] {
  const ports = tls ? { port: '0', 'tls-port': String(port) } : { port: String(port) }
  // Without its own title the process keeps its command line, by which it is known again.
  const all = { bind: '127.0.0.1', ...ports, dir: dataFolder, 'set-proc-title': 'no', ...settings }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
}

const fileIn = (dataFolder: string): string => join(dataFolder, 'redis.conf')

/** A sentinel keeps what it knows in its own configuration, so that is written once. */
function writeSentinel(dataFolder: string, port: number, master: number): void {
  const file = fileIn(dataFolder)
  if (existsSync(file)) return
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    'set-proc-title no',
    `sentinel monitor mymaster 127.0.0.1 ${master} 2`,
    'sentinel down-after-milliseconds mymaster 1000',
    'sentinel failover-timeout mymaster 5000',
  ]
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
}

/** Rejects with the reason when nothing there speaks Redis, or it is not through with loading. */
export async function redisAnswers(address: string): Promise<void> {
  const said = await asking(address, (client) => client.info('persistence'))
  if (/^loading:1/m.test(said)) throw new Error('it is loading its data')
}

/** That it loads, or has lost its master, is an answer. */
async function answersAtAll(place: ClientOptions): Promise<void> {
  await asking(place, (client) =>
    client.ping().catch((error: Error) => {
      if (!/^(?:LOADING|MASTERDOWN)/.test(error.message)) throw error
    }),
  )
}

async function asking<T>(place: string | ClientOptions, ask: (client: Redis) => Promise<T>): Promise<T> {
  const briefly: ClientOptions = {
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2000,
  }
  const client = typeof place === 'string' ? new Redis(place, briefly) : new Redis({ ...place, ...briefly })
  let trouble: Error | undefined
  client.on('error', (error: Error) => {
    trouble = error
  })
  try {
    await client.connect()
    return await ask(client)
  } catch (error) {
    throw trouble ?? error
  } finally {
    client.disconnect()
  }
}
