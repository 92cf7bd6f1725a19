import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ProtocolReader } from '../../../../src/adapters/kafka/wire/protocol-reader.ts'
import { ProtocolWriter } from '../../../../src/adapters/kafka/wire/protocol-writer.ts'
import { AdapterError } from '../../../../src/model/errors.ts'

describe('fields of the protocol', () => {
  test('come back as they were written, in both forms', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 20 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
        (texts, bytes, number) => {
          const writer = new ProtocolWriter(1)
          writer
            .list(texts, (text) => writer.text(text))
            .compactList(texts, (text) => writer.compactText(text))
          writer.bytes(Buffer.from(bytes)).int64(number).int8(-3).int16(-4).int32(-5).noTags().compactNull()
          const reader = new ProtocolReader(Buffer.concat(writer.parts()))
          expect(reader.list(() => reader.text())).toEqual(texts)
          expect(reader.compactList(() => reader.compactText())).toEqual(texts)
          expect(reader.bytes()).toEqual(Buffer.from(bytes))
          expect([reader.int64(), reader.int8(), reader.int16(), reader.int32()]).toEqual([
            number,
            -3,
            -4,
            -5,
          ])
          reader.tags()
          expect(reader.compactText()).toBe('')
        },
      ),
    )
  })

  test('tagged fields of newer brokers are passed over', () => {
    const reader = new ProtocolReader(Buffer.from([2, 0, 1, 9, 7, 2, 9, 9, 42]))
    reader.tags()
    expect(reader.int8()).toBe(42)
  })

  test('nulls read as nothing', () => {
    const reader = new ProtocolReader(Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0]))
    expect([reader.text(), reader.bytes(), reader.list(() => 1)]).toEqual(['', Buffer.alloc(0), []])
    expect(reader.compactList(() => 1)).toEqual([])
  })

  test('no bytes lead outside the buffer, or round and round', () => {
    const walks: ((reader: ProtocolReader) => unknown)[] = [
      (reader) => reader.list(() => reader.text()),
      (reader) => reader.compactList(() => reader.compactText()),
      (reader) => reader.compactList(() => reader.tags()),
      (reader) => reader.bytes(),
      (reader) => reader.int64(),
    ]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...walks), (array, walk) => {
        try {
          walk(new ProtocolReader(Buffer.from(array)))
        } catch (error) {
          expect(error).toBeInstanceOf(AdapterError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
