/**
 * sessionize: cuts a person's events into sessions, and reports each once, when it is closed.
 *
 * Promise (contracts, section 5 and S1 to S4): a silence of exactly `gap` joins; a session closes when the watermark reaches its
 * last event + gap + 1 ms, or its first event + max; late events join, bridge and extend what is open; what is closed never
 * changes, and an event is late iff the session it would form were closed already.
 *
 * Shape: sums instead of events. Blocks below the watermark are joined for good, which cut.ts shows to be exact, so the state of a
 * busy person is as small as that of a rare one. One timer per lane; prolonging a session leaves it where it is, and when it
 * fires too early it is set again, so that the true firing carries exactly the due time.
 */
import { deriveId } from '../../model/hash.ts'
import { ByteWriter } from '../../model/bytes.ts'
import type { Draft, StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Operator, Step, TimerChange } from '../../model/operator.ts'
import { formatTime, type EpochMs } from '../../model/time.ts'
import { blockOf, join, type Block } from './block.ts'
import { prepareSessionize, sessionizeConfig, type SessionizeConfig, type SessionizeReady } from './config.ts'
import { bounded, cutAt, dueOf, folded, placeOf } from './cut.ts'
import { encodeBlock, sessionizeState, type Lane, type SessionizeState } from './state.ts'

const timerOf = (lane: string): string => `session:${lane}`

function closed(session: Block, lane: string, due: EpochMs, person: string, ready: SessionizeReady): Draft {
  return {
    type: 'session.closed',
    time: due,
    data: {
      // Due times of one lane never come twice, while a late event may begin a session where a closed one began.
      session_id: deriveId(ready.key, 'session', ready.operatorId, person, lane, session.from, due),
      started_at: formatTime(session.from),
      ended_at: formatTime(session.to),
      events: session.events,
      types: Object.fromEntries(session.types.map(({ type, count }) => [type, count])),
      channels: session.channels,
      pages: session.pages,
      products: session.products,
      cart_value: Math.max(0, session.cartMicros) / 1e6,
      order_total: session.orderMicros / 1e6,
      currency: session.currency?.text ?? null,
      converted: session.converted,
    },
  }
}

/** The lanes with one of them put in its place, replaced or, when it is undefined, taken out. */
function withLane(lanes: readonly Lane[], name: string, lane: Lane | undefined): readonly Lane[] {
  const result: Lane[] = []
  let placed = lane === undefined
  for (const other of lanes) {
    if (!placed && other.name >= name) {
      result.push(lane as Lane)
      placed = true
    }
    if (other.name !== name) result.push(other)
  }
  if (!placed) result.push(lane as Lane)
  return result
}

const newestOf = (lane: Lane): EpochMs => (lane.blocks.at(-1) as Block).to

/** The lane that falls out when a person has too many: the one that has been silent longest, never `but`. */
function oldestLane(lanes: readonly Lane[], but: string): Lane | undefined {
  if (lanes.length <= INSTANCES_PER_PERSON_MAX) return undefined
  const others = lanes.filter((lane) => lane.name !== but)
  return others.reduce((oldest, lane) => (newestOf(lane) < newestOf(oldest) ? lane : oldest))
}

function onEvent(
  state: SessionizeState,
  event: StreamEvent,
  watermark: EpochMs,
  ready: SessionizeReady,
): Step<SessionizeState> | undefined {
  if (ready.ignores(event.type)) return undefined
  const name = ready.byChannel ? (event.channel ?? '') : ''
  const lane = state.lanes.find((one) => one.name === name)
  const quick = lane === undefined ? undefined : prolonged(state, lane, event, watermark, ready)
  if (quick !== undefined) return quick
  const before = lane === undefined ? [] : lane.blocks
  const at = placeOf(before, event.time)
  const grown = [...before.slice(0, at), blockOf(event), ...before.slice(at)]
  // An event on time cannot be late here: it prolongs the session that it forms beyond the watermark.
  if (event.time < watermark && dueOf(grown, at, ready) <= watermark) return { state, late: true }
  const blocks = bounded(folded(grown, watermark, ready), ready)
  const { due } = cutAt(blocks, 0, ready)
  const moves = lane === undefined || due < lane.armed
  const lanes = withLane(state.lanes, name, { name, blocks, armed: moves ? due : lane.armed })
  if (!moves) return { state: { lanes } }
  const oldest = oldestLane(lanes, name)
  const timers: TimerChange[] = [{ name: timerOf(name), due }]
  if (oldest === undefined) return { state: { lanes }, timers }
  timers.push({ name: timerOf(oldest.name), due: undefined })
  return { state: { lanes: withLane(lanes, oldest.name, undefined) }, timers }
}

