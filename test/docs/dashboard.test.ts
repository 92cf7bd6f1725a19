/** The dashboard is made from the metric registry, shows all of it, and cannot name what it does not have. */
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Metric } from '../../src/adapters/prometheus/metric.ts'
import { METRICS } from '../../src/adapters/prometheus/metrics.ts'
import { ROOT, textOf } from './fenced.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[]
}
interface Dashboard {
  readonly panels: readonly Panel[]
}
type Query = (metric: Metric | undefined, options?: object) => string

const scriptOf = async <Script>(name: string): Promise<Script> =>
  (await import(pathToFileURL(`${ROOT}/scripts/${name}`).href)) as Script
const shown = JSON.parse(textOf('operations/grafana/dashboards/shopkeeper.json')) as Dashboard
const queries = shown.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

describe('the dashboard', () => {
  test('is what the script writes: npm run dashboard', async () => {
    const { dashboardText } = await scriptOf<{ dashboardText: (metrics: typeof METRICS) => string }>(
      'dashboard.mjs',
    )
    expect(textOf('operations/grafana/dashboards/shopkeeper.json')).toBe(dashboardText(METRICS))
  })

  test.each(Object.values(METRICS).map(({ name }) => name))('shows %s', (name) => {
    expect(queries.some((query) => new RegExp(`\\b${name}(?:_bucket|_sum)?\\{`).test(query))).toBe(true)
  })

  test('has panels with a number and queries of their own, and none on top of another', () => {
    const ids = shown.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const cells = new Map<string, string>()
    for (const { type, title, targets = [], gridPos } of shown.panels) {
      if (type !== 'row') expect([title, targets.length > 0]).toEqual([title, true])
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, cells.get(`${x}/${y}`)]).toEqual([title, undefined])
          cells.set(`${x}/${y}`, title)
        }
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
    }
  })
})

describe('a query', () => {
  test.each<[string, string, Metric | undefined, object, RegExp]>([
    ['of a metric that is not there', 'sum', undefined, {}, /does not have/],
    [
      'by a label that it lacks',
      'sum',
      METRICS.lag,
      { by: ['stage'] },
      /has no label stage; it has task, topic/,
    ],
    ['with a matcher of one', 'max', METRICS.lag, { match: { reason: '="x"' } }, /has no label reason/],
    ['of the rate of a gauge', 'rate', METRICS.lag, {}, /is a gauge/],
  ])('%s is refused', async (_, name, metric, options, message) => {
    const built = await scriptOf<Record<string, Query>>('dashboard-queries.mjs')
    expect(() => built[name]?.(metric, options)).toThrow(message)
  })
})
