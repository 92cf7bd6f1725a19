/**
 * Golden runs: however a recorded stream is worked off, the same comes out, and the same as when it was recorded.
 * A change that is meant: `npm run golden:update`, then look at what changed.
 */
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import type { Output } from '../../src/app/embed.ts'
import { planOf, replayed, setOf, type Way } from '../support/replayed.ts'
import { documentOf, expectedOf, GOLDEN_RUNS, inputOf, record } from './runs.ts'

jest.setTimeout(30_000)

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RECORDINGS = join(ROOT, 'test', 'golden', 'recordings')

if (process.env['GOLDEN_UPDATE'] === '1') for (const run of GOLDEN_RUNS) await record(ROOT, run)

const WAYS: readonly Way[] = [
  { partitions: 1, batch: 1 },
  { partitions: 1, batch: 7 },
  { partitions: 1, batch: 500 },
  { partitions: 4, batch: 1 },
  { partitions: 4, batch: 7 },
  { partitions: 4, batch: 500 },
  { crashEvery: 1 },
  { crashEvery: 2 },
  { crashEvery: 3, batch: 1 },
  { crashEvery: 5, batch: 7, partitions: 4 },
  { crashEvery: 13, batch: 500 },
  { crashEvery: 100, partitions: 4 },
]

const bytesOf = (outputs: readonly Output[]): string =>
  outputs.map(({ topic, key, value }) => `${topic}\t${key}\t${value}`).join('\n')

/** What one has and the other has not, of two sorted lists. */
function unlike(expected: readonly string[], found: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const line of expected) left.set(line, (left.get(line) ?? 0) + 1)
  for (const line of found) left.set(line, (left.get(line) ?? 0) - 1)
  const lines = [...left].flatMap(([line, n]) =>
    n === 0 ? [] : [`${n > 0 ? 'missing' : 'surplus'} ${line}`],
  )
  return lines.length === 0
    ? []
    : ['if this is meant: npm run golden:update', `${lines.length} lines differ`, ...lines.slice(0, 6)]
}

describe.each(GOLDEN_RUNS)('$name', (run) => {
  const plan = planOf(documentOf(ROOT, run))
  const input = inputOf(ROOT, run)
  const expected = expectedOf(ROOT, run)

  test('straight: what was recorded, and the same bytes each time', async () => {
    const first = await replayed(plan, input, run.end)
    const second = await replayed(plan, input, run.end)
    expect(unlike(expected, setOf(first.outputs))).toEqual([])
    expect(bytesOf(second.outputs)).toBe(bytesOf(first.outputs))
  })

  test.each(WAYS)('%j: the same set', async (way) => {
    const { outputs } = await replayed(plan, input, run.end, way)
    expect(unlike(expected, setOf(outputs))).toEqual([])
  })
})

test('every kind of outcome is among them', () => {
  const lines = GOLDEN_RUNS.flatMap((run) => expectedOf(ROOT, run))
  const types = new Set(
    lines.flatMap(
      (line) =>
        /"type":"((?:identity|session|trigger|zone|journey|offer|decision|brief)\.\w+|order\.attributed|deal\.lost)","time"/.exec(
          line,
        )?.[1] ?? [],
    ),
  )
  expect([...types].sort()).toEqual([
    'brief.prepared',
    'deal.lost',
    'decision.made',
    'identity.absorbed',
    'identity.ambiguous',
    'identity.created',
    'identity.linked',
    'identity.merged',
    'journey.ended',
    'journey.entered',
    'offer.accepted',
    'offer.emitted',
    'offer.revoked',
    'order.attributed',
    'session.closed',
    'trigger.fired',
    'trigger.retracted',
    'zone.entered',
    'zone.left',
  ])
  const outcomes = new Set(lines.flatMap((line) => /"outcome":"([\w-]+)"/.exec(line)?.[1] ?? []))
  const decided = ['emitted', 'held', 'holdout', 'none']
  const ways = ['arrived', 'bought', 'no-date', 'over', 'quiet', 'stayed-away', 'told']
  expect([...outcomes].sort()).toEqual([...decided, ...ways].sort())
})

test('the files stay small', () => {
  const sizes = readdirSync(RECORDINGS).map((name) => statSync(join(RECORDINGS, name)).size)
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(500 * 1024)
})
