/** What is said of errors that no broker has to be asked for; the others: connection.int.test.ts. */
import { expect, test } from '@jest/globals'
import type { KafkaConnection } from '../../../src/adapters/kafka/connection.ts'
import { clientFailure } from '../../../src/adapters/kafka/client-failure.ts'
import { AdapterError, Fenced, InvariantError } from '../../../src/model/errors.ts'

const connection: KafkaConnection = { brokers: ['a:1', 'b:2'], clientId: 'me', ssl: false, sasl: undefined }
const failureOf = (error: unknown): Error => clientFailure(error, connection, 'doing this')
const thrown = (fields: object): Error => Object.assign(new Error('said so'), fields)

test('names the brokers and what was being done', () => {
  expect(failureOf(thrown({ name: 'KafkaJSConnectionError' })).message).toBe(
    'Kafka at a:1, b:2, doing this: no broker can be reached (said so)',
  )
})

test.each<readonly [string, unknown, object]>([
  [
    'a cause within',
    thrown({ cause: thrown({ type: 'GROUP_AUTHORIZATION_FAILED', code: 30 }) }),
    { code: 'group-forbidden', retryable: false },
  ],
  [
    'several topics at once',
    thrown({ errors: [{ type: 'TOPIC_ALREADY_EXISTS' }, { type: 'TOPIC_AUTHORIZATION_FAILED', code: 29 }] }),
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
  [
    'an answer, by the name that Kafka gives it',
    thrown({ type: 'NOT_COORDINATOR_FOR_GROUP', code: 16, retriable: true }),
    {
      code: 'not-coordinator',
      retryable: true,
      message: 'Kafka at a:1, b:2, doing this failed with NOT_COORDINATOR',
    },
  ],
  [
    'a broker that the others do not name, after some attempts',
    thrown({ cause: thrown({ name: 'KafkaJSBrokerNotFound' }) }),
    { code: 'broker-unreachable', retryable: true },
  ],
  ['no error at all', 'text', { code: 'kafka-client', message: expect.stringMatching(/text$/) }],
])('%s', (_, error, expected) => {
  expect(failureOf(error)).toBeInstanceOf(AdapterError)
  expect(failureOf(error)).toMatchObject(expected)
})

test('tells a task that was taken over, as the answer of a broker does', () => {
  const epoch = thrown({ type: 'INVALID_PRODUCER_EPOCH', code: 47, retriable: false })
  expect(failureOf(thrown({ cause: epoch }))).toBeInstanceOf(Fenced)
})

test('errors of this program pass as they are', () => {
  for (const error of [
    new AdapterError('code', 'message', true),
    new Fenced('gone'),
    new InvariantError('a bug'),
  ])
    expect(failureOf(error)).toBe(error)
})
