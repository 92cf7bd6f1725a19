import { expect, test } from '@jest/globals'
import { summaryLine, summaryOf } from '../../src/app/summary.ts'
import { newCounts } from '../../src/runtime/ports/observer.ts'

test('the keys of the contract, in its order, reasons by name', () => {
  const counts = {
    ...newCounts(),
    events: 9,
    people: 2,
    suppressed: new Map([
      ['holdout', 2],
      ['capped', 1],
    ]),
    deadLetters: new Map([['not-json', 3]]),
  }
  const summary = summaryOf(counts)
  expect(Object.keys(summary)).toEqual([
    'events',
    'duplicates',
    'people',
    'merges',
    'sessions',
    'triggers',
    'retracted',
    'offers',
    'revoked',
    'decisions',
    'suppressed',
    'late',
    'dead_letters',
  ])
  expect(JSON.stringify(summary.suppressed)).toBe('{"capped":1,"holdout":2}')
  expect(summaryLine(summary)).toMatch(/^9 events, 0 duplicates, 2 people, .*3 suppressed, 3 dead letters$/)
})
