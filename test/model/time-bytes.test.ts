import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseTime } from '../../src/model/time.ts'
import { timeOfBytes } from '../../src/model/time-bytes.ts'

describe('timeOfBytes', () => {
  test('is what parseTime says of the text', () => {
    const form = fc.oneof(
      fc.integer({ min: 1.7e12, max: 1.7e12 + 4 * 3.6e6 }).map((at) => new Date(at).toISOString()),
      fc.stringMatching(/^2025-01-0[19]T[012][0-9]:[0-9][0-9]:[0-6][0-9]\.[0-9]{3}Z$/),
      fc.constantFrom(
        '2026-05-04T10:00:60.000Z',
        '2026-05-04T10:59:59.99:Z',
        '2026-05-04t10:00:00.000z',
        '2026-13-04T10:00:00.000Z',
      ),
    )
    fc.assert(
      fc.property(form, (one) => {
        const bytes = Buffer.from(`x${one}y`)
        expect(timeOfBytes(bytes, 1, bytes.length - 1)).toBe(parseTime(one))
      }),
      { numRuns: 2000 },
    )
  })
})
