/**
 * The metric registry: every metric that the program, its dashboard and its alerts speak of, as data.
 *
 * 1. `/metrics`, the table in docs/operations.md, the dashboard and the tests are made from this list, and from nothing else.
 * 2. A label is the name of a task, lane, stage or source partition, or a word of a list that is closed (`labels.ts`). Nothing
 *    that an event says can become one: no person is in a label, and the number of series has a bound that is known before.
 * 3. Base units (seconds, bytes); a counter ends in `_total`. Every series also has the label `topology`.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram'

/** What a table or a row of panels shows together. */
export type MetricGroup =
  | 'input'
  | 'time'
  | 'commits'
  | 'tasks'
  | 'group'
  | 'store'
  | 'people'
  | 'offers'
  | 'business'
  | 'process'

/** `flag`: 1 where it holds, else 0. */
export type MetricUnit = 'seconds' | 'bytes' | 'count' | 'flag'

export interface Metric<Label extends string = string> {
  /** As it is exposed. */
  readonly name: string
  readonly type: MetricType
  readonly unit: MetricUnit
  readonly labels: readonly Label[]
  readonly group: MetricGroup
  /** One sentence. */
  readonly help: string
}

const PREFIX = 'shopkeeper_'

const of =
  (type: MetricType, prefix: string) =>
  <const Label extends string = never>(
    group: MetricGroup,
    name: string,
    unit: MetricUnit,
    labels: readonly Label[],
    help: string,
  ): Metric<Label> => ({ name: prefix + name, type, unit, labels, group, help })

const counter = of('counter', PREFIX)
const gauge = of('gauge', PREFIX)
const histogram = of('histogram', PREFIX)

