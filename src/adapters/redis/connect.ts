/**
 * A connection to Redis: one server, a master that Sentinel names, or a Cluster. A call answers, or fails with an AdapterError,
 * within `commandTimeoutMs`, whatever happens to server and network.
 *
 * - Nothing is connected before the first call. A lost connection is made again for as long as this object lives.
 * - A call that was under way when the connection was lost is sent again on the next one, and may so be run twice, or after its
 *   caller was told that it failed. The stamps of the state store make that harmless: an apply that was done counts as done, one
 *   whose moment has passed is refused.
 * - A server that takes connections and says nothing loses them after `commandTimeoutMs`, so that another one can take its place.
 * - A replica that was a master is left at once (READONLY).
 */
import { readFileSync } from 'node:fs'
import { Cluster, type ClusterOptions, Redis, type RedisOptions, ReplyError } from 'ioredis'
import { UsageError } from '../../model/errors.ts'
import { parseRedisUrl, type RedisAddress } from './address.ts'
import { adapterError, textOf, Unanswered } from './errors.ts'
import type { Script } from './scripts.ts'

export interface RedisSettings {
  /** As `address.ts` says. */
  readonly url: string
  /** PEM file of the authorities that sign the servers' certificates, beside those of the system; for `rediss`. */
  readonly caFile?: string | undefined
  /** Of the sentinels themselves, where they ask for it. */
  readonly sentinelUsername?: string | undefined
  readonly sentinelPassword?: string | undefined
  /** Default 5,000. */
  readonly commandTimeoutMs?: number
  /** Default 2,000. */
  readonly connectTimeoutMs?: number
}

const COMMAND_TIMEOUT_MS = 5000
const CONNECT_TIMEOUT_MS = 2000
const BACKOFF_MIN_MS = 50
const BACKOFF_MAX_MS = 1000
/** Connections that may fail in a row before what waits for one is told so: about 3 s with the backoff. */
const FAILED_CONNECTIONS_MAX = 6
/** A cluster is asked again this often while it is down or moves slots; together longer than a call may take. */
const CLUSTER_RETRY_MS = 100
const CLUSTER_RETRIES_MAX = 1000
/** A round through all sentinels that told nothing is followed by another; a `close` waits for that one to begin. */
const SENTINELS_RETRY_MS = 250
/** How long a socket that is closed may take for its last words. */
const CLOSE_MS = 200

const backoff = (attempt: number): number => Math.min(BACKOFF_MIN_MS * 2 ** (attempt - 1), BACKOFF_MAX_MS)

export type Argument = string | number | Buffer

export class RedisConnection {
  /** For people: hosts and ports, without credentials. */
  readonly address: string
  readonly kind: RedisAddress['kind']
  private readonly client: Redis | Cluster
  private readonly commandTimeoutMs: number
  /** What was last wrong with the connection, and how often something was. */
  private trouble: string | undefined
  private troubles = 0
  private loading = false

  /** @throws UsageError */
  constructor(settings: RedisSettings) {
    const address = parseRedisUrl(settings.url)
    this.address = address.shown
    this.kind = address.kind
    this.commandTimeoutMs = settings.commandTimeoutMs ?? COMMAND_TIMEOUT_MS
    this.client = clientOf(address, settings, this.commandTimeoutMs)
    this.watch()
  }

