/** A Redis Cluster of three masters with a replica each, of a test's own. */
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type RedisServer, type Settings, startRedis } from './redis.ts'

const MASTERS = 3
const SLOTS = 16_384

export interface RedisCluster {
  readonly url: string
  /** Masters first, as they were made; each master's replica stands three places behind it. */
  readonly servers: readonly RedisServer[]
  /** The server that holds this key's slot now. */
  holderOf(key: string): Promise<RedisServer>
  stop(): Promise<void>
}

export async function startRedisCluster(settings: Settings = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = []
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.stop()
  }
  try {
    for (let i = 0; i < 2 * MASTERS; i++) servers.push(await startNode(settings))
    await join(servers)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    servers,
    async holderOf(key) {
      for (const server of servers) {
        const answer = await server.admin.get(key).catch((error: Error) => error.message)
        if (typeof answer !== 'string' || !answer.startsWith('MOVED')) return server
      }
      throw new Error(`nobody holds ${key}`)
    },
    stop,
  }
}

const startNode = async (settings: Settings): Promise<RedisServer> =>
  startRedis({
    settings: {
      'cluster-enabled': 'yes',
      'cluster-port': String(await freePort()),
      'cluster-node-timeout': '1000',
      // A replica that has not finished its first copy may not take over.
      'repl-diskless-sync-delay': '0',
      ...settings,
    },
  })

async function join(servers: readonly RedisServer[]): Promise<void> {
  const [first] = servers as readonly [RedisServer]
  for (const [i, { admin }] of servers.entries()) {
    await admin.call('cluster', 'set-config-epoch', i + 1)
    if (i < MASTERS) {
      const from = Math.floor((i * SLOTS) / MASTERS)
      await admin.call('cluster', 'addslotsrange', from, Math.floor(((i + 1) * SLOTS) / MASTERS) - 1)
    }
    const [, bus] = (await admin.config('GET', 'cluster-port')) as [string, string]
    if (i > 0) await first.admin.call('cluster', 'meet', '127.0.0.1', servers[i]?.port ?? 0, bus)
  }
  await everywhere(servers, async ({ admin }) =>
    (await admin.cluster('INFO')).includes(`cluster_known_nodes:${servers.length}`),
  )
  for (const [i, { admin }] of servers.entries()) {
    const master = servers[i - MASTERS]
    if (master !== undefined)
      await admin.call('cluster', 'replicate', String(await master.admin.cluster('MYID')))
  }
  await everywhere(servers, async ({ admin }) => (await admin.cluster('INFO')).includes('cluster_state:ok'))
  await everywhere(servers.slice(MASTERS), async ({ admin }) =>
    (await admin.info('replication')).includes('master_link_status:up'),
  )
}

async function everywhere(
  servers: readonly RedisServer[],
  holds: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  for (const server of servers) while (!(await holds(server).catch(() => false))) await pause(50)
}
