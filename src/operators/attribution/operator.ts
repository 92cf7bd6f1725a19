/**
 * attribution: says what led to an order, or to a deal that was closed.
 *
 * Promise (contracts, section 5 and A1 to A7): when the watermark reaches the order's time + grace, one `order.attributed` with the
 * touchpoints of the person in the `lookback` before the order, and what share each channel has in it by four ways of counting. A deal that
 * came to nothing gives `deal.lost` instead, so that both can be counted by how they were sold.
 *
 * Why so. An event is taken for as long as it is `grace` older than the watermark. So from order + grace on, nothing that is taken lies
 * before the order: what is emitted follows from the events alone, late ones too, and never has to be taken back. Touchpoints are kept as
 * they are and counted only when an order is decided, since orders are rare, and two people who become one simply have the touchpoints of both.
 *
 * Two timers a person: `orders`, for the first order that waits; `forget`, for the end of what is kept. The latter is left where it is by
 * what comes later, and set again when it fires too early, so that most events set no timer.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import { TOUCHPOINTS_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Operator, Step, TimerChange } from '../../model/operator.ts'
import { type EpochMs, formatTime } from '../../model/time.ts'
import {
  type AttributionConfig,
  attributionConfig,
  attributionProblems,
  type AttributionReady,
  prepareAttribution,
} from './config.ts'
import { compareOrders, countedOrders, firstReports, newest, orderOf } from './orders.ts'
import { sharesByModel } from './shares.ts'
import { type AttributionState, attributionState, type Counted, type Order } from './state.ts'
import { compareTraces, isOffline, KINDS, kindOf, type Trace, traceOf } from './touchpoint.ts'

const ORDERS = 'orders'
const FORGET = 'forget'
/** The channel of an order that does not say it, where there is nothing else to put it down to. */
const UNKNOWN = 'unknown'

/** What lies in the lookback before the order; what happened at its very moment did not lead to it. */
function before(traces: readonly Trace[], order: Order, { lookbackMs }: AttributionReady): readonly Trace[] {
  return traces.filter(({ at }) => at < order.at && at > order.at - lookbackMs)
}

function howOf({ served }: Order, traces: readonly Trace[]): string {
  if (traces.some((trace) => kindOf(trace).warming)) return 'warmed-lead'
  return served || traces.some((trace) => kindOf(trace).meeting) ? 'met' : 'self-service'
}

function draftOf(order: Order, traces: readonly Trace[], ready: AttributionReady): Draft {
  const { id, channel = null, total = null, currency = null } = order
  const time = order.at + ready.graceMs
  const led = before(traces, order, ready)
  const how = howOf(order, led)
  if (order.lost)
    return { type: 'deal.lost', time, data: { deal_id: id, channel, value: total, currency, how } }
  const touchpoints = led.filter((trace) => kindOf(trace).touch)
  const channels = touchpoints.length === 0 ? [channel ?? UNKNOWN] : touchpoints.map((trace) => trace.channel)
  const data = {
    order_id: id,
    channel,
    total,
    currency,
    how,
    online_influenced: isOffline(order.channel) && touchpoints.some((trace) => !isOffline(trace.channel)),
    touchpoints: touchpoints.map((trace) => ({
      channel: trace.channel,
      type: kindOf(trace).type,
      time: formatTime(trace.at),
      campaign: trace.campaign ?? null,
    })),
    shares: sharesByModel(channels),
  }
  return { type: 'order.attributed', time, data }
}

const dueOf = ([first]: readonly Order[], { graceMs }: AttributionReady): EpochMs | undefined =>
  first === undefined ? undefined : first.at + graceMs

/** Everything that a state is made of, before it is put in order and cut to what is kept. */
interface Parts {
  /** In their order. */
  readonly traces: readonly Trace[]
  readonly orders: readonly Order[]
  readonly counted: readonly Counted[]
}

/** How far back something may still lead to an order that is to come: one as old as the watermark less the grace. */
const floorOf = (watermark: EpochMs, { graceMs, lookbackMs }: AttributionReady): EpochMs =>
  watermark - graceMs - lookbackMs

function endOf({ traces, orders, counted }: Parts, { graceMs, lookbackMs }: AttributionReady) {
  const newest = [traces.at(-1), orders.at(-1), counted.at(-1)].flatMap((item) => item?.at ?? [])
  return newest.length === 0 ? undefined : Math.max(...newest) + graceMs + lookbackMs
}

