/** The panels of the dashboard, row by row: each with its queries, legend and unit. `m`: the metric registry. */
import { increase, max, min, quantile, rate, rateOfSum, series, sum } from './dashboard-queries.mjs'

const IDENTIFY = { task: '=~".+\\\\.identify"' }

/** A panel over time. Queries are pairs of expression and legend. */
const graph = (title, unit, queries, more = {}) => ({ kind: 'timeseries', title, unit, queries, ...more })
/** One number, with the value from which it is red (or below which, with `below`). */
const stat = (title, unit, query, thresholds, more = {}) => ({
  kind: 'stat',
  title,
  unit,
  queries: [[query, '']],
  thresholds,
  ...more,
})

const AT_A_GLANCE = (m) => [
  stat('Gate running', 'short', sum(m.taskState, { match: { ...IDENTIFY, state: '="running"' } }), {
    below: 1,
  }),
  stat('Tasks not running', 'short', sum(m.taskState, { match: { state: '!="running"' } }), { from: 1 }),
  stat('Event-time lag', 's', max(m.eventTimeLag), { from: 300 }),
  stat('Input lag', 'short', sum(m.lag), { from: 100_000 }),
  stat('Events per second', 'cps', rate(m.eventsRead)),
  stat('Offers in the last hour', 'short', increase(m.offers, { window: '1h' })),
  stat('Dead letters in the last hour', 'short', increase(m.deadLetters, { window: '1h' }), { from: 1 }),
  stat('State store', 'short', min(m.storeUp), { below: 1 }),
]

const INPUT = (m) => [
  graph('Events taken in', 'cps', [[rate(m.eventsRead), 'events']]),
  graph('Events by outcome', 'cps', [[rate(m.events, { by: ['outcome'] }), '{{outcome}}']], { stack: true }),
  graph('Dead letters by reason', 'cps', [[rate(m.deadLetters, { by: ['reason'] }), '{{reason}}']], {
    stack: true,
  }),
  graph('Late by the rule of an operator; fallen out of a state; lost to retention', 'cps', [
    [rate(m.operatorLate), 'late'],
    [rate(m.fellOut), 'fell out'],
    [rate(m.skipped), 'lost'],
  ]),
  graph('Orders to erase in the last hour', 'short', [
    [increase(m.eraseOrders, { window: '1h', by: ['outcome'] }), '{{outcome}}'],
  ]),
  graph('Input lag by topic', 'short', [[sum(m.lag, { by: ['topic'] }), '{{topic}}']]),
  graph('Input lag, worst lanes', 'short', [[`topk(5, ${series(m.lag)})`, '{{topic}}/{{partition}}']]),
  graph('Behind open transactions', 'short', [[`topk(5, ${series(m.stalled)})`, '{{topic}}/{{partition}}']]),
  graph('Records read and appended', 'cps', [
    [rate(m.recordsRead), 'read'],
    [rate(m.recordsAppended), 'appended'],
  ]),
  graph('Bytes appended', 'Bps', [[rate(m.bytesAppended), 'appended']]),
]

const TIME = (m) => [
  graph('Event-time lag by task', 's', [[max(m.eventTimeLag, { by: ['task'] }), '{{task}}']]),
  graph('Watermark moves (seconds of event time per second)', 'short', [
    [`max by (task) (deriv(${series(m.watermark)}[5m]))`, '{{task}}'],
  ]),
  graph('Who holds time back', 'short', [[max(m.holder, { by: ['holder'] }), '{{holder}}']], { stack: true }),
  graph('Timers that wait', 'short', [[sum(m.timersPending, { by: ['task'] }), '{{task}}']], { stack: true }),
  graph('Lateness of the earliest timer', 's', [[max(m.timerLateness, { by: ['task'] }), '{{task}}']]),
  graph('Timers fired', 'cps', [[rate(m.timersFired), 'fired']]),
]

const COMMITS = (m) => [
  graph('Transactions by outcome', 'cps', [[rate(m.transactions, { by: ['outcome'] }), '{{outcome}}']]),
  graph('Phases of a commit, 99th percentile', 's', [
    [quantile(0.99, m.phases, { by: ['stage', 'phase'] }), '{{stage}} {{phase}}'],
  ]),
  graph('Phases of a commit, median', 's', [
    [quantile(0.5, m.phases, { by: ['stage', 'phase'] }), '{{stage}} {{phase}}'],
  ]),
  graph(
    'Time spent in each phase',
    's',
    [[rateOfSum(m.phases, { by: ['stage', 'phase'] }), '{{stage}} {{phase}}']],
    {
      stack: true,
    },
  ),
  graph('States written', 'cps', [[rate(m.statesWritten), 'states']]),
  graph('Bytes of states written', 'Bps', [[rate(m.stateBytes), 'bytes']]),
]

const TASKS = (m) => [
  graph('Tasks by state', 'short', [[sum(m.taskState, { by: ['state'] }), '{{state}}']], { stack: true }),
  graph('Time since a task moved', 's', [[max(m.unmoved, { by: ['task'] }), '{{task}}']]),
  graph('Left to restore', 'short', [[max(m.restoreRemaining, { by: ['task'] }), '{{task}}']]),
  graph('Restored', 'cps', [[rate(m.restored), 'records']]),
  graph('Openings', 'cps', [[rate(m.opened, { by: ['rebuilt'] }), 'rebuilt: {{rebuilt}}']]),
  graph('An opening takes on average', 's', [[`${rate(m.openSeconds)} / ${rate(m.opened)}`, 'opening']]),
  graph('Closings by outcome', 'cps', [[rate(m.closed, { by: ['outcome'] }), '{{outcome}}']]),
  graph('States in memory', 'short', [[sum(m.statesInMemory, { by: ['task'] }), '{{task}}']], {
    stack: true,
  }),
]

