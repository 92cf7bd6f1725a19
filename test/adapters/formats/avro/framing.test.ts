import { describe, expect, test } from '@jest/globals'
import { readFramed } from '../../../../src/adapters/formats/avro/framing.ts'
import { schemas, TEN } from '../form-cases.ts'
import { avroBytes, frame } from './avro-bytes.ts'

const GOOD = avroBytes({ id: 'a', type: 'page.viewed', time: TEN, data: {} }) as Buffer
const read = (bytes: Buffer): unknown => readFramed(schemas, bytes, 0, bytes.length)

test('a framed value is read', () => {
  expect(read(GOOD)).toMatchObject({ value: { id: 'a', type: 'page.viewed' } })
})

describe('what is none', () => {
  test.each<[string, Buffer, string, RegExp]>([
    ['nothing', Buffer.alloc(0), 'unknown-format', /must be 0/],
    ['JSON', Buffer.from('{"id":"a"}'), 'unknown-format', /must be 0 .* not 123/],
    ['a header that ends', Buffer.from([0, 0, 0]), 'decode-failed', /inside the schema id/],
    ['an unknown id', frame(99, Buffer.from([2])), 'schema-unknown', /schema id 99/],
    ['a negative id', frame(-1, Buffer.from([2])), 'schema-unknown', /schema id -1/],
    ['no body', frame(1001, Buffer.alloc(0)), 'decode-failed', /end too early/],
    ['a byte too many', Buffer.concat([GOOD, Buffer.from([0])]), 'decode-failed', /1 bytes are left/],
  ])('%s', (_, bytes, reason, detail) => {
    expect(read(bytes)).toMatchObject({ reason, detail: expect.stringMatching(detail) })
  })

  test('an unknown id is named, for whoever can fetch it', () => {
    expect(read(frame(99, Buffer.alloc(1)))).toMatchObject({ schemaId: 99 })
  })
})
