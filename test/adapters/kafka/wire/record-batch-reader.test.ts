import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { BatchMemory } from '../../../../src/adapters/kafka/batch-memory.ts'
import { type AbortedTransaction, AbortedTransactions } from '../../../../src/adapters/kafka/wire/aborted.ts'
import { type FetchedBatch, readBatches } from '../../../../src/adapters/kafka/wire/record-batch-reader.ts'
import { AdapterError } from '../../../../src/model/errors.ts'
import { encodedByKafkajs, marker, NOW, ownBatches, recordsOf, seal } from './made-batches.ts'

const LANE = { topic: 't', partition: 0 }

const read = (records: readonly Buffer[], from = 0, aborted: readonly AbortedTransaction[] = []) =>
  readBatches(LANE, Buffer.concat(records), from, new AbortedTransactions(aborted))

const valuesOf = (batches: readonly FetchedBatch[]) => batches.flatMap(recordsOf).map(({ value }) => value)

function batch(value: string, baseOffset: number, producerId = 7): Buffer {
  const [made] = ownBatches([{ key: null, value }], { baseOffset, producerId }) as [Buffer]
  return made
}

const plain = (value: string, baseOffset: number, key: string | null = null): Buffer =>
  ownBatches([{ key, value }], { baseOffset, transactional: false })[0] as Buffer

