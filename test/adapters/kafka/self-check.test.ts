import { describe, expect, test } from '@jest/globals'
import { type KafkajsParts, kafkajsParts } from '../../../src/adapters/kafka/kafkajs-parts.ts'
import { assertAttachPoints } from '../../../src/adapters/kafka/self-check.ts'

describe('the insides of kafkajs', () => {
  test('are as this adapter uses them', () => {
    expect(() => assertAttachPoints()).not.toThrow()
  })

  const parts = kafkajsParts()
  test.each<readonly [string, () => KafkajsParts, string]>([
    [
      'another version',
      () => {
        throw new Error('kafkajs is 3.0.0')
      },
      'kafkajs is 3.0.0',
    ],
    [
      'a cluster without a method',
      () => ({ ...parts, Cluster: class {} as unknown as KafkajsParts['Cluster'] }),
      'its Cluster has no connect',
    ],
    [
      'another framing',
      () => ({
        ...parts,
        Encoder: class extends parts.Encoder {
          override writeEncoder(): this {
            return this
          }
        },
      }),
      'it frames requests otherwise',
    ],
    [
      'one connection for all',
      () => ({ ...parts, ConnectionPool: { prototype: { getConnectionByRequest: () => 0 } } }),
      'its fetches do not have a connection of their own',
    ],
  ])('%s is refused with what to do', (_, load, what) => {
    expect(() => assertAttachPoints(load)).toThrow(
      expect.objectContaining({
        code: 'kafkajs-differs',
        retryable: false,
        message: expect.stringContaining(what),
      }),
    )
    expect(() => assertAttachPoints(load)).toThrow(/install exactly that version/)
  })
})
