/** What the doctor says of Redis: whether it answers, keeps what it is given, and what time it thinks it is. */
import type { RedisConnection } from '../../adapters/redis/connect.ts'
import { type RedisServerStats, statsOf } from '../../adapters/redis/stats.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Checked } from '../checked.ts'
import { clockFindings } from './clock.ts'

/** The scripts take more arguments, and answer more, than older ones know. */
const OLDEST_SUPPORTED = 6

export async function redisFindings(connection: RedisConnection, clock: Clock): Promise<readonly Checked[]> {
  const about = `Redis ${connection.address}`
  const { problem, servers } = await statsOf(connection)
  if (problem !== undefined) {
    const hint =
      'look at REDIS_URL, at the network, and whether the server runs; nothing is lost while it is away'
    return [{ level: 'error', code: problem.code, about, message: problem.message, hint }]
  }
  const before = clock.now()
  const told = await connection.ask('info', 'server')
  const after = clock.now()
  return [
    ...servers.flatMap((server) => serverFindings(about, server)),
    ...told.flatMap((info) => clockFindings(about, aheadMs(info, before, after))),
  ]
}

/** By how much the server's clock is ahead, at least: wherever within the answer's way it was looked at. Undefined: it does not say. */
function aheadMs(info: string, before: EpochMs, after: EpochMs): DurationMs | undefined {
  const micros = /^server_time_usec:(\d+)/m.exec(info)?.[1]
  if (micros === undefined) return undefined
  const there = Number(micros) / 1000
  return there < before ? there - before : there > after ? there - after : 0
}

export function serverFindings(about: string, server: RedisServerStats): readonly Checked[] {
  const findings: Checked[] = []
  const found = (level: Checked['level'], code: string, message: string, hint: string): void =>
    void findings.push({ level, code, about, message, hint })
  if (Number.parseInt(server.version, 10) < OLDEST_SUPPORTED)
    found('error', 'redis-too-old', `it is version ${server.version}`, 'run Redis 6 or newer, or Valkey')
  if (server.role !== '' && server.role !== 'master')
    found(
      'error',
      'redis-replica',
      `it is a ${server.role}, which takes no writes`,
      'name the master in REDIS_URL, or Sentinel or Cluster',
    )
  if (server.loading)
    found('warning', 'redis-loading', 'it is still reading its data from disk', 'wait; what runs waits too')
  if (server.evictionPolicy !== '' && server.evictionPolicy !== 'noeviction') {
    const when =
      server.maxMemoryBytes > 0 ? 'when memory is short' : 'as soon as maxmemory is set and reached'
    found(
      'error',
      'redis-evicts',
      `its maxmemory-policy is ${server.evictionPolicy}: it throws states away ${when}, and each time a whole task is built anew`,
      'CONFIG SET maxmemory-policy noeviction, in redis.conf too; or give this program a Redis of its own',
    )
  }
  if (server.maxMemoryBytes > 0 && server.usedMemoryBytes > 0.9 * server.maxMemoryBytes)
    found(
      'warning',
      'redis-nearly-full',
      `${Math.round((100 * server.usedMemoryBytes) / server.maxMemoryBytes)} % of its maxmemory is used`,
      'give it more: when it is full the program stands still',
    )
  if (!server.lastSaveOk)
    found('warning', 'redis-save-failed', 'its last save to disk failed', 'look at its log and its disk')
  if (!server.aofEnabled)
    found(
      'note',
      'redis-not-persistent',
      'it keeps no append-only file: after a restart states are built anew from Kafka, which takes time and loses nothing',
      'if that takes too long for you: appendonly yes',
    )
  return findings
}