  /** Runs a script on the server of these keys. What comes back is as Redis said it, texts as buffers. @throws AdapterError */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.answered(async () => {
      const rest = [keys.length, ...keys, ...args]
      try {
        return await this.client.callBuffer('evalsha', script.sha, ...rest)
      } catch (error) {
        // The server was restarted, or somebody flushed its scripts: it learns this one again.
        if (!textOf(error).startsWith('NOSCRIPT')) throw error
        return this.client.callBuffer('eval', script.text, ...rest)
      }
    })
  }

  /** The answer of each server that holds a part of the states: of each master. @throws AdapterError */
  ask(command: string, ...args: readonly string[]): Promise<readonly string[]> {
    return this.answered(async () => {
      if (this.client instanceof Redis) return [String(await this.client.call(command, ...args))]
      // Only a cluster that was asked something knows its servers.
      await this.client.call('ping')
      const masters = this.client.nodes('master')
      return Promise.all(masters.map(async (node) => String(await node.call(command, ...args))))
    })
  }

  /** What is still waiting for an answer is told that it gets none. */
  async close(): Promise<void> {
    const { client } = this
    if (client.status === 'end' || client.status === 'wait') return client.disconnect()
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    client.disconnect()
    if (client instanceof Redis && client.status === 'reconnecting') {
      // Between two connections nothing would tell it that it is over, and its queue would keep the process: begin one and drop it.
      client.connect().catch(() => undefined)
      client.disconnect()
    }
    await within(CLOSE_MS, ended).catch(() => undefined)
  }

  private async answered<T>(call: () => Promise<T>): Promise<T> {
    const before = this.troubles
    try {
      return await within(this.commandTimeoutMs, call())
    } catch (error) {
      const down = this.client.status !== 'ready' || this.troubles > before
      const connection = down ? this.trouble : undefined
      throw adapterError({ error, address: this.address, connection, loading: this.loading })
    }
  }

  /** Everything that the client tells unasked is taken here: an `error` event that nobody hears would end the process. */
  private watch(): void {
    const { client } = this
    const wrong = (error: unknown) => {
      this.trouble = textOf((error as { lastNodeError?: unknown }).lastNodeError ?? error)
      this.troubles++
      // The client would go on in database 0.
      if (client instanceof Redis && isOf('select', error)) client.disconnect(true)
    }
    client.on('error', wrong)
    client.on('node error', wrong)
    client.on('ready', () => {
      this.trouble = undefined
      this.loading = false
    })
    if (client instanceof Cluster) return
    client.on('connect', () => {
      // The client keeps everything back until the data set is read, and does not say why: so ask what it is waiting for.
      const asked = client.info('persistence')
      asked.then(
        (text) => (this.loading = client.status !== 'ready' && text.includes('\nloading:1')),
        () => undefined,
      )
    })
  }
}

function clientOf(address: RedisAddress, settings: RedisSettings, commandTimeout: number): Redis | Cluster {
  const { kind, hosts, username, password, master, db } = address
  const tls = address.tls
    ? { tls: settings.caFile === undefined ? {} : { ca: authority(settings.caFile) } }
    : {}
  const common: RedisOptions = {
    ...tls,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // The plain protocol: values come as they are on every version, and a user needs no right to HELLO.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    disconnectTimeout: CLOSE_MS,
    commandTimeout,
    socketTimeout: commandTimeout,
    enableReadyCheck: true,
    maxLoadingRetryTime: 500,
    maxRetriesPerRequest: FAILED_CONNECTIONS_MAX,
    autoResendUnfulfilledCommands: true,
    reconnectOnError: (error) => error.message.includes('READONLY'),
  }
  if (kind === 'cluster') return new Cluster([...hosts], clusterOptions(common))
  if (kind === 'single') return new Redis({ ...common, ...hosts[0], db, retryStrategy: backoff })
  const { sentinelUsername, sentinelPassword } = settings
  return new Redis({
    ...common,
    sentinels: [...hosts],
    name: master,
    db,
    retryStrategy: backoff,
    sentinelRetryStrategy: () => SENTINELS_RETRY_MS,
    sentinelCommandTimeout: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    enableTLSForSentinelMode: address.tls,
    ...(address.tls ? { sentinelTLS: tls.tls } : {}),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
  })
}

const clusterOptions = (redisOptions: RedisOptions): ClusterOptions => ({
  redisOptions,
  lazyConnect: true,
  enableReadyCheck: true,
  clusterRetryStrategy: backoff,
  maxRedirections: CLUSTER_RETRIES_MAX,
  retryDelayOnFailover: CLUSTER_RETRY_MS,
  retryDelayOnClusterDown: CLUSTER_RETRY_MS,
  retryDelayOnTryAgain: CLUSTER_RETRY_MS,
  retryDelayOnMoved: CLUSTER_RETRY_MS,
  slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
})

function authority(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new UsageError(`the CA file ${file} cannot be read`, 'name a PEM file that this user may read')
  }
}

const isOf = (command: string, error: unknown): boolean =>
  error instanceof ReplyError && (error as { command?: { name?: string } }).command?.name === command

/** @throws Unanswered */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unanswered(`nothing within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