/**
 * The step of nearly every event: the newest of the person's one open session, which it prolongs. The same result as the long way,
 * which copies the list four times.
 */
function prolonged(
  state: SessionizeState,
  lane: Lane,
  event: StreamEvent,
  watermark: EpochMs,
  ready: SessionizeReady,
): Step<SessionizeState> | undefined {
  const { blocks } = lane
  const first = blocks[0] as Block
  const last = blocks[blocks.length - 1] as Block
  const { time } = event
  if (state.lanes.length !== 1 || blocks.length > 2 || time < last.to || time < watermark) return undefined
  if (time - last.to > ready.gapMs || time >= first.from + ready.maxMs) return undefined
  if (
    blocks.length === 2 &&
    (last.from - first.to > ready.gapMs || first.to > watermark || last.to > watermark)
  )
    return undefined
  const settled = blocks.length === 2 ? join(first, last) : first
  const block = blockOf(event)
  const grown = settled.to <= watermark && time <= watermark ? [join(settled, block)] : [settled, block]
  return { state: { lanes: [{ name: lane.name, blocks: grown, armed: lane.armed }] } }
}

/** The bytes of a block as text: an order for blocks of two people that begin at the same time. */
function bytesOf(block: Block): string {
  const writer = new ByteWriter(256)
  encodeBlock(block, writer)
  return writer.view().toString('latin1')
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function mergeLanes(a: Lane | undefined, b: Lane | undefined, ready: SessionizeReady): Lane {
  const { name } = (a ?? b) as Lane
  const blocks = [...(a?.blocks ?? []), ...(b?.blocks ?? [])]
  blocks.sort((x, y) => x.from - y.from || x.to - y.to || compareTexts(bytesOf(x), bytesOf(y)))
  return { name, blocks, armed: cutAt(blocks, 0, ready).due }
}

export const sessionize: Operator<SessionizeConfig, SessionizeState, SessionizeReady> = {
  type: 'sessionize',
  stage: 'profile',
  summary: "Cuts a person's events into sessions and reports each when it is over.",
  config: sessionizeConfig,
  accepts: '*',
  emits: ['session.closed'],
  fields: {
    session_id: 'text',
    started_at: 'time',
    ended_at: 'time',
    events: 'number',
    types: { fields: {} },
    channels: { list: 'text' },
    pages: 'number',
    products: { list: 'text' },
    cart_value: 'number',
    order_total: 'number',
    currency: 'text',
    converted: 'boolean',
  },
  state: sessionizeState,
  prepare: prepareSessionize,

  onEvent: (state, event, moment, ready) => onEvent(state, event, moment.watermark, ready),

  onTimer(state, timer, moment, ready) {
    const lane = state.lanes.find((one) => timerOf(one.name) === timer)
    if (lane === undefined) return undefined
    const emit: Draft[] = []
    let blocks = lane.blocks
    while (blocks.length > 0) {
      const { end, due } = cutAt(blocks, 0, ready)
      if (due > moment.at) {
        const armed = { name: lane.name, blocks, armed: due }
        return {
          state: { lanes: withLane(state.lanes, lane.name, armed) },
          emit,
          timers: [{ name: timer, due }],
        }
      }
      emit.push(closed(blocks.slice(0, end).reduce(join), lane.name, due, moment.person, ready))
      blocks = blocks.slice(end)
    }
    const lanes = withLane(state.lanes, lane.name, undefined)
    return { state: lanes.length === 0 ? undefined : { lanes }, emit }
  },

  merge(kept, absorbed, _moment, ready) {
    const names = [...new Set([...kept.lanes, ...absorbed.lanes].map((lane) => lane.name))].sort()
    const of = (state: SessionizeState, name: string): Lane | undefined =>
      state.lanes.find((lane) => lane.name === name)
    const lanes = names.map((name) => mergeLanes(of(kept, name), of(absorbed, name), ready))
    return { state: { lanes }, timers: lanes.map((lane) => ({ name: timerOf(lane.name), due: lane.armed })) }
  },
}
