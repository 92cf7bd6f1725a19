/** How Redis is, for metrics and for whoever looks after it: plain data from INFO. */
import { performance } from 'node:perf_hooks'
import { AdapterError } from '../../model/errors.ts'
import type { RedisConnection } from './connect.ts'

export interface RedisServerStats {
  readonly version: string
  readonly role: string
  readonly usedMemoryBytes: number
  /** 0: no limit. */
  readonly maxMemoryBytes: number
  /** Any but `noeviction` may throw states away. */
  readonly evictionPolicy: string
  /** Since it was started. */
  readonly evictedKeys: number
  readonly loading: boolean
  /** Whether an append-only file is kept. */
  readonly aofEnabled: boolean
  /** False: the last snapshot could not be written. */
  readonly lastSaveOk: boolean
}

export interface RedisStats {
  readonly connected: boolean
  /** Why it is not connected. */
  readonly problem: { readonly code: string; readonly message: string } | undefined
  /** Of a PING to all servers. */
  readonly latencyMs: number | undefined
  /** One, or of a Cluster each master. */
  readonly servers: readonly RedisServerStats[]
}

export async function statsOf(connection: RedisConnection): Promise<RedisStats> {
  try {
    const servers = (await connection.ask('info')).map(serverStats)
    const before = performance.now()
    await connection.ask('ping')
    return { connected: true, problem: undefined, latencyMs: performance.now() - before, servers }
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error
    const problem = { code: error.code, message: error.message }
    return { connected: false, problem, latencyMs: undefined, servers: [] }
  }
}

function serverStats(info: string): RedisServerStats {
  const fields = new Map(
    info.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
  const text = (name: string): string => fields.get(name) ?? ''
  return {
    version: text('redis_version'),
    role: text('role'),
    usedMemoryBytes: Number(text('used_memory')),
    maxMemoryBytes: Number(text('maxmemory')),
    evictionPolicy: text('maxmemory_policy'),
    evictedKeys: Number(text('evicted_keys')),
    loading: text('loading') === '1',
    aofEnabled: text('aof_enabled') === '1',
    lastSaveOk: text('rdb_last_bgsave_status') !== 'err',
  }
}
