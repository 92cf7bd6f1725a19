/** The in-process API: what a program that embeds Shopkeeper sees. */
import { describe, expect, jest, test } from '@jest/globals'
import { openEmbedded, type Output } from '../../src/app/embed.ts'
import type { Observation } from '../../src/runtime/ports/observer.ts'
import { KEY, planOf } from '../support/replayed.ts'

jest.setTimeout(30_000)

const PLAN = planOf({
  topology: 'embedded',
  sources: { web: { topic: 'web', lateness: '1s', idle: '30s' } },
  operators: [
    { id: 'who', type: 'identity', from: ['web'] },
    { id: 'stay', type: 'sessionize', from: 'who', config: { gap: '1m' } },
  ],
  sinks: { stays: { from: 'stay', topic: 'stays', format: 'avro' } },
})
const view = (id: string, time: string): string =>
  JSON.stringify({
    id,
    type: 'page.viewed',
    time: `2026-09-14T${time}Z`,
    identifiers: [{ type: 'user_id', value: 'ø' }],
  })

describe('the embedded runtime', () => {
  test('what is fed is worked off when feeding returns; outputs are JSON whatever the sink says', async () => {
    const outputs: Output[] = []
    const runtime = await openEmbedded(PLAN, { key: KEY, onOutput: (output) => outputs.push(output) })
    await runtime.feed([view('a', '10:00:00')])
    expect(outputs.map(({ topic }) => topic)).toEqual(['identities'])
    await runtime.feed([])
    await runtime.feed([view('b', '10:00:30'), '', view('c', '10:05:00')])
    expect(outputs.map(({ topic }) => topic)).toEqual(['identities', 'stays'])
    expect(JSON.parse(outputs[1]?.value ?? '')).toMatchObject({ type: 'session.closed', data: { events: 2 } })
    expect(outputs[1]?.key).toBe((JSON.parse(outputs[1]?.value ?? '') as { person_id: string }).person_id)
    await runtime.close()
  })

  test('the clock makes silence count, and the end closes what is open', async () => {
    const outputs: Output[] = []
    const runtime = await openEmbedded(PLAN, { key: KEY, onOutput: (output) => outputs.push(output) })
    await runtime.feed([view('a', '10:00:00')])
    await runtime.moveClock(Date.parse('2026-09-14T10:00:59Z'))
    expect(outputs).toHaveLength(1)
    await runtime.moveClock(Date.parse('2026-09-14T10:01:02Z'))
    expect(outputs).toHaveLength(2)
    await runtime.feed([view('b', '11:00:00')])
    const summary = await runtime.finish({ afterMs: 60_001 })
    expect(summary).toMatchObject({ events: 2, people: 1, sessions: 2 })
    await runtime.close()
  })

  test('an arrival that the caller knows goes before what a line says', async () => {
    const outputs: Output[] = []
    const runtime = await openEmbedded(PLAN, { key: KEY, onOutput: (output) => outputs.push(output) })
    const line = Buffer.from(view('a', '10:10:00'))
    await runtime.feedBytes(line, [0, line.length], Date.parse('2026-09-14T10:00:00Z'))
    expect(JSON.parse(outputs[0]?.value ?? '')).toMatchObject({ reason: 'time-ahead' })
    await runtime.close()
  })

  test('crashes lose no count, and are seen by who observes', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => (i < 30 ? i : i - 10)).map((i) =>
      view(`e${i}`, `10:${String(i).padStart(2, '0')}:00`),
    )
    const seen: Observation[] = []
    const crashing = await openEmbedded(PLAN, {
      key: KEY,
      crashEvery: 3,
      partitions: 2,
      batch: 2,
      onOutput: () => {},
      observe: (observation) => seen.push(observation),
    })
    await crashing.feed(lines)
    const summary = await crashing.finish({ afterMs: 120_000 })
    const straight = await openEmbedded(PLAN, { key: KEY, onOutput: () => {} })
    await straight.feed(lines)
    expect(summary).toEqual(await straight.finish({ afterMs: 120_000 }))
    expect(summary).toMatchObject({ events: 40, duplicates: 10, people: 1 })
    expect(seen.filter(({ kind }) => kind === 'opened').length).toBeGreaterThan(30)
    await crashing.close()
    await straight.close()
  })
})
