/** Real and simulated visitors of shops: their visits and the carts they left, against figures that were worked out elsewhere. */
import { describe, expect, jest } from '@jest/globals'
import { DAY_MS, HOUR_MS, MINUTE_MS, parseRfc3339 } from '../../src/model/time.ts'
import { documentWith, figuresOf, type Outcome, replay, testWith } from './recorded-data.ts'

jest.setTimeout(30_000)

interface VisitFigures {
  readonly sessions: number
  readonly 'longest min': number
  readonly 'events in the largest': number
  readonly 'of one event': number
  readonly 'over 24 h': number
}

interface CartFigures {
  readonly fired: number
  readonly 'carts that fired': number
  readonly 'of them at step checkout': number
  readonly 'sum of lines': number
}

const GAPS = ['30m', '10m', '4h']
const WAITS = ['60m', '24h', '15m']

const visitsBy = (gap: string): { id: string; type: string; config: object } => ({
  id: `gap-${gap}`,
  type: 'sessionize',
  config: { gap },
})

const minutesOf = ({ value: { data } }: Outcome): number =>
  ((parseRfc3339(data['ended_at'] as string) ?? 0) - (parseRfc3339(data['started_at'] as string) ?? 0)) /
  MINUTE_MS

function visitFigures(visits: readonly Outcome[]): VisitFigures {
  const sizes = visits.map(({ value }) => value.data['events'] as number)
  const minutes = visits.map(minutesOf)
  return {
    sessions: visits.length,
    'longest min': Math.round(Math.max(...minutes) * 100) / 100,
    'events in the largest': Math.max(...sizes),
    'of one event': sizes.filter((size) => size === 1).length,
    'over 24 h': minutes.filter((length) => length * MINUTE_MS > DAY_MS).length,
  }
}

function cartFigures(triggers: readonly Outcome[]): CartFigures {
  const data = triggers.map(({ value }) => value.data)
  return {
    fired: data.length,
    'carts that fired': new Set(
      triggers.map(({ value }) => `${value.person_id} ${String(value.data['instance'])}`),
    ).size,
    'of them at step checkout': data.filter(({ step }) => step === 'checkout').length,
    'sum of lines': data.reduce((sum, { lines }) => sum + (lines as readonly unknown[]).length, 0),
  }
}

describe.each(['clicks-otto', 'clicks-sim'])('%s', (folder) => {
  const file = `${folder}/events.ndjson.gz`

  testWith(file)('visits at every gap', async () => {
    const figures = figuresOf<Readonly<Record<string, VisitFigures>>>(folder)
    const { summary, outcomes } = await replay(documentWith(GAPS.map(visitsBy)), file, 5 * HOUR_MS)
    for (const gap of GAPS) {
      const visits = outcomes.filter(({ topic }) => topic === `gap-${gap}`)
      expect({ gap, ...visitFigures(visits) }).toEqual({ gap, ...figures[`sessionize gap ${gap}`] })
    }
    expect([summary.late, summary.dead_letters]).toEqual([0, {}])
  })

  testWith(file)('carts left for every wait', async () => {
    const figures = figuresOf<Readonly<Record<string, CartFigures>>>(folder)
    const carts = WAITS.map((after) => ({
      id: `after-${after}`,
      type: 'cart-abandonment',
      config: { after },
    }))
    const { outcomes } = await replay(documentWith(carts), file)
    for (const after of WAITS) {
      const fired = outcomes.filter(
        ({ topic, value }) => topic === `after-${after}` && value.type === 'trigger.fired',
      )
      const expected = figures[`cart-abandonment after ${after}, minValue 0`]
      expect(expected).toMatchObject({ ...cartFigures(fired) })
    }
  })
})

testWith('cdnow/events.ndjson.gz')(
  'cdnow: orders of one day are one visit, and every buyer is one person',
  async () => {
    const { summary, outcomes } = await replay(documentWith([visitsBy('30m')]), 'cdnow/events.ndjson.gz')
    const visits = outcomes
      .filter(({ value }) => value.type === 'session.closed')
      .map(({ value }) => value.data)
    expect([visits.length, summary.people, summary.late, summary.dead_letters]).toEqual([6696, 2357, 0, {}])
    expect(visits.every(({ converted }) => converted === true)).toBe(true)
    const total = visits.reduce((sum, { order_total: dollars }) => sum + (dollars as number), 0)
    expect(total).toBeCloseTo(244_091.94, 2)
  },
)

testWith('grocery/events.ndjson.gz')('grocery: a year of baskets is taken whole', async () => {
  const { summary, outcomes } = await replay(documentWith([visitsBy('30m')]), 'grocery/events.ndjson.gz')
  expect([summary.events, summary.people, summary.late, summary.dead_letters]).toEqual([16_176, 150, 0, {}])
  const visits = outcomes
    .filter(({ value }) => value.type === 'session.closed')
    .map(({ value }) => value.data)
  const total = visits.reduce((sum, { order_total: dollars }) => sum + (dollars as number), 0)
  expect(total).toBeCloseTo(471_876.4, 1)
})
