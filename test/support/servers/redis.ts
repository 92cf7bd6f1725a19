/** A Redis (or Valkey) of a test's own, with the settings of services/redis.conf. */
import { Redis } from 'ioredis'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { programOf, redisProgram, ROOT } from './programs.ts'
import { type Server, startServer } from './server-process.ts'

export interface RedisOptions {
  readonly port?: number
  /** Kept on `stop` when given, so that another server may read what this one wrote. */
  readonly dataFolder?: string
  /** On top of services/redis.conf, by the names used there: `{ appendonly: 'no' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function startRedis(options: RedisOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort())
  const program = programOf('redis', redisProgram())
  const settings = Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, value])
  const address = `redis://127.0.0.1:${port}`
  return startServer({
    name: 'redis',
    address,
    ports: [port],
    dataFolder: options.dataFolder,
    // Without its own title the process keeps its command line, by which it is known again.
    command: (dataFolder) => [
      ...program,
      join(ROOT, 'services/redis.conf'),
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--dir',
      dataFolder,
      '--set-proc-title',
      'no',
      ...settings,
    ],
    ready: () => redisAnswers(address),
  })
}

/** Rejects with the reason when nothing there speaks Redis and lets itself be written to. */
export async function redisAnswers(address: string): Promise<void> {
  const client = new Redis(address, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2000,
  })
  client.on('error', () => {}) // what matters rejects the calls below
  try {
    await client.connect()
    const said = await client.info('persistence')
    if (/^loading:1/m.test(said)) throw new Error('it is loading its data')
  } finally {
    client.disconnect()
  }
}
