/** Where Redis is, from one line; and what is said of a line that names none, never its password. */
import { describe, expect, test } from '@jest/globals'
import { parseRedisUrl } from '../../../src/adapters/redis/address.ts'
import { UsageError } from '../../../src/model/errors.ts'

const plain = { kind: 'single', tls: false, username: undefined, password: undefined, master: '', db: 0 }

describe('an address of Redis', () => {
  test.each([
    ['redis://cache', { ...plain, hosts: [{ host: 'cache', port: 6379 }], shown: 'cache:6379' }],
    [
      'redis://cache:7000/3',
      { ...plain, db: 3, hosts: [{ host: 'cache', port: 7000 }], shown: 'cache:7000' },
    ],
    ['redis://[::1]:7000/', { ...plain, hosts: [{ host: '::1', port: 7000 }], shown: '[::1]:7000' }],
    [
      'rediss://keeper:a%40b%3Ac%2F@cache',
      {
        ...plain,
        tls: true,
        username: 'keeper',
        password: 'a@b:c/',
        hosts: [{ host: 'cache', port: 6379 }],
        shown: 'cache:6379',
      },
    ],
    [
      'redis://:secret@cache',
      { ...plain, password: 'secret', hosts: [{ host: 'cache', port: 6379 }], shown: 'cache:6379' },
    ],
    [
      'redis+sentinel://u:p@one,two:7001/shop/2',
      {
        ...plain,
        kind: 'sentinel',
        username: 'u',
        password: 'p',
        master: 'shop',
        db: 2,
        hosts: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 7001 },
        ],
        shown: 'one:26379,two:7001',
      },
    ],
    [
      'rediss+cluster://one,two',
      {
        ...plain,
        kind: 'cluster',
        tls: true,
        hosts: [
          { host: 'one', port: 6379 },
          { host: 'two', port: 6379 },
        ],
        shown: 'one:6379,two:6379',
      },
    ],
  ])('%s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address)
  })

  test('Sentinel calls its master mymaster when nobody says otherwise', () => {
    expect(parseRedisUrl('redis+sentinel://one').master).toBe('mymaster')
  })

  test.each([
    ['', /no address/],
    ['cache:6379', /no address/],
    ['http://hunter2@cache', /no address/],
    ['redis://', /no address/],
    ['redis://u:hunter2@', /no address/],
    ['redis://u:hunter2@one,two', /names 2 hosts/],
    ['redis://u:hunter2@one:port', /"one:port" is no host/],
    ['redis://u:hunter2@one:70000', /"one:70000" is no host/],
    ['redis://u:hunter2%@one', /percent/],
    ['redis://u:hunter2@one/first', /"first" is no number/],
    ['redis://u:hunter2@one/1/2', /"1\/2" is no number/],
    ['redis+cluster://u:hunter2@one/1', /no databases/],
  ])('%s is refused', (url, says) => {
    const parse = (): unknown => parseRedisUrl(url)
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(says)
    expect(parse).not.toThrow(/hunter2/)
  })
})
