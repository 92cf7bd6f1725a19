import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { murmur2, partitionOfKey } from '../../../../src/adapters/kafka/wire/partitioner.ts'

describe('the default partition of a key', () => {
  /** Of Kafka's own tests of its producer. */
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('murmur2 of %s', (key, expected) => {
    const bytes = Buffer.from(`-${key}-`)
    expect(murmur2(bytes, 1, bytes.length - 1)).toBe(expected)
  })

  test('is that of other clients', () => {
    const partition = kafkajs.Partitioners.DefaultPartitioner()
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 99 }),
        (array, count) => {
          const key = Buffer.from(array)
          const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
            partitionId,
            leader: 1,
            isr: [],
            replicas: [],
            partitionErrorCode: 0,
          }))
          const expected = partition({ topic: 't', partitionMetadata, message: { key, value: null } })
          expect(partitionOfKey(key, 0, key.length, count)).toBe(expected)
        },
      ),
    )
  })
})
