/** What a run says of a commit: nothing, but for orders to erase. */
import { expect, test } from '@jest/globals'
import { createRunLog } from '../../src/app/run-log.ts'
import { committed, GATE, PROFILE } from '../adapters/prometheus/observed.ts'

const CLOCK = { now: () => 0, sleep: () => Promise.resolve() }

test('a commit is silent, unless orders to erase were worked off by it', () => {
  const lines: string[] = []
  const { observe } = createRunLog('info', CLOCK, (line) => lines.push(line))
  observe(committed(PROFILE))
  const eraseOrders = new Map([
    ['erased', 1],
    ['unknown', 2],
  ])
  observe(committed(GATE, { eraseOrders }))
  expect(lines).toEqual([
    `1970-01-01T00:00:00.000Z info ${GATE} worked off orders to erase: 1 erased, 2 unknown\n`,
  ])
})
