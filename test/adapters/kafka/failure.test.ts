/** What is said of errors that no broker has to be asked for; the others: connection.int.test.ts. */
import { expect, test } from '@jest/globals'
import type { KafkaConnection } from '../../../src/adapters/kafka/connection.ts'
import { kafkaFailure } from '../../../src/adapters/kafka/failure.ts'
import { AdapterError, InvariantError } from '../../../src/model/errors.ts'

const connection: KafkaConnection = { brokers: ['a:1', 'b:2'], clientId: 'me', ssl: false, sasl: undefined }
const failureOf = (error: unknown): Error => kafkaFailure(error, connection, 'doing this')
const thrown = (fields: object): Error => Object.assign(new Error('said so'), fields)

test('names the brokers and what was being done', () => {
  expect(failureOf(thrown({ name: 'KafkaJSConnectionError' })).message).toBe(
    'Kafka at a:1, b:2, doing this: no broker can be reached (said so)',
  )
})

test.each<readonly [string, unknown, object]>([
  [
    'a cause within',
    thrown({ cause: thrown({ type: 'GROUP_AUTHORIZATION_FAILED' }) }),
    { code: 'group-forbidden' },
  ],
  [
    'several topics at once',
    thrown({ errors: [{ type: 'TOPIC_ALREADY_EXISTS' }, { type: 'TOPIC_AUTHORIZATION_FAILED' }] }),
    { code: 'topic-forbidden', retryable: false },
  ],
  [
    'an error that is not known here',
    thrown({ type: 'POLICY_VIOLATION', retriable: false }),
    { code: 'policy-violation', retryable: false },
  ],
  [
    'one that kafkajs would try again',
    thrown({ name: 'KafkaJSError', retriable: true }),
    { retryable: true },
  ],
  ['no error at all', 'text', { code: 'kafka-client', message: expect.stringMatching(/text$/) }],
])('%s', (_, error, expected) => {
  expect(failureOf(error)).toBeInstanceOf(AdapterError)
  expect(failureOf(error)).toMatchObject(expected)
})

test('errors of this program pass as they are', () => {
  for (const error of [new AdapterError('code', 'message', true), new InvariantError('a bug')])
    expect(failureOf(error)).toBe(error)
})
