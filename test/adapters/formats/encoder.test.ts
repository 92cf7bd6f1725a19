import { describe, expect, test } from '@jest/globals'
import { readAvroOutput } from '../../../src/adapters/formats/avro/output.ts'
import { createEncoder, type RegisteredId } from '../../../src/adapters/formats/encoder.ts'
import { envelopeValue } from '../../../src/adapters/formats/json-output.ts'
import { ByteWriter } from '../../../src/model/bytes.ts'
import type { Envelope, OutputFormat } from '../../../src/runtime/ports/codec.ts'
import { schemas, TEN } from './form-cases.ts'
import { parseTime } from '../../../src/model/time.ts'

const ENVELOPE: Envelope = {
  id: 'i',
  source: 'offers',
  type: 'offer.revoked',
  time: parseTime(TEN) as number,
  person: 'p',
  cause: { source: 'web', id: 'e' },
  data: { offer_id: 'o', reason: 'retracted' },
}

function bytesOf(format: OutputFormat, envelope: Envelope, topic = 'offers', registered?: RegisteredId) {
  const writer = new ByteWriter()
  createEncoder(schemas, registered).envelope(writer, topic, format, envelope)
  return writer.copy()
}

describe('an output', () => {
  test('in JSON is its text', () => {
    const envelope = { ...ENVELOPE, data: { name: 'Åse' } }
    expect(bytesOf('json', envelope).toString()).toBe(JSON.stringify(envelopeValue(envelope)))
  })

  test('in Avro comes back', () => {
    expect(readAvroOutput(schemas, bytesOf('avro', ENVELOPE))).toEqual(envelopeValue(ENVELOPE))
  })

  test('has the id under which the registry knows the topic', () => {
    const registered: RegisteredId = (topic, family) =>
      topic === 'offers' && family === 'offer' ? 321 : undefined
    expect(bytesOf('avro', ENVELOPE, 'offers', registered).readInt32BE(1)).toBe(321)
    expect(bytesOf('avro', ENVELOPE, 'other', registered).readInt32BE(1)).toBe(2002)
  })

  test('of any size', () => {
    const envelope = { ...ENVELOPE, data: { offer_id: 'o'.repeat(100_000), reason: 'å'.repeat(100_000) } }
    expect(readAvroOutput(schemas, bytesOf('avro', envelope))).toEqual(envelopeValue(envelope))
    expect(JSON.parse(bytesOf('json', envelope).toString())).toEqual(envelopeValue(envelope))
  })

  test.each<OutputFormat>(['json', 'avro'])('of what is refused, in %s', (format) => {
    const letter = {
      reason: 'not-json',
      detail: 'Å',
      topic: 't',
      partition: 0,
      offset: 1,
      bytes: 'YQ==',
      size_bytes: 1,
    }
    const writer = new ByteWriter()
    createEncoder(schemas).value(writer, 'dead', format, letter)
    const bytes = writer.copy()
    expect(format === 'json' ? JSON.parse(bytes.toString()) : readAvroOutput(schemas, bytes)).toMatchObject(
      letter,
    )
  })
})
