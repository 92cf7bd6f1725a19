/**
 * A Redis of a test's own, to be killed, stopped, filled and started again. Its data lie in a folder that goes with it.
 *
 * Settings are those of redis.conf, by name: `{ appendonly: 'yes' }`. Without any it keeps nothing on disk.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
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
  readonly port?: number
}

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
  const port = options.port ?? (await freePort())
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-redis-'))
  const admin = new Redis({
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    ...options.admin,
  })
  admin.on('error', () => {}) // it comes and goes: that is what it is for
  let child = await launch(port, folder, admin, options.settings ?? {})
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
      child = await launch(port, folder, admin, { ...options.settings, ...settings })
    },
    async stop() {
      admin.disconnect()
      await gone('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(port: number, folder: string, admin: Redis, settings: Settings): Promise<ChildProcess> {
  const all = { port: String(port), bind: '127.0.0.1', save: '', dir: folder, ...settings }
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(PROGRAM ?? '', args, { cwd: folder, stdio: 'ignore' })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`redis-server ended at once: ${args.join(' ')}`)
  })
  ended.catch(() => undefined)
  await Promise.race([ended, answers(admin)])
  return child
}

/** Answers as soon as anything is answered, be it that it still loads. */
async function answers(admin: Redis): Promise<void> {
  for (;;) {
    try {
      await admin.ping()
      return
    } catch (error) {
      if (error instanceof Error && /LOADING|MASTERDOWN/.test(error.message)) return
      await pause(20)
    }
  }
}
