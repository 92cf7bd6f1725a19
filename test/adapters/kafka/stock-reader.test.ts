/** Which records count, where kafkajs' own answer is wrong. */
import { expect, test } from '@jest/globals'
import { kafkajsModule } from '../../../src/adapters/kafka/kafkajs-parts.ts'
import type { StockFetched, StockMessage } from '../../../src/adapters/kafka/stock-brokers.ts'
import { committed } from '../../../src/adapters/kafka/stock-reader.ts'

const ABORT = Buffer.from([0, 0, 0, 0])
const COMMIT = Buffer.from([0, 0, 0, 1])

const message = (
  offset: number,
  producerId: string,
  key: Buffer | null = null,
  isControlRecord = false,
): StockMessage => ({
  offset: String(offset),
  timestamp: '0',
  key,
  value: null,
  headers: {},
  isControlRecord,
  batchContext: { firstOffset: String(offset), lastOffsetDelta: 0, producerId, inTransaction: true },
})

const answer = (
  messages: readonly StockMessage[],
  ...aborted: readonly (readonly [producerId: string, firstOffset: number])[]
): StockFetched => ({
  partition: 0,
  highWatermark: '100',
  lastStableOffset: '100',
  abortedTransactions: aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) })),
  messages,
})

const offsets = (messages: readonly StockMessage[]) => messages.map(({ offset }) => Number(offset))
const byKafkajs = (fetched: StockFetched) =>
  offsets(
    kafkajsModule<(of: StockFetched) => readonly StockMessage[]>('consumer/filterAbortedMessages')(
      fetched,
    ).filter(({ isControlRecord }) => !isControlRecord),
  )

test('two aborted transactions that interleave, told in the order of their ends', () => {
  const fetched = answer(
    [
      message(0, 'a'),
      message(1, 'b'),
      message(2, 'b', ABORT, true),
      message(3, 'a'),
      message(4, 'a', ABORT, true),
      message(5, 'a'),
      message(6, 'a', COMMIT, true),
    ],
    ['b', 1],
    ['a', 0],
  )
  expect(byKafkajs(fetched)).toEqual([0, 5])
  expect(offsets(committed(fetched))).toEqual([5])
})

test('read from within both of them', () => {
  const fetched = answer([message(7, 'a'), message(8, 'b'), message(9, 'b', ABORT, true)], ['a', 0], ['b', 1])
  expect(byKafkajs(fetched)).toEqual([])
  expect(offsets(committed(fetched))).toEqual([])
  const crossed = answer([message(7, 'b'), message(8, 'a')], ['a', 0], ['b', 1])
  expect(byKafkajs(crossed)).toEqual([7])
  expect(offsets(committed(crossed))).toEqual([])
})

test('a key of four zero bytes is no marker', () => {
  const fetched = answer([message(0, 'a', ABORT), message(1, 'a'), message(2, 'a', ABORT, true)], ['a', 0])
  expect(byKafkajs(fetched)).toEqual([0, 1])
  expect(offsets(committed(fetched))).toEqual([])
})

test('without aborted transactions all records count', () => {
  expect(offsets(committed(answer([message(0, 'a'), message(1, 'a', COMMIT, true)])))).toEqual([0])
})
