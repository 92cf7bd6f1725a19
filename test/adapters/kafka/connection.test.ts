/** What kafkajs is told; whether it gets in: connection.int.test.ts. */
import { expect, test } from '@jest/globals'
import { logLevel } from 'kafkajs'
import { type KafkaConnection, kafkaConfig } from '../../../src/adapters/kafka/connection.ts'

const connection: KafkaConnection = Object.freeze({
  brokers: Object.freeze(['a:1', 'b:2']),
  clientId: 'me',
  ssl: Object.freeze({ ca: 'authority' }),
  sasl: Object.freeze({ mechanism: 'plain', username: 'alice', password: 'hush' }),
})

test('everything is said, in values of its own', () => {
  const config = kafkaConfig(connection)
  expect(config).toMatchObject({
    brokers: ['a:1', 'b:2'],
    ssl: { ca: 'authority' },
    sasl: { mechanism: 'plain', username: 'alice', password: 'hush' },
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    retry: { retries: 10, initialRetryTime: 75, maxRetryTime: 1000 },
    logLevel: logLevel.NOTHING,
  })
  for (const part of [config.brokers, config.ssl, config.sasl, config.retry])
    expect(Object.isFrozen(part)).toBe(false)
})

test('without TLS and a login nothing is said of them', () => {
  const config = kafkaConfig({ ...connection, ssl: false, sasl: undefined })
  expect(['ssl' in config, 'sasl' in config]).toEqual([false, false])
})

test('lines of the log come without what is attached to them', () => {
  const lines: string[] = []
  const { logCreator } = kafkaConfig({ ...connection, log: (level, line) => lines.push(`${level} ${line}`) })
  const write = logCreator?.(logLevel.INFO)
  const log = { timestamp: '', logger: 'kafkajs', message: 'refused', broker: 'a:1', password: 'hush' }
  write?.({ namespace: 'Connection', level: logLevel.ERROR, label: 'ERROR', log })
  expect(lines).toEqual(['error Connection: refused (a:1)'])
})
