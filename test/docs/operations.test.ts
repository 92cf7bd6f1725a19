/** docs/operations.md: its tables are those of the code, and so are the figures and the rules that can be compared. */
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { METRICS } from '../../src/adapters/prometheus/metrics.ts'
import { aclRule } from '../../src/adapters/redis/acl.ts'
import { STANDSTILL_MS } from '../../src/app/health.ts'
import { SETTING_TABLE } from '../../src/app/setting-table.ts'
import { PROFILE_BOUNDS } from '../../src/runtime/profile-stage.ts'
import { RESUME_AGE_MAX_MS } from '../../src/runtime/restore-task.ts'
import { type TopicNeed, topicsNeeded } from '../../src/topology/topics-needed.ts'
import { planOf } from '../support/replayed.ts'
import { blocksOf, ROOT, textOf, titled } from './fenced.ts'

interface Script {
  readonly operationsDocument: (
    text: string,
    parts: {
      readonly metrics: typeof METRICS
      readonly alerts: string
      readonly needs: readonly TopicNeed[]
    },
  ) => string
}

const text = textOf('docs/operations.md')

test('its tables are what the script writes: npm run build && node scripts/operations-doc.mjs', async () => {
  const { operationsDocument } = (await import(
    pathToFileURL(`${ROOT}/scripts/operations-doc.mjs`).href
  )) as Script
  const plan = planOf(textOf('topologies/shop.yaml'))
  const needs = topicsNeeded(plan, { app: 'shopkeeper', partitionsOf: () => undefined, partitions: 4 })
  expect(text).toBe(
    operationsDocument(text, { metrics: METRICS, alerts: textOf('operations/alerts.yml'), needs }),
  )
})

test('the rule of the Redis user is the one that the program asks for', () => {
  const rule = titled(blocksOf('docs/operations.md'), 'redis-acl').trim()
  expect(rule).toBe(`ACL SETUSER shopkeeper on >PASSWORD ${aclRule('shopkeeper', 'single').join(' ')}`)
})

test('figures that it names are those of the code', () => {
  expect(text).toContain(`has not moved for ${STANDSTILL_MS / 1000} s`)
  expect(text).toContain(`a commit of the last ${RESUME_AGE_MAX_MS / 3_600_000} hours`)
  expect(text).toContain(
    `at most ${PROFILE_BOUNDS.cachedPersonsMax.toLocaleString('en-US')} states in memory`,
  )
})

test('settings that it names are there, with the secret ones all among the secrets', () => {
  const known = new Set<string>(SETTING_TABLE.map(({ variable }) => variable))
  const named = [...text.matchAll(/`((?:SHOPKEEPER|KAFKA|REDIS|SCHEMA|LOG)_[A-Z_]+)\b/g)].map(
    ([, name = '']) => name,
  )
  expect(named.filter((name) => !known.has(name))).toEqual([])
  const secrets = text.slice(text.indexOf('**Secrets**'), text.indexOf('**Personal data**'))
  for (const row of SETTING_TABLE) if ('secret' in row) expect(secrets).toContain(row.variable)
})
