/** What Redis says, in words that a person can act on, and whether trying again may help. */
import { describe, expect, test } from '@jest/globals'
import { adapterError } from '../../../src/adapters/redis/errors.ts'
import { AdapterError, InvariantError } from '../../../src/model/errors.ts'

const replyOf = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' })
const trouble = (error: unknown, connection?: string) =>
  adapterError({ error, address: 'cache:6379', connection, loading: false })

describe('trouble with Redis', () => {
  test.each<[string, string, boolean, RegExp]>([
    ['LOADING Redis is loading the dataset in memory', 'redis-loading', true, /wait/],
    ["READONLY You can't write against a read only replica.", 'redis-readonly', true, /replica/],
    ['ERR Error running script: -READONLY You can not', 'redis-readonly', true, /replica/],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'redis-oom', true, /maxmemory.*noeviction/],
    ['MISCONF Redis is configured to save RDB snapshots', 'redis-misconf', true, /disk/],
    ['NOREPLICAS Not enough good replicas to write.', 'redis-no-replicas', true, /min-replicas/],
    ['BUSY Redis is busy running a script.', 'redis-busy', true, /SLOWLOG/],
    ['CLUSTERDOWN The cluster is down', 'redis-cluster-down', true, /failover/],
    [
      'Too many Cluster redirections. Last error: ReplyError: MOVED 1 a:1',
      'redis-cluster-moving',
      true,
      /wait/,
    ],
    ['TRYAGAIN Multiple keys request during rehashing', 'redis-cluster-moving', true, /wait/],
    ['NOAUTH Authentication required.', 'redis-auth', false, /REDIS_URL/],
    ['WRONGPASS invalid username-password pair', 'redis-auth', false, /REDIS_URL/],
    ['ERR invalid password', 'redis-auth', false, /REDIS_URL/],
    ["NOPERM User x has no permissions to run the 'info' command", 'redis-permission', false, /\+evalsha/],
    ["ERR The user executing the script can't run this command", 'redis-permission', false, /\+evalsha/],
    ['WRONGTYPE Operation against a key', 'redis-wrong-type', false, /delete it/],
    ['ERR something new', 'redis-reply', true, /ERR something new/],
  ])('%s', (text, code, retryable, says) => {
    const error = trouble(replyOf(text)) as AdapterError
    expect(error).toBeInstanceOf(AdapterError)
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code, retryable })
    expect(error.message).toMatch(says)
    expect(error.message).toContain('cache:6379')
  })

  test('a call across slots is a bug of this program', () => {
    expect(trouble(replyOf("CROSSSLOT Keys in request don't hash to the same slot"))).toBeInstanceOf(
      InvariantError,
    )
  })

  test('the reason behind a lost connection is told instead of what the client says', () => {
    expect(trouble(new Error('Connection is closed.'), 'connect ECONNREFUSED 127.0.0.1:1')).toMatchObject({
      code: 'redis-unreachable',
      message: 'Redis at cache:6379 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
    })
    expect(trouble(new Error('Reached the max retries'), 'WRONGPASS invalid')).toMatchObject({
      code: 'redis-auth',
    })
  })

  test('a certificate that nobody known has signed', () => {
    expect(trouble(new Error('x'), 'self-signed certificate in certificate chain')).toMatchObject({
      code: 'redis-tls',
    })
  })

  test('what is an answer of this program already stays as it is', () => {
    const error = new AdapterError('newer-version', 'newer', false)
    expect(trouble(error)).toBe(error)
  })
})