function kept({ traces, orders, counted }: Parts, watermark: EpochMs, ready: AttributionReady) {
  const floor = floorOf(watermark, ready)
  // In order of time, so that mostly nothing is to be cut, and no list is made.
  const old = traces.findIndex(({ at }) => at > floor)
  const young = old === 0 ? traces : old < 0 ? [] : traces.slice(old)
  const tooMany = Math.max(0, young.length - TOUCHPOINTS_PER_PERSON_MAX)
  const known = newest(
    counted.some(({ at }) => at <= floor) ? counted.filter(({ at }) => at > floor) : counted,
  )
  const waiting = newest(orders)
  return {
    traces: tooMany === 0 ? young : young.slice(tooMany),
    orders: waiting.kept,
    counted: known.kept,
    fellOut: tooMany + waiting.fellOut + known.fellOut,
  }
}

function withTrace(traces: readonly Trace[], trace: Trace): readonly Trace[] {
  let place = traces.length
  while (place > 0 && compareTraces(traces[place - 1] as Trace, trace) > 0) place--
  return place === traces.length ? [...traces, trace] : traces.toSpliced(place, 0, trace)
}

function onEvent(
  state: AttributionState,
  event: StreamEvent,
  watermark: EpochMs,
  ready: AttributionReady,
): Step<AttributionState> | undefined {
  const trace = traceOf(event)
  const order = trace === undefined ? orderOf(event) : undefined
  if (trace === undefined && order === undefined) return undefined
  const { traces, orders, counted, fellOut } = kept(
    {
      traces: trace === undefined ? state.traces : withTrace(state.traces, trace),
      orders: order === undefined ? state.orders : [...state.orders, order].sort(compareOrders),
      counted: state.counted,
    },
    watermark,
    ready,
  )
  const forgetAt = state.forgetAt ?? endOf({ traces, orders, counted }, ready)
  const timers: TimerChange[] = []
  const due = dueOf(orders, ready)
  if (due !== dueOf(state.orders, ready)) timers.push({ name: ORDERS, due })
  if (forgetAt !== state.forgetAt) timers.push({ name: FORGET, due: forgetAt })
  return { state: { traces, orders, counted, forgetAt }, timers, fellOut }
}

/** The state with both timers where they belong, whatever they were before. */
function settled(parts: Parts, watermark: EpochMs, ready: AttributionReady): Step<AttributionState> {
  const { traces, orders, counted, fellOut } = kept(parts, watermark, ready)
  const forgetAt = endOf({ traces, orders, counted }, ready)
  return {
    state: forgetAt === undefined ? undefined : { traces, orders, counted, forgetAt },
    timers: [
      { name: ORDERS, due: dueOf(orders, ready) },
      { name: FORGET, due: forgetAt },
    ],
    fellOut,
  }
}

export const attribution: Operator<AttributionConfig, AttributionState, AttributionReady> = {
  type: 'attribution',
  stage: 'profile',
  summary: 'Says what led to an order or a deal: the touchpoints before it, and the share of each channel.',
  config: attributionConfig,
  accepts: ['order.completed', 'deal.closed', ...KINDS.map(({ type }) => type)],
  emits: ['order.attributed', 'deal.lost'],
  fields: {
    order_id: 'text',
    deal_id: 'text',
    channel: 'text',
    total: 'number',
    value: 'number',
    currency: 'text',
    how: 'text',
    online_influenced: 'boolean',
    touchpoints: { list: { fields: { channel: 'text', type: 'text', time: 'time', campaign: 'text' } } },
    shares: { fields: { first: 'any', last: 'any', linear: 'any', position: 'any' } },
  },
  state: attributionState,
  check: attributionProblems,
  prepare: prepareAttribution,

  onEvent: (state, event, { watermark }, ready) => onEvent(state, event, watermark, ready),

  onTimer(state, _timer, { at }, ready) {
    const orders = state.orders.filter((order) => order.at + ready.graceMs > at)
    const due = state.orders.slice(0, state.orders.length - orders.length)
    const first = firstReports(due, state.counted, ready.lookbackMs)
    const emit = first.map((order) => draftOf(order, state.traces, ready))
    const decided = first.map(({ at: of, id, lost }): Counted => ({ at: of, id, lost }))
    const counted = countedOrders([...state.counted, ...decided])
    return { ...settled({ traces: state.traces, orders, counted }, at, ready), emit }
  },

  merge(ours, theirs, { watermark }, ready) {
    return settled(
      {
        traces: [...ours.traces, ...theirs.traces].sort(compareTraces),
        orders: [...ours.orders, ...theirs.orders].sort(compareOrders),
        counted: countedOrders([...ours.counted, ...theirs.counted]),
      },
      watermark,
      ready,
    )
  },
}
