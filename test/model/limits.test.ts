/** Limits that only make sense together. */
import { expect, test } from '@jest/globals'
import * as limits from '../../src/model/limits.ts'

test('every limit is a positive integer', () => {
  for (const [name, value] of Object.entries(limits)) {
    expect([name, Number.isSafeInteger(value) && value > 0]).toEqual([name, true])
  }
})

test('every limit says its unit, or counts what its name says', () => {
  for (const name of Object.keys(limits)) expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*_(MAX|BYTES|MAX_MS)$/)
})

test('a dead letter holds less than a record may, in base64 too', () => {
  expect(limits.TOO_LARGE_KEPT_BYTES).toBeLessThan(limits.DEAD_LETTER_BYTES_MAX)
  expect(Math.ceil((limits.DEAD_LETTER_BYTES_MAX * 4) / 3)).toBeLessThan(limits.INPUT_BYTES_MAX)
})
