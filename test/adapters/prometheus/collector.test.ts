/** What a scrape shows of what was observed and of how the process stands. */
import { describe, expect, test } from '@jest/globals'
import { createMetrics, type Metrics } from '../../../src/adapters/prometheus/collector.ts'
import { isOwn } from '../../../src/adapters/prometheus/metric.ts'
import { METRICS } from '../../../src/adapters/prometheus/metrics.ts'
import { BEGINNING } from '../../../src/model/time.ts'
import { EARLIEST } from '../../../src/runtime/ports/log.ts'
import type { Observation, ProcessStatus } from '../../../src/runtime/ports/observer.ts'
import { textOf } from '../../docs/fenced.ts'
import { committed, GATE, processStatus, PROFILE, taskStatus } from './observed.ts'

const NOW = 100_000

function metricsAfter(...observations: readonly Observation[]): Metrics {
  const metrics = createMetrics({
    build: { version: '1.2.3', topology: 'shop' },
    clock: { now: () => NOW, sleep: async () => {} },
  })
  for (const observation of observations) metrics.observe(observation)
  return metrics
}

/** Every sample by its series, labels in alphabetical order and without the topology. */
async function scraped(metrics: Metrics, status: ProcessStatus): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.text(status))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      const own = labels.split(/,(?=\w+=")/).filter((label) => !label.startsWith('topology='))
      const shown = own.toSorted().join(',')
      return [shown === '' ? name : `${name}{${shown}}`, Number(value)] as const
    }),
  )
}

const among = (all: ReadonlyMap<string, number>, start: string): Record<string, number> =>
  Object.fromEntries([...all].filter(([series]) => series.startsWith(`shopkeeper_${start}`)))