const GROUP = (m) => [
  graph('Members', 'short', [[sum(m.member, { by: ['instance'] }), '{{instance}}']], { stack: true }),
  graph('Lanes by instance', 'short', [[sum(m.lanes, { by: ['instance'] }), '{{instance}}']], {
    stack: true,
  }),
  graph('Generation', 'short', [[max(m.generation, { by: ['instance'] }), '{{instance}}']]),
  graph('Rebalances in ten minutes', 'short', [
    [increase(m.rebalances, { by: ['instance'], window: '10m' }), '{{instance}}'],
  ]),
  graph('Tasks moved in ten minutes', 'short', [
    [increase(m.tasksMoved, { by: ['direction'], window: '10m' }), '{{direction}}'],
  ]),
]

const STORE = (m) => [
  graph('State store answers', 'short', [[min(m.storeUp, { by: ['instance'] }), '{{instance}}']]),
  graph('Its latency', 's', [[max(m.storeLatency, { by: ['instance'] }), '{{instance}}']]),
  graph('Its memory', 'bytes', [
    [max(m.storeMemory), 'used'],
    [`${max(m.storeMemoryMax)} > 0`, 'limit'],
  ]),
  graph('Its eviction policy', 'short', [[max(m.storePolicy, { by: ['policy'] }), '{{policy}}']]),
  graph('Keys it evicted in ten minutes', 'short', [[increase(m.storeEvicted, { window: '10m' }), 'keys']]),
]

const PEOPLE = (m) => [
  graph('People', 'cps', [
    [rate(m.peopleCreated), 'created'],
    [rate(m.peopleMerged), 'merged'],
  ]),
  graph('Sessions closed', 'cps', [[rate(m.sessions), 'sessions']]),
]

const OFFERS = (m) => [
  graph('Triggers', 'cps', [
    [rate(m.triggers), 'fired'],
    [rate(m.retracted), 'retracted'],
  ]),
  graph('Decisions and offers', 'cps', [
    [rate(m.decisions), 'decisions'],
    [rate(m.offers), 'emitted'],
    [rate(m.revoked), 'revoked'],
  ]),
  graph('No offer, by reason', 'cps', [[rate(m.suppressed, { by: ['reason'] }), '{{reason}}']], {
    stack: true,
  }),
  graph('Share of decisions without an offer', 'percentunit', [
    [`${rate(m.suppressed)} / ${rate(m.decisions)}`, 'share'],
  ]),
]

const BUSINESS = (m) => [
  graph('Deals, by how they were sold', 'cps', [
    [rate(m.deals, { by: ['how', 'outcome'] }), '{{how}} {{outcome}}'],
  ]),
  graph('Close rate', 'percentunit', [
    [
      `${rate(m.deals, { by: ['how'], match: { outcome: '="won"' } })} / ${rate(m.deals, { by: ['how'] })}`,
      '{{how}}',
    ],
  ]),
  graph('Average value of a deal', 'short', [
    [
      `${rate(m.dealValue, { by: ['how', 'currency'] })} / ${rate(m.dealsValued, { by: ['how', 'currency'] })}`,
      '{{how}} {{currency}}',
    ],
  ]),
  graph('Revenue, by channel', 'short', [
    [rate(m.revenue, { by: ['channel', 'currency'] }), '{{channel}} {{currency}}'],
  ]),
  graph('Revenue with online influence', 'short', [
    [rate(m.revenue, { by: ['online_influenced', 'currency'] }), '{{online_influenced}} {{currency}}'],
  ]),
  graph('Encounters, by quality', 'cps', [
    [rate(m.encounters, { by: ['channel', 'quality'] }), '{{channel}} {{quality}}'],
  ]),
]

const PROCESS = (m) => [
  graph('CPU', 'percentunit', [[rate(m.cpu, { by: ['instance'] }), '{{instance}}']]),
  graph('Resident memory', 'bytes', [[max(m.memory, { by: ['instance'] }), '{{instance}}']]),
  graph('Heap and what is outside of it', 'bytes', [
    [max(m.heapUsed, { by: ['instance'] }), '{{instance}} used'],
    [max(m.heapTotal, { by: ['instance'] }), '{{instance}} held'],
    [max(m.external, { by: ['instance'] }), '{{instance}} external'],
  ]),
  graph('Delay of the event loop', 's', [
    [max(m.loopDelayMedian, { by: ['instance'] }), '{{instance}} median'],
    [max(m.loopDelay, { by: ['instance'] }), '{{instance}} 99th percentile'],
  ]),
  graph('Time in garbage collection', 'percentunit', [[rateOfSum(m.gc, { by: ['kind'] }), '{{kind}}']], {
    stack: true,
  }),
  graph('Open files and connections', 'short', [
    [max(m.openFiles, { by: ['instance'] }), '{{instance}}'],
    [min(m.openFilesMax), 'limit'],
  ]),
  graph('Up for', 's', [[`time() - ${max(m.started, { by: ['instance'] })}`, '{{instance}}']]),
  graph('Versions', 'short', [[sum(m.build, { by: ['version', 'node'] }), '{{version}} on Node {{node}}']], {
    stack: true,
  }),
]

/** Title of the row and its panels, in the order of the dashboard. */
export const rowsOf = (m) => [
  ['At a glance', AT_A_GLANCE(m)],
  ['Input', INPUT(m)],
  ['Event time', TIME(m)],
  ['Commits', COMMITS(m)],
  ['Tasks', TASKS(m)],
  ['Group', GROUP(m)],
  ['State store', STORE(m)],
  ['People', PEOPLE(m)],
  ['Triggers and offers', OFFERS(m)],
  ['Business', BUSINESS(m)],
  ['Process', PROCESS(m)],
]
