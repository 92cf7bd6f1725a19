/** The samples of one scrape: what was counted, and how the process stands at this moment. */
import { BEGINNING, type EpochMs, SECOND_MS } from '../../model/time.ts'
import {
  CHANNELS,
  DEAL_OUTCOMES,
  HOWS,
  INFLUENCES,
  NO_CURRENCY,
  QUALITIES,
} from '../../runtime/business-counts.ts'
import {
  addCounts,
  type Counts,
  newCounts,
  type ProcessStatus,
  type TaskStatus,
} from '../../runtime/ports/observer.ts'
import {
  CLOSINGS,
  ERASE_OUTCOMES,
  EVICTION_POLICIES,
  OTHER,
  PHASES,
  REFUSALS,
  STAGES,
  SUPPRESSIONS,
  TASK_STATES,
  wordOf,
} from './labels.ts'
import type { Metric } from './metric.ts'
import { METRICS } from './metrics.ts'
import { BUCKETS, type Durations } from './phases.ts'
import type { Tally, TaskTally } from './tally.ts'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of a histogram: the series that it belongs to. */
  readonly metricName?: string
}

/** By the name of the metric. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

export interface Moment {
  readonly tally: Tally
  readonly status: ProcessStatus
  readonly now: EpochMs
  readonly version: string
}

type Put = <Label extends string>(
  metric: Metric<Label>,
  labels: Readonly<Record<Label, string>>,
  value: number,
) => void

export function samplesOf({ tally, status, now, version }: Moment): Samples {
  const samples = new Map<string, Sample[]>()
  const add = ({ name }: Metric, sample: Sample): void => {
    const list = samples.get(name)
    if (list === undefined) samples.set(name, [sample])
    else list.push(sample)
  }
  const put: Put = (metric, labels, value) => add(metric, { labels, value })
  put(METRICS.build, { version, node: process.version }, 1)
  for (const [task, counted] of tally.tasks) countedOf(task, counted, put)
  for (const stage of STAGES)
    for (const phase of PHASES)
      for (const sample of histogramOf(METRICS.phases, { stage, phase }, tally.phases[stage][phase]))
        add(METRICS.phases, sample)
  outcomesOf(tally, put)
  put(METRICS.skipped, {}, tally.source.skipped)
  for (const task of status.tasks) statusOf(task, now, put)
  processOf(status, tally, put)
  return samples
}

function countedOf(task: string, counted: TaskTally, put: Put): void {
  const { counts } = counted
  put(METRICS.recordsRead, { task }, counts.records)
  put(METRICS.recordsAppended, { task }, counted.appended)
  put(METRICS.bytesAppended, { task }, counted.bytes)
  put(METRICS.eventsRead, { task }, counts.events)
  put(METRICS.events, { task, outcome: 'processed' }, counts.processed)
  put(METRICS.events, { task, outcome: 'duplicate' }, counts.duplicates)
  put(METRICS.events, { task, outcome: 'late' }, counts.late)
  put(METRICS.events, { task, outcome: 'dead-letter' }, sumOf(counts.deadLetters))
  put(METRICS.events, { task, outcome: 'suppressed' }, counts.eventsSuppressed)
  put(METRICS.timersFired, { task }, counts.timersFired)
  put(METRICS.transactions, { task, outcome: 'committed' }, counted.committed)
  put(METRICS.transactions, { task, outcome: 'fenced' }, counted.fenced)
  put(METRICS.transactions, { task, outcome: 'unknown' }, counted.unknown)
  put(METRICS.statesWritten, { task }, counted.states)
  put(METRICS.stateBytes, { task }, counted.stateBytes)
  put(METRICS.opened, { task, rebuilt: 'false' }, counted.opened)
  put(METRICS.opened, { task, rebuilt: 'true' }, counted.rebuilt)
  put(METRICS.openSeconds, { task }, counted.openMs / SECOND_MS)
  put(METRICS.restored, { task }, counted.restored)
  for (const outcome of CLOSINGS) put(METRICS.closed, { task, outcome }, counted.closed[outcome])
}

/** What all tasks together brought about; from the first scrape on at 0, so that the first one counts as a rise. */
function outcomesOf(tally: Tally, put: Put): void {
  const total = newCounts()
  for (const { counts } of tally.tasks.values()) addCounts(total, counts)
  put(METRICS.operatorLate, {}, total.operatorLate)
  put(METRICS.fellOut, {}, total.fellOut)
  // `people` counts down with every merge; a counter must not.
  put(METRICS.peopleCreated, {}, total.people + total.merges)
  put(METRICS.peopleMerged, {}, total.merges)
  put(METRICS.sessions, {}, total.sessions)
  put(METRICS.triggers, {}, total.triggers)
  put(METRICS.retracted, {}, total.retracted)
  put(METRICS.decisions, {}, total.decisions)
  put(METRICS.offers, {}, total.offers)
  put(METRICS.revoked, {}, total.revoked)
  for (const [reason, n] of byWord(REFUSALS, total.deadLetters)) put(METRICS.deadLetters, { reason }, n)
  for (const [outcome, n] of byWord(ERASE_OUTCOMES, total.eraseOrders))
    put(METRICS.eraseOrders, { outcome }, n)
  for (const [reason, n] of byWord(SUPPRESSIONS, total.suppressed)) put(METRICS.suppressed, { reason }, n)
  businessOf(total, put)
}