describe('a scrape', () => {
  test('has every metric of the registry, with its type and help, and no other', async () => {
    const text = await metricsAfter(committed(GATE)).text(processStatus())
    for (const { name, type, help } of Object.values(METRICS)) {
      expect(text).toContain(`# TYPE ${name} ${type}\n`)
      if (name.startsWith('shopkeeper_')) expect(text).toContain(`# HELP ${name} ${help}\n`)
    }
    const exposed = [...text.matchAll(/^# TYPE (shopkeeper_\w+)/gm)].map(([, name]) => name)
    expect(new Set(exposed)).toEqual(
      new Set(
        Object.values(METRICS)
          .filter(isOwn)
          .map(({ name }) => name),
      ),
    )
  })

  test('has the labels that the registry says, and the topology', async () => {
    const text = await metricsAfter(committed(GATE)).text(processStatus())
    for (const { name, labels, type } of Object.values(METRICS).filter(isOwn)) {
      const series = type === 'histogram' ? `${name}_count` : name
      const [, shown = ''] = new RegExp(`^${series}\\{(.*)\\} `, 'm').exec(text) ?? []
      const names = [...shown.matchAll(/(\w+)="/g)].map(([, label]) => label)
      expect([name, new Set(names)]).toEqual([name, new Set([...labels, 'topology'])])
    }
  })

  test('says which version of which topology this is', async () => {
    const text = await metricsAfter().text(processStatus())
    expect(text).toContain(
      `shopkeeper_build_info{version="1.2.3",node="${process.version}",topology="shop"} 1`,
    )
  })
})

describe('what was counted', () => {
  test('commits add up, by task', async () => {
    const all = await scraped(
      metricsAfter(committed(PROFILE), committed(PROFILE), committed(GATE)),
      processStatus(),
    )
    expect(among(all, 'records_')).toEqual({
      [`shopkeeper_records_read_total{task="${PROFILE}"}`]: 14,
      [`shopkeeper_records_read_total{task="${GATE}"}`]: 7,
      [`shopkeeper_records_appended_total{task="${PROFILE}"}`]: 10,
      [`shopkeeper_records_appended_total{task="${GATE}"}`]: 5,
    })
    expect(among(all, `state_written_bytes_total{task="${PROFILE}"`)).toEqual({
      [`shopkeeper_state_written_bytes_total{task="${PROFILE}"}`]: 180,
    })
  })

  test('every event ends as one outcome, and refusals have their reason', async () => {
    const gate = committed(GATE, {
      events: 9,
      late: 2,
      deadLetters: new Map([
        ['not-json', 3],
        ['time-ahead', 1],
      ]),
    })
    const profile = committed(PROFILE, { processed: 2, duplicates: 1 })
    const all = await scraped(metricsAfter(gate, profile), processStatus())
    const outcomes = Object.entries(among(all, 'events_total')).filter(([, n]) => n > 0)
    expect(Object.fromEntries(outcomes)).toEqual({
      [`shopkeeper_events_total{outcome="late",task="${GATE}"}`]: 2,
      [`shopkeeper_events_total{outcome="dead-letter",task="${GATE}"}`]: 4,
      [`shopkeeper_events_total{outcome="processed",task="${PROFILE}"}`]: 2,
      [`shopkeeper_events_total{outcome="duplicate",task="${PROFILE}"}`]: 1,
    })
    expect(all.get('shopkeeper_dead_letters_total{reason="not-json"}')).toBe(3)
    expect(all.get('shopkeeper_dead_letters_total{reason="too-large"}')).toBe(0)
  })

  test('deals, revenue and encounters, by the words that they were counted by', async () => {
    const counts = {
      deals: new Map([['met won', 2]]),
      dealValue: new Map([['met EUR', 12.5]]),
      dealsValued: new Map([['met EUR', 2]]),
      revenue: new Map([['other true EUR', 12.5]]),
      encounters: new Map([['web good', 3]]),
    }
    const all = await scraped(
      metricsAfter(committed(PROFILE, counts), committed(PROFILE, counts)),
      processStatus(),
    )
    const risen = [...all].filter(
      ([series, n]) => n > 0 && /^shopkeeper_(deal|revenue|encounters)/.test(series),
    )
    expect(Object.fromEntries(risen)).toEqual({
      'shopkeeper_deals_total{how="met",outcome="won"}': 4,
      'shopkeeper_deal_value_total{currency="EUR",how="met"}': 25,
      'shopkeeper_deals_valued_total{currency="EUR",how="met"}': 4,
      'shopkeeper_revenue_total{channel="other",currency="EUR",online_influenced="true"}': 25,
      'shopkeeper_encounters_total{channel="web",quality="good"}': 6,
    })
    expect(all.get('shopkeeper_deals_total{how="warmed-lead",outcome="lost"}')).toBe(0)
  })

  test('what retention took of sources, over all of them', async () => {
    const skipped = (partition: number, from: number, to: number): Observation => ({
      kind: 'skipped',
      topic: 'web',
      partition,
      from,
      to,
    })
    const all = await scraped(metricsAfter(skipped(0, 5, 9), skipped(3, 0, 2)), processStatus())
    expect(all.get('shopkeeper_skipped_offsets_total')).toBe(6)
  })

  test('people who merge do not make a counter fall', async () => {
    const first = committed(GATE, { people: 5, merges: 0 })
    const second = committed(GATE, { people: -2, merges: 3 })
    const all = await scraped(metricsAfter(first, second), processStatus())
    expect(among(all, 'people_')).toEqual({
      shopkeeper_people_created_total: 6,
      shopkeeper_people_merged_total: 3,
    })
  })

  test('a reason that is on no list is no label', async () => {
    const odd = committed(PROFILE, { suppressed: new Map([['ann@example.org said no', 2]]) })
    const text = await metricsAfter(odd).text(processStatus())
    expect(text).toMatch(/^shopkeeper_offers_suppressed_total\{reason="other",.*\} 2$/m)
    expect(text).not.toContain('ann@example.org')
  })

  test('durations of the phases: buckets are cumulative, equality is in', async () => {
    const slow = { ...committed(PROFILE), commitMs: 25, foldMs: 20_000 }
    const all = await scraped(metricsAfter(committed(PROFILE), slow, committed(GATE)), processStatus())
    const bucket = (stage: string, phase: string, le: string): number | undefined =>
      all.get(`shopkeeper_commit_phase_duration_seconds_bucket{le="${le}",phase="${phase}",stage="${stage}"}`)
    expect([
      bucket('profile', 'commit', '0.01'),
      bucket('profile', 'commit', '0.025'),
      bucket('profile', 'commit', '+Inf'),
    ]).toEqual([0, 2, 2])
    expect([bucket('profile', 'fold', '10'), bucket('profile', 'fold', '+Inf')]).toEqual([1, 2])
    expect(bucket('identify', 'apply', '0.001')).toBe(1)
    const sum = 'shopkeeper_commit_phase_duration_seconds_sum{phase="commit",stage="profile"}'
    expect(all.get(sum)).toBeCloseTo(0.037)
  })

  test('transactions, openings, closings and rebalances by outcome', async () => {
    const all = await scraped(
      metricsAfter(
        { kind: 'assigned', generation: 4, lanes: 3, gained: 3, lost: 0 },
        { kind: 'restoring', task: PROFILE, remaining: 10 },
        { kind: 'opened', task: PROFILE, rebuilt: true, restored: 10, tookMs: 1500 },
        { kind: 'uncommitted', task: PROFILE, outcome: 'unknown' },
        { kind: 'closed', task: PROFILE, outcome: 'failed', reason: 'the broker went away' },
        { kind: 'opened', task: PROFILE, rebuilt: false, restored: 0, tookMs: 500 },
        committed(PROFILE),
        { kind: 'uncommitted', task: PROFILE, outcome: 'fenced' },
        { kind: 'closed', task: PROFILE, outcome: 'fenced', reason: 'another has it' },
        { kind: 'assigned', generation: 5, lanes: 1, gained: 0, lost: 2 },
      ),
      processStatus(),
    )
    const nonZero = (start: string): Record<string, number> =>
      Object.fromEntries(Object.entries(among(all, start)).filter(([, n]) => n > 0))
    const task = `task="${PROFILE}"`
    expect(nonZero('transactions_total')).toEqual({
      [`shopkeeper_transactions_total{outcome="committed",${task}}`]: 1,
      [`shopkeeper_transactions_total{outcome="fenced",${task}}`]: 1,
      [`shopkeeper_transactions_total{outcome="unknown",${task}}`]: 1,
    })
    expect(nonZero('task_opened_total')).toEqual({
      [`shopkeeper_task_opened_total{rebuilt="true",${task}}`]: 1,
      [`shopkeeper_task_opened_total{rebuilt="false",${task}}`]: 1,
    })
    expect(nonZero('task_closed_total')).toEqual({
      [`shopkeeper_task_closed_total{outcome="failed",${task}}`]: 1,
      [`shopkeeper_task_closed_total{outcome="fenced",${task}}`]: 1,
    })
    expect(all.get(`shopkeeper_task_open_seconds_total{${task}}`)).toBe(2)
    expect(all.get(`shopkeeper_restored_records_total{${task}}`)).toBe(10)
    expect(among(all, 'group_')).toMatchObject({
      shopkeeper_group_rebalances_total: 2,
      'shopkeeper_group_tasks_moved_total{direction="gained"}': 3,
      'shopkeeper_group_tasks_moved_total{direction="lost"}': 2,
    })
  })
})

describe('how the process stands', () => {
  const tasks = (...all: readonly Parameters<typeof taskStatus>[0][]): ProcessStatus =>
    processStatus({ tasks: all.map((more) => taskStatus(more)) })
  const task = `task="${PROFILE}"`

  test('a task is in one state', async () => {
    const all = await scraped(metricsAfter(), tasks({ state: 'restoring', restoreRemaining: 120 }))
    const states = Object.entries(among(all, 'task_state'))
    expect(states).toHaveLength(5)
    expect(states.filter(([, n]) => n === 1)).toEqual([
      [`shopkeeper_task_state{state="restoring",${task}}`, 1],
    ])
    expect(all.get(`shopkeeper_restore_remaining_records{${task}}`)).toBe(120)
  })

  test('so many series as docs/operations.md says, at most', async () => {
    const seriesOf = async (partitions: number): Promise<number> => {
      const ids = Array.from({ length: partitions }, (_, i) => `shopkeeper.shop.profile.${i}`)
      const lane = { topic: 'shopkeeper.shop.profile', position: 1, stable: 1, high: 1 }
      const profiles = ids.map((id, partition) => taskStatus({ task: id, inputs: [{ ...lane, partition }] }))
      const sources = [0, 1, 2].map((partition) => ({ ...lane, topic: 'web', partition }))
      const gate = taskStatus({ task: GATE, holder: 'web/0', inputs: sources })
      const metrics = metricsAfter(...[GATE, ...ids].map((id) => committed(id)))
      const all = await scraped(metrics, processStatus({ tasks: [gate, ...profiles] }))
      return [...all.keys()].filter((series) => series.startsWith('shopkeeper_')).length
    }
    const bound = (partitions: number): number => 35 * (partitions + 1) + 2 * (partitions + 3) + 300
    expect(textOf('docs/operations.md')).toContain('35 (P + 1) + 2 (P + S) + 300')
    expect(await seriesOf(8)).toBeLessThanOrEqual(bound(8))
    expect((await seriesOf(8)) - (await seriesOf(1))).toBe(7 * (35 + 2))
  })

  test('a task that went away leaves no gauge behind, and its counters stay', async () => {
    const metrics = metricsAfter(committed(PROFILE))
    await metrics.text(processStatus())
    const all = await scraped(metrics, processStatus({ tasks: [] }))
    expect(among(all, 'task_state')).toEqual({})
    expect(all.get(`shopkeeper_records_read_total{${task}}`)).toBe(7)
  })

  test('lag ends at what is committed; what is behind an open transaction is shown by itself', async () => {
    const lane = { topic: 'web', partition: 1 }
    const all = await scraped(
      metricsAfter(),
      tasks({ inputs: [{ ...lane, position: 40, stable: 50, high: 56 }] }, { inputs: [] }),
    )
    const labels = `partition="1",${task},topic="web"`
    expect(all.get(`shopkeeper_input_lag_records{${labels}}`)).toBe(10)
    expect(all.get(`shopkeeper_input_stalled_records{${labels}}`)).toBe(6)
    const empty = tasks({ inputs: [{ ...lane, position: EARLIEST, stable: 0, high: 0 }] })
    const lag = `shopkeeper_input_lag_records{${labels}}`
    expect((await scraped(metricsAfter(), empty)).get(lag)).toBe(0)
    const unknown = tasks({ inputs: [{ ...lane, position: 40, stable: -1, high: -1 }] })
    expect(among(await scraped(metricsAfter(), unknown), 'input_')).toEqual({})
  })

  test('event time: the watermark, how far behind it is, who holds it, and timers that should have fired', async () => {
    const all = await scraped(
      metricsAfter(),
      tasks({ watermark: 90_000, nextTimer: 88_000, holder: 'web/1' }),
    )
    expect(among(all, 'watermark_')).toEqual({
      [`shopkeeper_watermark_timestamp_seconds{${task}}`]: 90,
      [`shopkeeper_watermark_holder_info{holder="web/1",${task}}`]: 1,
    })
    expect(all.get(`shopkeeper_event_time_lag_seconds{${task}}`)).toBe(10)
    expect(all.get(`shopkeeper_timer_lateness_seconds{${task}}`)).toBe(2)
    const early = await scraped(metricsAfter(), tasks({ watermark: BEGINNING, nextTimer: undefined }))
    expect(among(early, 'watermark_')).toEqual({})
    expect(among(early, 'event_time_lag')).toEqual({})
    expect(early.get(`shopkeeper_timer_lateness_seconds{${task}}`)).toBe(0)
  })

  test('group and store; a run without them shows nothing of them', async () => {
    const store = {
      up: true,
      memoryBytes: 7,
      memoryBytesMax: 9,
      evictionPolicy: 'made-up',
      evictedKeys: 2,
      latencyMs: 5,
    }
    const all = await scraped(metricsAfter(), processStatus({ store }))
    expect(among(all, 'store_')).toEqual({
      shopkeeper_store_up: 1,
      shopkeeper_store_latency_seconds: 0.005,
      shopkeeper_store_memory_bytes: 7,
      shopkeeper_store_memory_max_bytes: 9,
      'shopkeeper_store_eviction_policy_info{policy="other"}': 1,
      shopkeeper_store_evicted_keys_total: 2,
    })
    expect(among(all, 'group_')).toMatchObject({
      shopkeeper_group_member: 1,
      shopkeeper_group_generation: 5,
      shopkeeper_group_lanes_assigned: 8,
    })
    const down = await scraped(metricsAfter(), processStatus({ store: { ...store, up: false } }))
    expect(among(down, 'store_')).toEqual({ shopkeeper_store_up: 0 })
    const alone = await scraped(metricsAfter(), processStatus({ group: undefined, store: undefined }))
    expect(among(alone, 'store_')).toEqual({})
    expect(alone.has('shopkeeper_group_member')).toBe(false)
  })
})
