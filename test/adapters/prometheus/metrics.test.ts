/** The registry keeps the rules of naming, and its closed lists are those of the contracts. */
import { describe, expect, test } from '@jest/globals'
import { REFUSALS, SUPPRESSIONS } from '../../../src/adapters/prometheus/labels.ts'
import { isOwn } from '../../../src/adapters/prometheus/metric.ts'
import { METRICS } from '../../../src/adapters/prometheus/metrics.ts'
import { textOf } from '../../docs/fenced.ts'

const all = Object.values(METRICS)

describe('metrics', () => {
  test('no name twice', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })

  test.each(all.map((metric) => [metric.name, metric] as const))(
    '%s: name, unit and help',
    (name, metric) => {
      expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z0-9]$/)
      expect(name.endsWith('_total')).toBe(metric.type === 'counter')
      expect(/_bytes(?:_total)?$/.test(name)).toBe(metric.unit === 'bytes')
      if (isOwn(metric)) expect(/_seconds(?:_total)?$/.test(name)).toBe(metric.unit === 'seconds')
      expect(metric.help).toMatch(/^[A-Z1].*\.$/)
    },
  )

  test('words of labels are those of the contracts', () => {
    const contracts = textOf('docs/contracts.md')
    expect(contracts).toContain(`\`${SUPPRESSIONS.join(' ')}\``)
    expect(contracts).toContain(REFUSALS.join(' '))
  })
})
