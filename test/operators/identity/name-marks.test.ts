/** What is remembered of names is their digests, and those of one erasure are lifted together. */
import { expect, test } from '@jest/globals'
import { ByteWriter } from '../../../src/model/bytes.ts'
import { idKeyOf } from '../../../src/model/hash.ts'
import {
  type NameMarks,
  SHARED,
  SUPPRESSED,
  createNameMarks,
} from '../../../src/operators/identity/name-marks.ts'
import { digestOf } from '../../../src/operators/identity/name-print.ts'

const KEY = idKeyOf('test')
const digest = (value: string): string => digestOf(KEY, 'email', value)

/** The states that the marks would commit, by key; undefined: deleted. */
function committed(marks: NameMarks): ReadonlyMap<string, Buffer | undefined> {
  const writer = new ByteWriter()
  const rows = new Map<string, Buffer | undefined>()
  marks.changes(writer, (key, start, end) =>
    rows.set(key, end < 0 ? undefined : Buffer.from(writer.view().subarray(start, end))),
  )
  marks.applied()
  return rows
}

test('suppressed and shared are told apart, and come back from their bytes', () => {
  const marks = createNameMarks(KEY)
  expect(marks.has(SUPPRESSED, 'email', 'ann')).toBe(false)
  marks.suppress(digest('ann'), 'first')
  marks.share(digest('ann'))
  marks.share(digest('tablet'))
  const again = createNameMarks(KEY)
  for (const [key, bytes] of committed(marks)) {
    expect(key + String(bytes)).not.toMatch(/ann|tablet/)
    expect(again.load(key, bytes as Buffer)).toBe(true)
  }
  expect(again.load('0'.repeat(32), Buffer.from([1]))).toBe(false)
  for (const one of [marks, again]) {
    expect([one.has(SUPPRESSED, 'email', 'ann'), one.has(SHARED, 'email', 'ann')]).toEqual([true, true])
    expect([one.has(SUPPRESSED, 'email', 'tablet'), one.has(SHARED, 'email', 'tablet')]).toEqual([
      false,
      true,
    ])
    expect(one.has(SUPPRESSED, 'phone', 'ann')).toBe(false)
    expect([one.suppressed, one.changed]).toEqual([1, 0])
  }
})

test('a lift ends what the same erasure suppressed, and nothing else', () => {
  const marks = createNameMarks(KEY)
  marks.suppress(digest('ann'), 'first')
  marks.suppress(digest('cookie'), 'first')
  marks.suppress(digest('bob'), 'second')
  // Who is suppressed stays so by the first.
  marks.suppress(digest('ann'), 'second')
  marks.share(digest('cookie'))
  committed(marks)
  expect(marks.lift(digest('nobody'))).toBe(0)
  expect(marks.lift(digest('ann'))).toBe(2)
  expect(['ann', 'cookie', 'bob'].map((one) => marks.has(SUPPRESSED, 'email', one))).toEqual([
    false,
    false,
    true,
  ])
  expect(marks.has(SHARED, 'email', 'cookie')).toBe(true)
  const rows = committed(marks)
  expect(rows.get(`name:${digest('ann')}`)).toBeUndefined()
  expect(rows.get(`name:${digest('cookie')}`)).toBeDefined()
  expect(rows.size).toBe(2)
})
