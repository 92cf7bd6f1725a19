import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AbortedTransactions } from '../../../../src/adapters/kafka/wire/aborted.ts'
import { readBatches } from '../../../../src/adapters/kafka/wire/record-batch-reader.ts'
import { buildBatches } from '../../../../src/adapters/kafka/wire/record-batch-writer.ts'
import { Appends } from '../../../../src/runtime/appends.ts'
import { decodedByKafkajs, type Found, type Made, NOW, ownBatches, recordsOf } from './made-batches.ts'

const LANE = { topic: 't', partition: 0 }
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
/** Times of one batch may be centuries apart. */
const time = fc.oneof(fc.integer({ min: 0, max: 2 ** 41 }), fc.integer({ min: 0, max: 2 ** 47 }))
const record: fc.Arbitrary<Made> = fc.record({
  key: fc.option(text),
  value: fc.option(fc.oneof(text, fc.string({ minLength: 200, maxLength: 400 }))),
  at: fc.option(time, { nil: undefined }),
  id: fc.option(text, { nil: undefined }),
})
const list = fc.array(record, { minLength: 1, maxLength: 30 })

const expected = (made: readonly Made[]): readonly Found[] =>
  made.map(({ key, value, at = NOW, id }, offset) => ({ key, value, at, id, offset }))

describe('record batches of a transaction', () => {
  test('are read by our cursor as they were written, however they are split', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 100, max: 2000 }), (made, bytesMax) => {
        const records = Buffer.concat(ownBatches(made, { bytesMax }))
        const found = readBatches(LANE, records, 0, new AbortedTransactions([]))
        expect(found.flatMap(recordsOf)).toEqual(expected(made))
      }),
    )
  })

  test("are read by kafkajs' consumer as they were written", async () => {
    await fc.assert(
      fc.asyncProperty(list, async (made) => {
        const [batch] = ownBatches(made) as [Buffer]
        expect(await decodedByKafkajs(batch)).toEqual(expected(made))
      }),
    )
  })

  test('keep to their limit in bytes; a larger record goes alone; sequences go on, and begin again at their end', () => {
    const appends = new Appends()
    for (const size of [10, 10, 5000, 10, 300, 300, 300, 300])
      appends.record('t', 0, 0, 'k', Buffer.alloc(size))
    const records = appends.take()
    const options = { owner: { producerId: 1, epoch: 0 }, sequence: 2 ** 31 - 4, now: NOW, bytesMax: 1000 }
    const built = [...buildBatches(records, [0, 1, 2, 3, 4, 5, 6, 7], options)]
    expect(built.map(({ count }) => count)).toEqual([2, 1, 3, 2])
    expect(built.filter(({ bytes }) => bytes.length > 1000).map(({ count }) => count)).toEqual([1])
    expect(built.map(({ bytes }) => bytes.readInt32BE(53))).toEqual([
      2 ** 31 - 4,
      2 ** 31 - 2,
      2 ** 31 - 1,
      2,
    ])
    expect(built.at(-1)?.nextSequence).toBe(4)
  })

  test('say their owner, that they are transactional, and the newest of their times', () => {
    const [batch] = ownBatches([
      { key: null, value: 'a', at: 5 },
      { key: null, value: 'b', at: 9 },
      { key: null, value: 'c', at: 1 },
    ]) as [Buffer]
    expect([batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt16BE(21)]).toEqual([7n, 3, 0x10])
    expect([batch.readBigInt64BE(27), batch.readBigInt64BE(35), batch.readInt32BE(23)]).toEqual([5n, 9n, 2])
  })
})
