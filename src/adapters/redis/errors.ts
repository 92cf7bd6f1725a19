/**
 * What Redis and its client say when something is wrong, as an AdapterError with a sentence that a person can act on. Nothing that
 * is said here holds a password: of foreign text only the reply of the server and the system's words on a connection are quoted.
 */
import { AdapterError, InvariantError } from '../../model/errors.ts'
import { aclRule } from './acl.ts'

/** The call was given up: nobody answered in time. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
}

export interface Trouble {
  /** What was said: a reply, or an error of the client. */
  readonly error: unknown
  /** Where the server is, without credentials. */
  readonly address: string
  /** The newest trouble with the connection, if it is down: the reason behind what the client says. */
  readonly connection: string | undefined
  /** The server said that it is reading its data set, and has not said that it is done. */
  readonly loading: boolean
}

interface Reply {
  readonly code: string
  readonly retryable: boolean
  readonly says: (address: string) => string
}

/** By the first word of a reply. A script passes on the reply of the command that failed in it, with or without text around. */
const REPLIES: Readonly<Record<string, Reply>> = {
  LOADING: {
    code: 'redis-loading',
    retryable: true,
    says: (address) => `Redis at ${address} is still reading its data set from disk: wait`,
  },
  READONLY: {
    code: 'redis-readonly',
    retryable: true,
    says: (address) =>
      `Redis at ${address} is a replica and takes no writes: it was demoted, or REDIS_URL names a replica; use the master, Sentinel or Cluster`,
  },
  OOM: {
    code: 'redis-oom',
    retryable: true,
    says: (address) =>
      `Redis at ${address} has reached maxmemory: give it more memory, and keep maxmemory-policy noeviction`,
  },
  MISCONF: {
    code: 'redis-misconf',
    retryable: true,
    says: (address) =>
      `Redis at ${address} takes no writes since it cannot save to disk (stop-writes-on-bgsave-error): look at its log and its disk`,
  },
  MASTERDOWN: {
    code: 'redis-readonly',
    retryable: true,
    says: (address) => `Redis at ${address} is a replica that has lost its master: wait for the failover`,
  },
  NOREPLICAS: {
    code: 'redis-no-replicas',
    retryable: true,
    says: (address) =>
      `Redis at ${address} has fewer replicas than min-replicas-to-write: bring the replicas back`,
  },
  BUSY: {
    code: 'redis-busy',
    retryable: true,
    says: (address) => `Redis at ${address} is held up by a long script: look for it with SLOWLOG`,
  },
  CLUSTERDOWN: {
    code: 'redis-cluster-down',
    retryable: true,
    says: (address) =>
      `Redis Cluster at ${address} does not serve all slots: wait for the failover, or look at CLUSTER INFO`,
  },
  TRYAGAIN: {
    code: 'redis-cluster-moving',
    retryable: true,
    says: (address) => `Redis Cluster at ${address} is moving slots: wait`,
  },
  MOVED: {
    code: 'redis-cluster-moving',
    retryable: true,
    says: (address) =>
      `Redis Cluster at ${address} sends us from one server to another: wait, or write redis+cluster:// if REDIS_URL names one server of a cluster`,
  },
  NOAUTH: {
    code: 'redis-auth',
    retryable: false,
    says: (address) => `Redis at ${address} asks for a password: write user and password into REDIS_URL`,
  },
  WRONGPASS: {
    code: 'redis-auth',
    retryable: false,
    says: (address) => `Redis at ${address} refuses user or password: correct REDIS_URL`,
  },
  NOPERM: {
    code: 'redis-permission',
    retryable: false,
    says: (address) =>
      `Redis at ${address} denies the user of REDIS_URL a command or a key: allow it ${aclRule('<app>', 'cluster').join(' ')}`,
  },
  WRONGTYPE: {
    code: 'redis-wrong-type',
    retryable: false,
    says: (address) =>
      `Redis at ${address} holds something else under a key of this program: delete it, or use another Redis or app`,
  },
}

/** Said without a code. */
const WORDLESS: readonly (readonly [RegExp, keyof typeof REPLIES])[] = [
  [/invalid password|without any password configured|no password is set/i, 'WRONGPASS'],
  [/user executing the script can't/, 'NOPERM'],
]
/** Of this adapter, and of its client. */
const SILENCE = /^nothing within|^Command timed out|^Socket timeout/
const FIRST_WORDS = new RegExp(String.raw`(?:^|[\s-])(${Object.keys(REPLIES).join('|')})\b`)

const knownReply = (text: string): Reply | undefined =>
  REPLIES[FIRST_WORDS.exec(text)?.[1] ?? WORDLESS.find(([pattern]) => pattern.test(text))?.[1] ?? '']

const isReply = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'ReplyError'

/** What an error of any kind says. */
export const textOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)

export function adapterError({ error, address, connection, loading }: Trouble): Error {
  if (error instanceof AdapterError || error instanceof InvariantError) return error
  const text = textOf(error)
  if (/(?:^|[\s-])CROSSSLOT\b|non local key/.test(text))
    return new InvariantError(`the keys of one call lie in several slots: ${text}`)
  const reply = knownReply(text) ?? (loading ? REPLIES['LOADING'] : knownReply(connection ?? ''))
  if (reply !== undefined) return new AdapterError(reply.code, reply.says(address), reply.retryable)
  const said = connection ?? text
  if (/certificate|wrong version number|ssl3_get_record/i.test(said)) {
    const message = `Redis at ${address} cannot prove who it is (${said}): check rediss:// and the CA file`
    return new AdapterError('redis-tls', message, true)
  }
  if (isReply(error)) return new AdapterError('redis-reply', `Redis at ${address} answers: ${text}`, true)
  if (SILENCE.test(said)) {
    const message = `Redis at ${address} does not answer (${said}): it hangs, or the network between does`
    return new AdapterError('redis-timeout', message, true)
  }
  return new AdapterError('redis-unreachable', `Redis at ${address} cannot be reached: ${said}`, true)
}
