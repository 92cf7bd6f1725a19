/** Alerts ask for metrics and labels that there are, say what to do, and have a case for firing and one for not. */
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { Metric } from '../../src/adapters/prometheus/metric.ts'
import { METRICS } from '../../src/adapters/prometheus/metrics.ts'
import { textOf } from './fenced.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

const { groups } = parse(textOf('operations/alerts.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const { tests: cases } = parse(textOf('operations/alerts.test.yml')) as {
  readonly tests: readonly { readonly name: string }[]
}
/** Labels by the name of each series, of those that Prometheus itself has too. */
const labelsOf = new Map<string, readonly string[]>([['up', ['job', 'instance']]])
for (const { name, type, labels } of Object.values<Metric>(METRICS)) {
  const all = [...labels, 'topology', 'instance', 'job']
  if (type !== 'histogram') labelsOf.set(name, all)
  else for (const suffix of ['_bucket', '_sum', '_count']) labelsOf.set(name + suffix, [...all, 'le'])
}

describe.each(rules.map((rule) => [rule.alert, rule] as const))(
  '%s',
  (alert, { expr, labels, annotations }) => {
    test('asks for series and labels that there are', () => {
      const asked = [...expr.matchAll(/\b(up|(?:shopkeeper|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)]
      expect(asked.length).toBeGreaterThan(0)
      for (const [, series = '', matchers = ''] of asked) {
        const known = labelsOf.get(series)
        expect([series, known !== undefined]).toEqual([series, true])
        for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=|!)/g)) expect(known).toContain(label)
      }
    })

    test('says how urgent it is, what it means and what to do', () => {
      expect(['page', 'ticket']).toContain(labels.severity)
      expect(annotations.summary.length).toBeGreaterThan(10)
      expect(annotations.runbook).toMatch(/^.{40,}[.?]$/s)
    })

    test('has both cases', () => {
      const names = cases.map(({ name }) => name)
      expect(names.filter((name) => name.startsWith(`${alert} `))).toEqual([
        `${alert} fires`,
        `${alert} does not fire`,
      ])
    })
  },
)

test('no case is of an alert that is not there', () => {
  const alerts = new Set(rules.map(({ alert }) => alert))
  expect(cases.filter(({ name }) => !alerts.has(name.split(' ')[0] ?? ''))).toEqual([])
})
