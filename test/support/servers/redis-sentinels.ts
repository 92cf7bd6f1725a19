/** A master, a replica, and three sentinels that watch them, of a test's own. */
import { setTimeout as pause } from 'node:timers/promises'
import { type RedisServer, startRedis } from './redis.ts'

const SENTINELS = 3

export interface Watched {
  readonly url: string
  readonly master: RedisServer
  readonly replica: RedisServer
  stop(): Promise<void>
}

export async function startWatched(): Promise<Watched> {
  const servers: RedisServer[] = []
  const start = async (...args: Parameters<typeof startRedis>): Promise<RedisServer> => {
    const server = await startRedis(...args)
    servers.push(server)
    return server
  }
  const stop = async (): Promise<void> => {
    for (const server of servers.reverse()) await server.stop()
  }
  try {
    const master = await start({ settings: { 'repl-diskless-sync-delay': '0' } })
    const replica = await start({ settings: { replicaof: `127.0.0.1 ${master.port}` } })
    const sentinels: RedisServer[] = []
    for (let i = 0; i < SENTINELS; i++) sentinels.push(await start({ sentinelOf: master.port }))
    const ready = async ({ admin }: RedisServer): Promise<boolean> => {
      const fields = (await admin.call('sentinel', 'master', 'mymaster')) as string[]
      const field = (name: string): string | undefined => fields[fields.indexOf(name) + 1]
      return field('num-other-sentinels') === String(SENTINELS - 1) && field('num-slaves') === '1'
    }
    for (const sentinel of sentinels) while (!(await ready(sentinel))) await pause(50)
    while (!(await replica.admin.info('replication')).includes('master_link_status:up')) await pause(50)
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
    return { url: `redis+sentinel://${hosts}/mymaster`, master, replica, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
