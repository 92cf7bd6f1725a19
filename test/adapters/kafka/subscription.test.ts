import { describe, expect, test } from '@jest/globals'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../src/adapters/kafka/subscription.ts'
import { kafkajsModule } from '../../../src/adapters/kafka/kafkajs-parts.ts'

const LANES = [
  { topic: 'web', partition: 0 },
  { topic: 'web', partition: 2 },
  { topic: 'internal', partition: 7 },
]

/** A subscription with these bytes as user data. */
const withUserData = (userData?: Buffer): Buffer =>
  kafkajsModule<{ MemberMetadata: { encode(metadata: object): Buffer } }>(
    'consumer/assignerProtocol',
  ).MemberMetadata.encode({ version: 1, topics: ['web'], ...(userData === undefined ? {} : { userData }) })

describe('subscription', () => {
  test('says again what a member claims', () => {
    const claim = { topics: ['web', 'internal'], generation: 12, lanes: LANES }
    expect(decodeSubscription('m', encodeSubscription(claim))).toEqual({ memberId: 'm', ...claim })
  })

  test.each([
    ['none', undefined],
    ['no JSON', Buffer.from([0, 1, 2])],
    ['null', Buffer.from('null')],
    ['a newer version', Buffer.from('{"version":2,"generation":1,"lanes":{"web":[0]}}')],
    ['no generation', Buffer.from('{"version":1,"lanes":{"web":[0]}}')],
    ['lanes that are none', Buffer.from('{"version":1,"generation":1,"lanes":{"web":["0"]}}')],
  ])('with user data of another kind a member has nothing: %s', (_, userData) => {
    expect(decodeSubscription('m', withUserData(userData))).toEqual({
      memberId: 'm',
      topics: ['web'],
      generation: -1,
      lanes: [],
    })
  })
})

describe('assignment', () => {
  test('says again who has what', () => {
    expect(decodeAssignment(encodeAssignment(LANES))).toEqual(LANES)
    expect(decodeAssignment(encodeAssignment([]))).toEqual([])
  })

  test('no bytes are no lanes', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
  })
})