export const METRICS = {
  recordsRead: counter(
    'input',
    'records_read_total',
    'count',
    ['task'],
    'Input records covered by commits, marks included.',
  ),
  recordsAppended: counter(
    'input',
    'records_appended_total',
    'count',
    ['task'],
    'Records appended by commits, changelog included.',
  ),
  bytesAppended: counter(
    'input',
    'appended_bytes_total',
    'bytes',
    ['task'],
    'Bytes appended by commits, changelog included.',
  ),
  eventsRead: counter(
    'input',
    'events_read_total',
    'count',
    ['task'],
    'Source records that the gate took in, refused ones included.',
  ),
  events: counter(
    'input',
    'events_total',
    'count',
    ['task', 'outcome'],
    'Events by what became of them: processed, duplicate, late (past grace), dead-letter, suppressed (of who asked to be forgotten).',
  ),
  deadLetters: counter('input', 'dead_letters_total', 'count', ['reason'], 'Refused records, by reason.'),
  skipped: counter(
    'input',
    'skipped_offsets_total',
    'count',
    [],
    'Offsets of sources gone over by SHOPKEEPER_SKIP_LOST: retention took them before they were read.',
  ),
  operatorLate: counter(
    'input',
    'operator_late_events_total',
    'count',
    [],
    "Events within grace that came too late by an operator's own rule.",
  ),
  fellOut: counter(
    'input',
    'operator_fell_out_total',
    'count',
    [],
    'Parts of states that fell out because what an operator keeps of a person is bounded: oldest first.',
  ),
  lag: gauge(
    'input',
    'input_lag_records',
    'count',
    ['task', 'topic', 'partition'],
    'Offsets between the reader and the end of what is committed (the last stable offset).',
  ),
  stalled: gauge(
    'input',
    'input_stalled_records',
    'count',
    ['task', 'topic', 'partition'],
    'Offsets between the last stable offset and the end: behind a transaction that its writer has not ended.',
  ),

  watermark: gauge(
    'time',
    'watermark_timestamp_seconds',
    'seconds',
    ['task'],
    'Event time below which no event on time is expected; absent before the first event.',
  ),
  eventTimeLag: gauge(
    'time',
    'event_time_lag_seconds',
    'seconds',
    ['task'],
    'Clock time minus watermark; absent before the first event.',
  ),
  holder: gauge(
    'time',
    'watermark_holder_info',
    'flag',
    ['task', 'holder'],
    'The source partition whose clock is furthest behind, which holds time back for all.',
  ),
  timersPending: gauge('time', 'timers_pending', 'count', ['task'], 'Timers that wait for the watermark.'),
  timerLateness: gauge(
    'time',
    'timer_lateness_seconds',
    'seconds',
    ['task'],
    'How far the watermark is past the earliest timer that has not fired; 0: none is due.',
  ),
  timersFired: counter('time', 'timers_fired_total', 'count', ['task'], 'Timers fired.'),

  phases: histogram(
    'commits',
    'commit_phase_duration_seconds',
    'seconds',
    ['stage', 'phase'],
    'What the parts of a commit took: fold (the operators), commit (the transaction), apply (the state store).',
  ),
  transactions: counter(
    'commits',
    'transactions_total',
    'count',
    ['task', 'outcome'],
    'Transactions: committed, fenced (another has the task), unknown (the task is opened again and reads what happened).',
  ),
  statesWritten: counter(
    'commits',
    'states_written_total',
    'count',
    ['task'],
    'Keyed states written or deleted.',
  ),
  stateBytes: counter(
    'commits',
    'state_written_bytes_total',
    'bytes',
    ['task'],
    'Bytes of the states written.',
  ),

  taskState: gauge(
    'tasks',
    'task_state',
    'flag',
    ['task', 'state'],
    '1 for the state of the task, 0 for the others: opening, restoring, running, waiting, closed.',
  ),
  unmoved: gauge(
    'tasks',
    'task_unmoved_seconds',
    'seconds',
    ['task'],
    'Time since the loop of the task came round, or its opening made a step.',
  ),
  statesInMemory: gauge(
    'tasks',
    'states_in_memory',
    'count',
    ['task'],
    'Keyed states in memory; of the gate, everybody who is known.',
  ),
  restoreRemaining: gauge(
    'tasks',
    'restore_remaining_records',
    'count',
    ['task'],
    'Changelog records left to read before the task runs.',
  ),
  restored: counter(
    'tasks',
    'restored_records_total',
    'count',
    ['task'],
    'Changelog records read by openings.',
  ),
  opened: counter(
    'tasks',
    'task_opened_total',
    'count',
    ['task', 'rebuilt'],
    'Openings; rebuilt: the store was filled anew from the changelog.',
  ),
  openSeconds: counter(
    'tasks',
    'task_open_seconds_total',
    'seconds',
    ['task'],
    'Time spent in openings that succeeded.',
  ),
  closed: counter(
    'tasks',
    'task_closed_total',
    'count',
    ['task', 'outcome'],
    'Closings: stopped, revoked (moved to another process), fenced (taken over), failed.',
  ),

  member: gauge('group', 'group_member', 'flag', [], '1 while the process is a member of its group.'),
  generation: gauge(
    'group',
    'group_generation',
    'count',
    [],
    'Generation of the group that the process is in.',
  ),
  lanes: gauge('group', 'group_lanes_assigned', 'count', [], 'Input lanes assigned to this process.'),
  rebalances: counter('group', 'group_rebalances_total', 'count', [], 'Assignments received.'),
  tasksMoved: counter(
    'group',
    'group_tasks_moved_total',
    'count',
    ['direction'],
    'Tasks gained and lost by assignments.',
  ),

  storeUp: gauge('store', 'store_up', 'flag', [], '1 while the state store answers.'),
  storeMemory: gauge(
    'store',
    'store_memory_bytes',
    'bytes',
    [],
    'Memory that the state store uses, by its own account.',
  ),
  storeMemoryMax: gauge('store', 'store_memory_max_bytes', 'bytes', [], 'Its limit; 0: none.'),
  storePolicy: gauge(
    'store',
    'store_eviction_policy_info',
    'flag',
    ['policy'],
    'What the store does when its memory is full; any but noeviction throws states away, which then have to be rebuilt.',
  ),
  storeEvicted: counter(
    'store',
    'store_evicted_keys_total',
    'count',
    [],
    'Keys that the store has evicted since it was started.',
  ),
  storeLatency: gauge(
    'store',
    'store_latency_seconds',
    'seconds',
    [],
    'What its answer to a PING took last.',
  ),

  peopleCreated: counter('people', 'people_created_total', 'count', [], 'Persons created.'),
  peopleMerged: counter('people', 'people_merged_total', 'count', [], 'Persons absorbed into another one.'),
  sessions: counter('people', 'sessions_closed_total', 'count', [], 'Sessions closed.'),

  triggers: counter('offers', 'triggers_fired_total', 'count', [], 'Triggers fired.'),
  retracted: counter('offers', 'triggers_retracted_total', 'count', [], 'Triggers taken back.'),
  decisions: counter('offers', 'decisions_total', 'count', [], 'Final decisions.'),
  offers: counter('offers', 'offers_emitted_total', 'count', [], 'Offers emitted.'),
  revoked: counter('offers', 'offers_revoked_total', 'count', [], 'Offers revoked.'),
  suppressed: counter(
    'offers',
    'offers_suppressed_total',
    'count',
    ['reason'],
    'Final decisions without an offer, by the reason of the best candidate.',
  ),

  deals: counter(
    'business',
    'deals_total',
    'count',
    ['how', 'outcome'],
    'Orders and deals by how they were sold (self-service, met, warmed-lead), won or lost; of attribution.',
  ),
  dealValue: counter(
    'business',
    'deal_value_total',
    'count',
    ['how', 'currency'],
    'What they brought, in whole units of the currency.',
  ),
  revenue: counter(
    'business',
    'revenue_total',
    'count',
    ['channel', 'online_influenced', 'currency'],
    'The same by where it was bought, and whether something online came before a purchase in person.',
  ),
  encounters: counter(
    'business',
    'encounters_total',
    'count',
    ['channel', 'quality'],
    'Encounters by channel and quality: bad (-0.3 and below), neutral, good (0.3 and above).',
  ),

  build: gauge('process', 'build_info', 'flag', ['version', 'node'], 'Version of the program and of Node.'),
  // Of prom-client's, under the names that they have in every Node process.
  cpu: of('counter', 'process_')('process', 'cpu_seconds_total', 'seconds', [], 'CPU time of the process.'),
  memory: of('gauge', 'process_')('process', 'resident_memory_bytes', 'bytes', [], 'Resident memory.'),
  started: of('gauge', 'process_')(
    'process',
    'start_time_seconds',
    'seconds',
    [],
    'When the process was started.',
  ),
  openFiles: of('gauge', 'process_')(
    'process',
    'open_fds',
    'count',
    [],
    'Open file descriptors, connections among them.',
  ),
  openFilesMax: of('gauge', 'process_')('process', 'max_fds', 'count', [], 'Their limit.'),
  heapUsed: of('gauge', 'nodejs_')('process', 'heap_size_used_bytes', 'bytes', [], 'Heap in use.'),
  heapTotal: of('gauge', 'nodejs_')('process', 'heap_size_total_bytes', 'bytes', [], 'Heap held.'),
  external: of('gauge', 'nodejs_')(
    'process',
    'external_memory_bytes',
    'bytes',
    [],
    'Memory outside of the heap, buffers among it.',
  ),
  loopDelayMedian: of('gauge', 'nodejs_')(
    'process',
    'eventloop_lag_p50_seconds',
    'seconds',
    [],
    'Delay of the event loop since the scrape before, median; about 0.01 is rest.',
  ),
  loopDelay: of('gauge', 'nodejs_')(
    'process',
    'eventloop_lag_p99_seconds',
    'seconds',
    [],
    'The same, 99th percentile.',
  ),
  gc: of('histogram', 'nodejs_')(
    'process',
    'gc_duration_seconds',
    'seconds',
    ['kind'],
    'Pauses for garbage collection.',
  ),
}

/** Whether the program fills it itself; the others are prom-client's. */
export const isOwn = ({ name }: Metric): boolean => name.startsWith(PREFIX)