/** What is on no list was counted as `other` already. */
function businessOf({ deals, dealValue, dealsValued, revenue, encounters }: Counts, put: Put): void {
  for (const [[how = '', outcome = ''], n] of byKey(keysOf(HOWS, DEAL_OUTCOMES), deals))
    put(METRICS.deals, { how, outcome }, n)
  for (const [[how = '', currency = ''], n] of byKey(keysOf(HOWS, [NO_CURRENCY]), dealValue))
    put(METRICS.dealValue, { how, currency }, n)
  for (const [[how = '', currency = ''], n] of byKey(keysOf(HOWS, [NO_CURRENCY]), dealsValued))
    put(METRICS.dealsValued, { how, currency }, n)
  const sales = byKey(keysOf(CHANNELS, INFLUENCES, [NO_CURRENCY]), revenue)
  for (const [[channel = '', influenced = '', currency = ''], n] of sales)
    put(METRICS.revenue, { channel, online_influenced: influenced, currency }, n)
  for (const [[channel = '', quality = ''], n] of byKey(keysOf(CHANNELS, QUALITIES), encounters))
    put(METRICS.encounters, { channel, quality }, n)
}

/** Every way to take one word of each list. */
function keysOf(...lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = lists
  if (rest.length === 0) return first
  return first.flatMap((word) => keysOf(...rest).map((key) => `${word} ${key}`))
}

/** What was counted by words that are joined by a blank, with 0 for those keys that were not. */
function byKey(
  keys: readonly string[],
  counted: ReadonlyMap<string, number>,
): readonly (readonly [readonly string[], number])[] {
  const all = new Map([...keys.map((key) => [key, 0] as const), ...counted])
  return [...all].map(([key, n]) => [key.split(' '), n])
}

function statusOf(status: TaskStatus, now: EpochMs, put: Put): void {
  const { task, watermark, nextTimer, holder } = status
  for (const state of TASK_STATES) put(METRICS.taskState, { task, state }, status.state === state ? 1 : 0)
  put(METRICS.unmoved, { task }, Math.max(0, now - status.movedAt) / SECOND_MS)
  put(METRICS.statesInMemory, { task }, status.cachedStates)
  put(METRICS.restoreRemaining, { task }, status.restoreRemaining)
  put(METRICS.timersPending, { task }, status.timersPending)
  put(
    METRICS.timerLateness,
    { task },
    nextTimer === undefined ? 0 : Math.max(0, watermark - nextTimer) / SECOND_MS,
  )
  if (watermark > BEGINNING) {
    put(METRICS.watermark, { task }, watermark / SECOND_MS)
    put(METRICS.eventTimeLag, { task }, (now - watermark) / SECOND_MS)
  }
  if (holder !== undefined) put(METRICS.holder, { task, holder }, 1)
  for (const { topic, partition, position, stable, high } of status.inputs) {
    // Not known before the log has answered: no sample is better than one that says that all is well.
    if (stable < 0) continue
    const labels = { task, topic, partition: String(partition) }
    // A lane that was never read is read from wherever it begins, which is mostly 0.
    put(METRICS.lag, labels, Math.max(0, stable - Math.max(0, position)))
    put(METRICS.stalled, labels, Math.max(0, high - stable))
  }
}

function processOf({ group, store }: ProcessStatus, tally: Tally, put: Put): void {
  put(METRICS.rebalances, {}, tally.group.rebalances)
  put(METRICS.tasksMoved, { direction: 'gained' }, tally.group.gained)
  put(METRICS.tasksMoved, { direction: 'lost' }, tally.group.lost)
  if (group !== undefined) {
    put(METRICS.member, {}, group.member ? 1 : 0)
    put(METRICS.generation, {}, group.generation)
    put(METRICS.lanes, {}, group.lanes)
  }
  if (store !== undefined) {
    put(METRICS.storeUp, {}, store.up ? 1 : 0)
    // What a store that does not answer has said before, or has not said, is no fact of now.
    if (!store.up) return
    put(METRICS.storeMemory, {}, store.memoryBytes)
    put(METRICS.storeMemoryMax, {}, store.memoryBytesMax)
    put(METRICS.storePolicy, { policy: wordOf(EVICTION_POLICIES, store.evictionPolicy) }, 1)
    put(METRICS.storeEvicted, {}, store.evictedKeys)
    if (store.latencyMs !== undefined) put(METRICS.storeLatency, {}, store.latencyMs / SECOND_MS)
  }
}

function histogramOf(
  { name }: Metric,
  labels: Readonly<Record<string, string>>,
  durations: Durations,
): Sample[] {
  const samples: Sample[] = []
  let count = 0
  durations.counts.forEach((n, i) => {
    count += n
    const le = i < BUCKETS.length ? String(BUCKETS[i]) : '+Inf'
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count })
  })
  samples.push({ metricName: `${name}_sum`, labels, value: durations.sumMs / SECOND_MS })
  samples.push({ metricName: `${name}_count`, labels, value: count })
  return samples
}

/** Every word of the list, and `other` where there is any. */
function byWord(list: readonly string[], counted: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const words = new Map(list.map((word) => [word, counted.get(word) ?? 0]))
  for (const [word, n] of counted) if (!words.has(word)) words.set(OTHER, (words.get(OTHER) ?? 0) + n)
  return words
}

function sumOf(counted: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const n of counted.values()) sum += n
  return sum
}
