import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  parseAddress,
  readServerSettings,
  serverSettingsOf,
  settingsOf,
  settingWarnings,
} from '../../src/app/settings.ts'
import { maskUrl } from '../../src/app/setting-values.ts'
import { shownSettings } from '../../src/app/shown-settings.ts'
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

describe('settings of what runs without servers', () => {
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

  test('addresses of servers that it does not use are nothing to it', () => {
    expect(() => settingsOf({ REDIS_URL: 'nonsense', KAFKA_SSL_CA: '/none' })).not.toThrow()
  })

  test('another key, other ids; the same key, the same ids', () => {
    const idWith = (key: string): string =>
      deriveId(settingsOf({ SHOPKEEPER_ID_KEY: key }).idKey, 'a', 'b', 'c', 0)
    expect(idWith('one')).toBe(idWith('one'))
    expect(idWith('one')).not.toBe(idWith('two'))
  })
})

describe('settings of what talks to servers', () => {
  test('for a machine where nothing is set', () => {
    expect(serverSettingsOf({})).toMatchObject({
      app: 'shopkeeper',
      kafka: {
        brokers: ['127.0.0.1:9092'],
        ssl: false,
        ca: undefined,
        sasl: undefined,
        client: 'own',
        sessionTimeoutMs: 10_000,
        transactionTimeoutMs: 15_000,
      },
      redis: { url: 'redis://127.0.0.1:6379', caFile: undefined },
      registryUrl: undefined,
      commitIntervalMs: 100,
      logLevel: 'info',
      developerKey: true,
    })
  })

  test('a flag goes before the environment, the environment before the default', () => {
    const environment = { KAFKA_BROKERS: 'a:1, b:2', SHOPKEEPER_APP: 'one' }
    const { kafka, app } = serverSettingsOf(environment, { SHOPKEEPER_APP: 'two' })
    expect([kafka.brokers, app]).toEqual([['a:1', 'b:2'], 'two'])
    expect(shownSettings(environment, { SHOPKEEPER_APP: 'two' })).toEqual(
      expect.arrayContaining([
        { variable: 'SHOPKEEPER_APP', value: 'two', from: 'flag' },
        { variable: 'KAFKA_BROKERS', value: 'a:1, b:2', from: 'environment' },
        { variable: 'LOG_LEVEL', value: 'info', from: 'default' },
      ]),
    )
  })

  test('login and certificates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'))
    try {
      const ca = join(folder, 'ca.pem')
      writeFileSync(ca, 'CERTIFICATE')
      const { kafka } = serverSettingsOf({
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA: ca,
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_USERNAME: 'ann',
        KAFKA_SASL_PASSWORD: 'secret',
      })
      expect(kafka).toMatchObject({
        ssl: true,
        ca: 'CERTIFICATE',
        sasl: { mechanism: 'scram-sha-512', username: 'ann', password: 'secret' },
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each([
    ['SHOPKEEPER_APP', 'my app'],
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKERS', 'a:1,,b:2'],
    ['KAFKA_BROKERS', 'a:99999'],
    ['KAFKA_BROKERS', 'kafka://a:1'],
    ['KAFKA_SSL', 'yes'],
    ['KAFKA_SSL_CA', '/nowhere.pem'],
    ['KAFKA_SASL_MECHANISM', 'oauthbearer'],
    ['KAFKA_CLIENT', 'other'],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['SCHEMA_REGISTRY_URL', '127.0.0.1:8081'],
    ['SHOPKEEPER_HTTP', 'everywhere'],
    ['SHOPKEEPER_SESSION_TIMEOUT', '10'],
    ['SHOPKEEPER_TRANSACTION_TIMEOUT', '2h'],
    ['SHOPKEEPER_COMMIT_INTERVAL', '0ms'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is the mistake of the user, by its name', (variable, value) => {
    expect(() => serverSettingsOf({ [variable]: value })).toThrow(UsageError)
    expect(() => serverSettingsOf({ [variable]: value })).toThrow(`${variable}: `)
  })

  test('half a login is none', () => {
    const variables = (environment: Record<string, string>): readonly string[] =>
      readServerSettings(environment).problems.map(({ variable }) => variable)
    expect(variables({ KAFKA_SASL_USERNAME: 'ann' })).toEqual(['KAFKA_SASL_MECHANISM'])
    expect(variables({ KAFKA_SASL_MECHANISM: 'plain' })).toEqual(['KAFKA_SASL_USERNAME'])
    expect(variables({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'ann' })).toEqual([
      'KAFKA_SASL_PASSWORD',
    ])
  })

  test('all mistakes at once, for whoever asks', () => {
    const { problems } = readServerSettings({ KAFKA_SSL: 'yes', REDIS_URL: 'x', LOG_LEVEL: 'loud' })
    expect(problems.map(({ variable }) => variable).toSorted()).toEqual([
      'KAFKA_SSL',
      'LOG_LEVEL',
      'REDIS_URL',
    ])
  })
})

describe('secrets', () => {
  const SECRETS = {
    SHOPKEEPER_ID_KEY: 'hidden-key',
    KAFKA_SASL_PASSWORD: 'hidden-sasl',
    REDIS_URL: 'redis://hidden-user:hidden-redis@127.0.0.1:6379/3',
    SCHEMA_REGISTRY_URL: 'https://hidden-user:hidden-registry@registry.example/base?key=hidden-query',
  }

  test('are not shown', () => {
    const shown = shownSettings(SECRETS)
    expect(JSON.stringify(shown)).not.toContain('hidden')
    const valueOf = (variable: string): string | undefined =>
      shown.find((setting) => setting.variable === variable)?.value
    expect(valueOf('REDIS_URL')).toBe('redis://***@127.0.0.1:6379/3')
    expect(valueOf('SCHEMA_REGISTRY_URL')).toBe('https://***@registry.example/base')
    expect(valueOf('SHOPKEEPER_ID_KEY')).toBe('***')
  })

  test.each([
    ['REDIS_URL', 'hidden-user:hidden@127.0.0.1'],
    ['REDIS_URL', 'redis//hidden-user:hidden@127.0.0.1'],
    ['SCHEMA_REGISTRY_URL', 'ftp://u:hidden@registry'],
    ['REDIS_URL', 'redis://u:hidden@h1,h2'],
    ['KAFKA_BROKERS', 'kafka://u:hidden@broker:9092'],
  ])('are not in the complaint about %s', (variable, value) => {
    const { problems } = readServerSettings({ [variable]: value })
    expect(problems).toHaveLength(1)
    expect(JSON.stringify(problems)).not.toContain('hidden')
  })
})

test.each([
  ['redis+sentinel://u:p@h1:1,h2:2/main/3', 'redis+sentinel://***@h1:1,h2:2/main/3'],
  ['redis+cluster://h1,h2', 'redis+cluster://h1,h2'],
  ['https://h/', 'https://h'],
  ['https://u:p@h:1/base?token=x#y', 'https://***@h:1/base'],
  ['https://u:p/w@h:1/base', 'https://***@h:1/base'],
  ['nonsense', '***'],
])('%s is shown as %s', (url, shown) => {
  expect(maskUrl(url)).toBe(shown)
})

describe('the developers key', () => {
  const warned = (environment: Record<string, string>): number =>
    settingWarnings(serverSettingsOf(environment)).length

  test.each(['127.0.0.1:9092', 'localhost:9092', '[::1]:9092', 'localhost:1,127.0.0.2:2'])(
    'serves with %s',
    (brokers) => {
      expect(warned({ KAFKA_BROKERS: brokers })).toBe(0)
    },
  )

  test.each(['kafka-1:9092', 'localhost:1,10.0.0.1:9092', '127.0.0.1.example:9092'])(
    'is a warning with %s, until a key is set',
    (brokers) => {
      expect(warned({ KAFKA_BROKERS: brokers })).toBe(1)
      expect(warned({ KAFKA_BROKERS: brokers, SHOPKEEPER_ID_KEY: 'own' })).toBe(0)
    },
  )
})
