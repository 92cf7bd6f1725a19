import { expect, test } from '@jest/globals'
import { readable } from '../../../src/app/person/show.ts'

test.each<[unknown, unknown]>([
  [{ at: 1_777_714_264_000 }, { at: '2026-05-02T09:31:04.000Z' }],
  [
    { after: 3_600_000, price: 19.5, count: 3 },
    { after: 3_600_000, price: 19.5, count: 3 },
  ],
  [
    { gone: undefined, none: null, no: false },
    { none: null, no: false },
  ],
  [new Map([['a', new Set([1])]]), { a: [1] }],
  [[{ list: [1_777_714_264_000.5] }], [{ list: [1_777_714_264_000.5] }]],
])('%j is read as %j', (state, shown) => {
  expect(readable(state)).toEqual(shown)
})
