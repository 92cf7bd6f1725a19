/** A member without a broker; with one: membership.int.test.ts. */
import { expect, test } from '@jest/globals'
import { KafkaMembership } from '../../../src/adapters/kafka/membership.ts'

test('a broker that is not there is waited for, and named', async () => {
  const membership = new KafkaMembership(
    { brokers: ['127.0.0.1:1', '127.0.0.1:2'], clientId: 'test', ssl: false, sasl: undefined },
    { groupId: 'group', sources: ['source'], internal: 'internal' },
  )
  expect(membership.state().is).toBe('joining')
  expect(await membership.next(300)).toBeUndefined()
  const { is, reason } = membership.state()
  expect([is, reason]).toEqual([
    'joining',
    expect.stringMatching(/127\.0\.0\.1:1, 127\.0\.0\.1:2.*ECONNREFUSED/),
  ])
  expect(membership.group.current()).toBeUndefined()
  await membership.close()
  expect(await membership.next(60_000)).toBeUndefined()
})
