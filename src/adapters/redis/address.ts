/**
 * Where Redis is, from one line:
 *
 *     redis://[user[:password]@]host[:6379][/db]
 *     redis+sentinel://[user[:password]@]host[:26379],host...[/master[/db]]     master: default mymaster
 *     redis+cluster://[user[:password]@]host[:6379],host...
 *
 * `rediss://`, `rediss+sentinel://` and `rediss+cluster://` speak TLS. User and password are those of the Redis servers; special
 * characters in them are percent-encoded, and `:password@` is a password without a user. No message here repeats them.
 */
import { UsageError } from '../../model/errors.ts'

export interface Host {
  readonly host: string
  readonly port: number
}

export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  /** One of a single server, else at least one. */
  readonly hosts: readonly Host[]
  readonly username: string | undefined
  readonly password: string | undefined
  /** Of Sentinel: the name of the master group. */
  readonly master: string
  readonly db: number
  /** For people: the hosts, without credentials. */
  readonly shown: string
}

const HINT =
  'write redis://host:6379, rediss://user:password@host:6379, redis+sentinel://host:26379,host:26379/mymaster or redis+cluster://host:6379,host:6379'

/** @throws UsageError */
export function parseRedisUrl(url: string): RedisAddress {
  const match = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/?#]+)(\/[^@?#]*)?$/.exec(url)
  if (match === null) throw new UsageError('REDIS_URL is no address of Redis', HINT)
  const [, scheme, form, credentials, list = '', path = ''] = match
  const kind = form === 'sentinel' || form === 'cluster' ? form : 'single'
  const hosts = list.split(',').map((text) => parseHost(text, kind === 'sentinel' ? 26_379 : 6379))
  if (kind === 'single' && hosts.length > 1)
    throw new UsageError(`REDIS_URL names ${hosts.length} hosts, but neither Sentinel nor Cluster`, HINT)
  return {
    kind,
    tls: scheme === 'rediss',
    hosts,
    ...parseCredentials(credentials),
    ...parsePath(kind, path.split('/').slice(1)),
    shown: hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(','),
  }
}

function parseHost(text: string, standardPort: number): Host {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text)
  const port = Number(match?.[3] ?? standardPort)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port < 1 || port > 65_535)
    throw new UsageError(`REDIS_URL: "${text}" is no host and port`, HINT)
  return { host, port }
}

function parseCredentials(text: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (text === undefined) return { username: undefined, password: undefined }
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  try {
    return {
      username: user === '' ? undefined : decodeURIComponent(user),
      password: colon < 0 ? undefined : decodeURIComponent(text.slice(colon + 1)),
    }
  } catch {
    throw new UsageError(
      'REDIS_URL: a percent sign in user or password begins no percent-encoded character',
      'write % itself as %25',
    )
  }
}

function parsePath(
  kind: RedisAddress['kind'],
  parts: readonly string[],
): Pick<RedisAddress, 'master' | 'db'> {
  const named = parts.filter((part) => part !== '')
  const master = kind === 'sentinel' ? (named.shift() ?? 'mymaster') : ''
  const db = named.shift() ?? '0'
  if (!/^\d{1,5}$/.test(db) || named.length > 0)
    throw new UsageError(`REDIS_URL: "${parts.join('/')}" is no number of a database`, HINT)
  if (kind === 'cluster' && db !== '0')
    throw new UsageError('REDIS_URL: Redis Cluster has no databases', 'leave the path out')
  return { master, db: Number(db) }
}