describe('batches of a fetch answer', () => {
  test("of kafkajs' producer are read as they were written, compressed ones too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            key: fc.option(fc.string({ maxLength: 20 })),
            value: fc.option(fc.string({ maxLength: 200 })),
            at: fc.integer({ min: 0, max: 2 ** 45 }),
            id: fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: undefined }),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        fc.constantFrom(0, 1),
        async (made, compression) => {
          const [found] = read([await encodedByKafkajs(made, compression)]) as [FetchedBatch]
          await found.inflate()
          expect(recordsOf(found)).toEqual(made.map((one, offset) => ({ ...one, offset })))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('say where the next one begins; markers are one with what is before them', () => {
    const found = read([batch('a', 0), marker(7, 1, true), plain('b', 2), marker(9, 3, true)])
    expect(found.map(({ nextOffset }) => nextOffset)).toEqual([2, 4])
    expect(valuesOf(found)).toEqual(['a', 'b'])
  })

  test('in memory of their own stay as they are when the answer is overwritten, until they are given back', async () => {
    const memory = new BatchMemory()
    const large = 'x'.repeat(40_000)
    const answer = Buffer.concat([
      plain(large, 0),
      await encodedByKafkajs([{ key: null, value: 'packed', at: 1, id: undefined }], 1),
    ])
    const found = readBatches(LANE, answer, 0, new AbortedTransactions([]))
    for (const one of found) one.moveTo(memory)
    answer.fill(0xdd)
    for (const one of found) await one.inflate()
    expect(valuesOf(found)).toEqual([large, 'packed'])
    const { buffer } = found[0] as FetchedBatch
    expect(memory.take(40_000).buffer).not.toBe(buffer.buffer)
    for (const one of [...found, ...found]) one.giveBack(memory)
    expect(memory.take(40_000).buffer).toBe(buffer.buffer)
    expect(memory.take(40_000).buffer).not.toBe(buffer.buffer)
  })

  test('of markers alone move the position', () => {
    const found = read([marker(7, 4, true), marker(7, 5, false)])
    expect(found.map((one) => [one.nextOffset, recordsOf(one)])).toEqual([[6, []]])
  })

  test('of aborted transactions are left out, of two that interleave too', () => {
    const records = [
      batch('first, aborted', 0, 1),
      batch('second, aborted', 1, 2),
      marker(2, 2, false),
      batch('second, again', 3, 2),
      batch('first, aborted too', 4, 1),
      marker(1, 5, false),
      marker(2, 6, true),
      batch('first, again', 7, 1),
    ]
    const byEnd = [
      { producerId: 2, firstOffset: 1 },
      { producerId: 1, firstOffset: 0 },
    ]
    expect(valuesOf(read(records, 0, byEnd))).toEqual(['second, again', 'first, again'])
    expect(valuesOf(read(records.slice(3), 3, byEnd.slice(1)))).toEqual(['second, again', 'first, again'])
  })

  test('with a key that looks like a marker end no transaction', () => {
    const [looksSo] = ownBatches([{ key: '\0\0\0\0', value: 'aborted' }], {
      baseOffset: 0,
      producerId: 1,
    }) as [Buffer]
    const records = [looksSo, batch('aborted too', 1, 1), marker(1, 2, false), plain('kept', 3, '\0\0\0\0')]
    expect(valuesOf(read(records, 0, [{ producerId: 1, firstOffset: 0 }]))).toEqual(['kept'])
  })

  test('from the middle of one on', () => {
    const [made] = ownBatches(
      ['a', 'b', 'c'].map((value) => ({ key: null, value })),
      { baseOffset: 10 },
    ) as [Buffer]
    expect(valuesOf(read([made], 11))).toEqual(['b', 'c'])
    expect(read([made, batch('d', 13)], 13).map((one) => [valuesOf([one]), one.nextOffset])).toEqual([
      [['d'], 14],
    ])
  })

  test('cut off at the end are ignored', () => {
    const whole = batch('whole', 0)
    const cut = batch('cut off', 1)
    for (let bytes = 0; bytes < cut.length; bytes++)
      expect(valuesOf(read([whole, cut.subarray(0, bytes)]))).toEqual(['whole'])
  })

  test('have the time of the log where the topic says so, and none where there is none', () => {
    const appended = plain('a', 0)
    appended.writeInt16BE(0x08, 21)
    appended.writeBigInt64BE(123n, 35)
    const timeless = plain('b', 1)
    timeless.writeBigInt64BE(-1n, 27)
    const found = read([seal(appended), seal(timeless), plain('c', 2)]).flatMap(recordsOf)
    expect(found.map(({ at }) => at)).toEqual([123, undefined, NOW])
  })

  test('with times as far apart as eight bytes can say are read on', async () => {
    const at = [NOW, 1.7e18, -1.7e18, NOW + 1]
    const made = at.map((time, i) => ({ key: null, value: `${i}`, at: time }))
    const found = read([await encodedByKafkajs(made)]).flatMap(recordsOf)
    expect(found.map(({ value }) => value)).toEqual(['0', '1', '2', '3'])
    expect([found[0]?.at, found[3]?.at]).toEqual([NOW, NOW + 1])
    expect((found[1]?.at ?? 0) / 1.7e18).toBeCloseTo(1)
    expect((found[2]?.at ?? 0) / -1.7e18).toBeCloseTo(1)
  })

  test.each([
    ['a wrong checksum', 30, 'corrupt-batch'],
    ['an unknown form', 16, 'corrupt-batch'],
    ['an impossible length', 8, 'corrupt-batch'],
  ])('with %s are refused, with their place', (_, at, code) => {
    const bad = plain('a', 42)
    bad[at] = (bad[at] as number) ^ 0x90
    const failure = catchOf(() => read([plain('fine', 41), bad], 41))
    expect(failure).toMatchObject({ code, retryable: false })
    expect(failure?.message).toContain('t/0 cannot be read at offset 42')
  })

  test('of the old form are named', () => {
    const old = plain('a', 0)
    old[16] = 1
    expect(catchOf(() => read([old]))).toMatchObject({ code: 'old-record-form' })
  })

  test('of other codecs are refused with what to install', async () => {
    for (const [codec, hint] of [
      [2, 'kafkajs-snappy'],
      [3, 'kafkajs-lz4'],
      [4, '@kafkajs/zstd'],
    ] as const) {
      const made = plain('a', 0)
      made.writeInt16BE(codec, 21)
      const [found] = read([seal(made)]) as [FetchedBatch]
      await expect(found.inflate()).rejects.toMatchObject({
        code: 'no-codec',
        message: expect.stringContaining(hint),
      })
    }
  })

  test('that say gzip and are none are refused', async () => {
    const made = plain('a', 0)
    made.writeInt16BE(1, 21)
    const [found] = read([seal(made)]) as [FetchedBatch]
    await expect(found.inflate()).rejects.toMatchObject({ code: 'corrupt-batch' })
  })

  test('of hostile bytes give an AdapterError or records, and always come to an end', () => {
    const good = ownBatches([
      { key: 'k', value: 'v', id: 'i' },
      { key: null, value: null },
    ])[0] as Buffer
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (changes, sealed) => {
          const bad = Buffer.from(good)
          for (const [at, byte] of changes) bad[at] = byte
          if (sealed) seal(bad)
          const failure = catchOf(() => valuesOf(read([bad, good])))
          if (failure !== undefined) expect(failure).toBeInstanceOf(AdapterError)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('of any bytes at all, too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const failure = catchOf(() => valuesOf(read([Buffer.from(bytes)])))
        if (failure !== undefined) expect(failure).toBeInstanceOf(AdapterError)
      }),
      { numRuns: 500 },
    )
  })
})

function catchOf(call: () => unknown): Error | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return error as Error
  }
}
