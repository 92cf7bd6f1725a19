import { describe, expect, test } from '@jest/globals'
import { type KafkajsParts, kafkajsParts } from '../../../src/adapters/kafka/kafkajs-parts.ts'
import { assertAttachPoints } from '../../../src/adapters/kafka/self-check.ts'

describe('the insides of kafkajs', () => {
  test('are as this adapter uses them', () => {
    expect(() => assertAttachPoints()).not.toThrow()
  })

  const parts = kafkajsParts()
  class OtherEncoder extends parts.Encoder {
    override writeEncoder(): this {
      return this
    }
  }
  class OtherConnection extends (parts.Connection as unknown as new () => object) {
    processData(): void {}
  }
  test.each<readonly [string, Partial<KafkajsParts>, string]>([
    [
      'a cluster without a method',
      { Cluster: class {} as unknown as KafkajsParts['Cluster'] },
      'its Cluster has no connect',
    ],
    [
      'a broker without one',
      { Broker: class {} as unknown as KafkajsParts['Broker'] },
      'its Broker has no connect',
    ],
    [
      'a function that is not where it was',
      { createLogger: undefined as unknown as KafkajsParts['createLogger'] },
      'its createLogger is elsewhere',
    ],
    ['a request that it does not know', { requests: {} }, 'it has no request GroupCoordinator'],
    ['another framing', { Encoder: OtherEncoder }, 'it frames requests otherwise'],
    [
      'a connection without a method',
      { Connection: class {} as unknown as KafkajsParts['Connection'] },
      'its Connection has no authenticate',
    ],
    [
      'one that tells answers to somebody else',
      { Connection: OtherConnection as unknown as KafkajsParts['Connection'] },
      'it tells answers otherwise',
    ],
    [
      'a queue without a method',
      { RequestQueue: class {} as unknown as KafkajsParts['RequestQueue'] },
      'its RequestQueue has no push',
    ],
    [
      'one connection for all',
      { ConnectionPool: { prototype: { getConnectionByRequest: () => 0 } } },
      'its fetches have no connection of their own',
    ],
  ])('%s is refused with what to do', (_, other, what) => {
    const check = (): void => assertAttachPoints(() => ({ ...parts, ...other }))
    expect(check).toThrow(expect.objectContaining({ code: 'kafkajs-differs', retryable: false }))
    expect(check).toThrow(what)
    expect(check).toThrow(/install exactly that version/)
  })

  test('that cannot be loaded, as those of another version, are refused too', () => {
    const check = (): void =>
      assertAttachPoints(() => {
        throw new Error('kafkajs is 3.0.0')
      })
    expect(check).toThrow(expect.objectContaining({ code: 'kafkajs-differs', retryable: false }))
    expect(check).toThrow(/they cannot be loaded \(kafkajs is 3\.0\.0\)/)
  })
})
