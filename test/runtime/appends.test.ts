/** Records go in one by one and come out as columns over one buffer; then the builder is as new. */
import { describe, expect, test } from '@jest/globals'
import { type AppendedRecords, Appends, idOf, keptRecords, NO_TIMESTAMP } from '../../src/runtime/appends.ts'

function text(records: AppendedRecords) {
  const { buffer, count, topics, topic, partition, timestamp, ...at } = records
  return Array.from({ length: count }, (_, i) => ({
    to: `${topics[topic[i]!]}/${partition[i]}`,
    timestamp: timestamp[i],
    key: at.keyEnd[i]! < 0 ? null : buffer.toString('utf8', at.keyStart[i], at.keyEnd[i]),
    value: at.valueEnd[i]! < 0 ? null : buffer.toString('utf8', at.valueStart[i], at.valueEnd[i]),
    id: idOf(records, i),
  }))
}

describe('Appends', () => {
  test('keeps key, value, tombstone, timestamp and id of every record', () => {
    const appends = new Appends()
    appends.record('a', 0, 5, 'kü', Buffer.from('v'), 'id1')
    appends.record('b', 1, undefined, null, null)
    appends.record('b', 1, 6, null, Buffer.from('w'), 'ïd2')
    appends.begin('a', 2, 7, '')
    appends.writer.raw(Buffer.from('written'))
    appends.end()
    expect(appends.count).toBe(4)
    expect(text(appends.take())).toEqual([
      { to: 'a/0', timestamp: 5, key: 'kü', value: 'v', id: 'id1' },
      { to: 'b/1', timestamp: NO_TIMESTAMP, key: null, value: null, id: undefined },
      { to: 'b/1', timestamp: 6, key: null, value: 'w', id: 'ïd2' },
      { to: 'a/2', timestamp: 7, key: '', value: 'written', id: undefined },
    ])
  })

  test('names every topic once', () => {
    const appends = new Appends()
    for (const topic of ['a', 'b', 'a']) appends.record(topic, 0, 0, null, Buffer.of())
    expect(appends.take().topics).toEqual(['a', 'b'])
  })

  test('what was taken does not change with what comes next', () => {
    const appends = new Appends()
    appends.record('a', 0, 0, 'k', Buffer.from('first'))
    const taken = appends.take()
    expect([appends.count, appends.bytes]).toEqual([0, 0])
    appends.record('b', 0, 0, 'x', Buffer.from('other'))
    expect(text(taken)).toMatchObject([{ to: 'a/0', key: 'k', value: 'first' }])
  })

  test('what was given back serves what comes after the next, and what was kept of it stays', () => {
    const appends = new Appends()
    const buffers: Buffer[] = []
    for (const value of ['one', 'two', 'three', 'four']) {
      appends.record('a', 0, 0, 'k', Buffer.from(value))
      appends.record(value, 1, undefined, null, Buffer.of(), 'i')
      const taken = appends.take()
      const kept = keptRecords(taken)
      buffers.push(taken.buffer)
      appends.giveBack(taken)
      appends.record('b', 0, 0, 'x', Buffer.from('other'))
      expect(text(kept)).toEqual([
        { to: 'a/0', timestamp: 0, key: 'k', value, id: undefined },
        { to: `${value}/1`, timestamp: NO_TIMESTAMP, key: null, value: '', id: 'i' },
      ])
      appends.clear()
    }
    expect(new Set(buffers).size).toBe(2)
  })

  test('has room for more records than at first', () => {
    const appends = new Appends()
    for (let i = 0; i < 1000; i++) appends.record('a', i, i, `${i}`, null, `id${i}`)
    expect(text(appends.take())).toEqual(
      Array.from({ length: 1000 }, (_, i) => ({
        to: `a/${i}`,
        timestamp: i,
        key: `${i}`,
        value: null,
        id: `id${i}`,
      })),
    )
  })

  test('clear forgets the transaction that will not be', () => {
    const appends = new Appends()
    appends.record('a', 0, 0, 'k', Buffer.from('v'))
    appends.clear()
    expect(text(appends.take())).toEqual([])
  })

  test('grows far past its first buffer', () => {
    const appends = new Appends()
    const value = Buffer.alloc(100_000, 'x')
    for (let i = 0; i < 5; i++) appends.record('a', 0, 0, `${i}`, value)
    expect(text(appends.take()).map((one) => one.value?.length)).toEqual(
      Array.from({ length: 5 }, () => 100_000),
    )
  })
})
