/**
 * A Redis of a test's own, to be killed, stopped, filled and started again. Its data lie in a folder that goes with it.
 *
 * Settings are those of redis.conf, by name: `{ appendonly: 'yes' }`. Without any it keeps nothing on disk.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe } from '@jest/globals'
import { Redis, type RedisOptions } from 'ioredis'

export type Settings = Readonly<Record<string, string>>

export interface OwnRedis {
  readonly port: number
  readonly url: string
  readonly folder: string
  /** As an administrator, around whatever is under test. */
  readonly admin: Redis
  /** SIGKILL; answers when the process is gone. */
  kill(): Promise<void>
  /** Stands still: takes connections, and says nothing. */
  freeze(): void
  thaw(): void
  /** Starts it again at the same port on the same data; answers when it takes connections, loaded or not. */
  restart(settings?: Settings): Promise<void>
  stop(): Promise<void>
}

export interface OwnRedisOptions {
  readonly settings?: Settings
  /** How the administrator connects: password, TLS. */
  readonly admin?: RedisOptions
  /** Speaks TLS only. */
  readonly tls?: boolean
  /** Makes it a sentinel that watches the master at this port, under the name mymaster. */
  readonly sentinelOf?: number
}

const START_MS_MAX = 10_000

const PROGRAM = ['redis-server', 'valkey-server'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

/** A `describe` that starts its own servers. */
export const describeWithOwnRedis = (title: string, body: () => void): void =>
  PROGRAM === undefined
    ? describe.skip(
        `${title} [needs redis-server or valkey-server on the PATH: apt-get install redis-server]`,
        body,
      )
    : describe(title, body)

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function startOwnRedis(options: OwnRedisOptions = {}): Promise<OwnRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-redis-'))
  const admin = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    ...options.admin,
  })
  let trouble: unknown
  // It comes and goes: that is what it is for.
  admin.on('error', (error) => {
    trouble = error
  })
  const start = (more: Settings): Promise<ChildProcess> =>
    launch(
      argumentsOf({ ...options, settings: { ...options.settings, ...more } }, port, folder),
      folder,
      () => answers(admin, () => trouble),
    )
  let child = await start({}).catch(async (error: unknown) => {
    admin.disconnect()
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  const gone = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await exit
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    admin,
    kill: () => gone('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async restart(settings = {}) {
      await gone('SIGKILL')
      child = await start(settings)
    },
    async stop() {
      admin.disconnect()
      await gone('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function argumentsOf({ sentinelOf, tls, settings }: OwnRedisOptions, port: number, folder: string): string[] {
  if (sentinelOf !== undefined) {
    // A sentinel keeps what it knows in its own configuration.
    const file = join(folder, 'sentinel.conf')
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor mymaster 127.0.0.1 ${sentinelOf} 2`,
      'sentinel down-after-milliseconds mymaster 1000',
      'sentinel failover-timeout mymaster 5000',
    ]
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
    return [file, '--sentinel']
  }
  const ports = tls ? { port: '0', 'tls-port': String(port) } : { port: String(port) }
  const all = { ...ports, bind: '127.0.0.1', save: '', dir: folder, ...settings }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
}

async function launch(
  args: readonly string[],
  folder: string,
  up: () => Promise<void>,
): Promise<ChildProcess> {
  const child = spawn(PROGRAM ?? '', args, { cwd: folder, stdio: 'ignore' })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`redis-server ended at once: ${args.join(' ')}`)
  })
  ended.catch(() => undefined)
  try {
    await Promise.race([ended, up()])
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return child
}

/** Answers as soon as anything is answered, be it that it still loads. @throws the client's trouble when nothing is for long. */
async function answers(admin: Redis, trouble: () => unknown): Promise<void> {
  const late = pause(START_MS_MAX, undefined, { ref: false }).then(() => {
    throw new Error('redis-server does not answer', { cause: trouble() })
  })
  late.catch(() => undefined)
  const up = admin.ping().catch((error: Error) => {
    if (!/^(?:LOADING|MASTERDOWN)/.test(error.message)) throw error
  })
  await Promise.race([late, up])
}
