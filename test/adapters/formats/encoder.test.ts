import { describe, expect, test } from '@jest/globals'
import { readAvroOutput } from '../../../src/adapters/formats/avro/output.ts'
import { createEncoder } from '../../../src/adapters/formats/encoder.ts'
import { schemas, TEN } from './form-cases.ts'

const VALUE = {
  id: 'i',
  source: 'offers',
  type: 'offer.revoked',
  time: TEN,
  person_id: 'p',
  data: { offer_id: 'o', reason: 'retracted' },
}

describe('an output', () => {
  test('in JSON is its text', () => {
    expect(
      createEncoder(schemas)
        .encode('offers', 'json', { ...VALUE, name: 'Åse' })
        .toString(),
    ).toBe(JSON.stringify({ ...VALUE, name: 'Åse' }))
  })

  test('in Avro comes back', () => {
    expect(readAvroOutput(schemas, createEncoder(schemas).encode('offers', 'avro', VALUE))).toEqual(VALUE)
  })

  test('has the id under which the registry knows the topic', () => {
    const encoder = createEncoder(schemas, (topic, family) =>
      topic === 'offers' && family === 'offer' ? 321 : undefined,
    )
    expect(encoder.encode('offers', 'avro', VALUE).readInt32BE(1)).toBe(321)
    expect(encoder.encode('other', 'avro', VALUE).readInt32BE(1)).toBe(2001)
  })

  test('of any size', () => {
    const value = { ...VALUE, data: { offer_id: 'o'.repeat(100_000), reason: 'å'.repeat(100_000) } }
    const encoder = createEncoder(schemas)
    expect(readAvroOutput(schemas, encoder.encode('offers', 'avro', value))).toEqual(value)
    expect(JSON.parse(encoder.encode('offers', 'json', value).toString())).toEqual(value)
  })
})
