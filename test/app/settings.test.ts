import { describe, expect, test } from '@jest/globals'
import { parseAddress, settingsOf } from '../../src/app/settings.ts'
import { UsageError } from '../../src/model/errors.ts'
import { deriveId } from '../../src/model/hash.ts'

describe('addresses', () => {
  test.each([
    ['9400', '127.0.0.1', 9400],
    ['0', '127.0.0.1', 0],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['localhost:65535', 'localhost', 65_535],
    ['[::1]:9400', '::1', 9400],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port })
  })

  test.each(['', 'here', '127.0.0.1', ':9400', '1:2:3', '65536', '-1', '9400 ', '::1:9400'])(
    '%j is none',
    (text) => {
      expect(() => parseAddress(text)).toThrow(UsageError)
    },
  )
})

describe('settings', () => {
  test('for a machine where nothing is set, or set to nothing', () => {
    const plain = settingsOf({})
    expect(plain.http).toEqual({ host: '127.0.0.1', port: 9400 })
    expect(settingsOf({ SHOPKEEPER_ID_KEY: '', SHOPKEEPER_HTTP: '' })).toEqual(plain)
  })

  test('from the environment', () => {
    expect(settingsOf({ SHOPKEEPER_HTTP: '0.0.0.0:8000' }).http).toEqual({ host: '0.0.0.0', port: 8000 })
    expect(() => settingsOf({ SHOPKEEPER_HTTP: 'everywhere' })).toThrow(
      'everywhere is no address to listen on',
    )
  })

  test('another key, other ids; the same key, the same ids', () => {
    const idWith = (key: string): string =>
      deriveId(settingsOf({ SHOPKEEPER_ID_KEY: key }).idKey, 'a', 'b', 'c', 0)
    expect(idWith('one')).toBe(idWith('one'))
    expect(idWith('one')).not.toBe(idWith('two'))
  })
})
