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
import type { Draft, Json, StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Operator, Step } from '../../model/operator.ts'
import { formatTime, type EpochMs } from '../../model/time.ts'
import { blockOf, joined, productList, type Block } from './block.ts'
import {
  prepareSessionize,
  sessionizeConfig,
  sessionizeProblems,
  type SessionizeConfig,
  type SessionizeReady,
} from './config.ts'
import { describe } from './describe.ts'
import { cutAt, dueOf, endOf, kept, placeOf } from './cut.ts'
import type { Tally } from './saying.ts'
import { encodeBlock, sessionizeState, type Lane, type SessionizeState } from './state.ts'

const TIMER = 'session:'
const timerOf = (lane: string): string => TIMER + lane

const NO_BLOCKS: readonly Block[] = []
const NO_LANES: readonly Lane[] = []

function typesOf({ types, counts }: Tally): Json {
  const said: Record<string, number> = {}
  for (let i = 0; i < types.length; i++) {
    const type = types[i] as string
    // Types of some upstream may be called anything.
    if (type === '__proto__') return Object.fromEntries(types.map((name, at) => [name, counts[at]]))
    said[type] = counts[i] as number
  }
  return said
}

function closed(session: Block, lane: string, due: EpochMs, person: string, ready: SessionizeReady): Draft {
  const { tally, money } = session
  return {
    type: 'session.closed',
    time: due,
    data: {
      // Due times of one lane never come twice, while a late event may begin a session where a closed one began.
      session_id: deriveId(ready.key, 'session', ready.operatorId, person, lane, session.from, due),
      started_at: formatTime(session.from),
      ended_at: formatTime(endOf(session)),
      events: tally.events,
      types: typesOf(tally),
      channels: tally.channels,
      pages: tally.pages,
      products: productList(session),
      cart_value: Math.max(0, money.cartMicros) / 1e6,
      order_total: money.orderMicros / 1e6,
      currency: money.currency ?? null,
      converted: tally.converted,
    },
  }
}

function laneOf(lanes: readonly Lane[], name: string): Lane | undefined {
  for (let i = 0; i < lanes.length; i++) if ((lanes[i] as Lane).name === name) return lanes[i]
  return undefined
}

/** The lanes with one of them put in its place. */
function withLane(lanes: readonly Lane[], name: string, lane: Lane): readonly Lane[] {
  let at = 0
  while (at < lanes.length && (lanes[at] as Lane).name < name) at++
  const isKnown = at < lanes.length && (lanes[at] as Lane).name === name
  return lanes.length <= (isKnown ? 1 : 0) ? [lane] : lanes.toSpliced(at, isKnown ? 1 : 0, lane)
}

const withoutLane = (lanes: readonly Lane[], name: string): readonly Lane[] =>
  lanes.length === 1 ? NO_LANES : lanes.filter((lane) => lane.name !== name)

const newestOf = (lane: Lane): EpochMs => endOf(lane.blocks.at(-1) as Block)

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
  const saying = ready.sayingOf(event.type)
  if (saying === undefined) return undefined
  const { lanes } = state
  const name = ready.byChannel ? (event.channel ?? '') : ''
  const lane = laneOf(lanes, name)
  const before = lane === undefined ? NO_BLOCKS : lane.blocks
  const at = placeOf(before, event.time)
  const grown = before.toSpliced(at, 0, blockOf(event, saying))
  // An event on time cannot be late here: it prolongs the session that it forms beyond the watermark.
  if (event.time < watermark && dueOf(grown, at, ready) <= watermark) return { state, late: true }
  const blocks = kept(grown, watermark, ready)
  // Behind the first block of the first session nothing makes that one due earlier.
  if (lane !== undefined && at > 0)
    return { state: { lanes: withLane(lanes, name, { name, blocks, armed: lane.armed }) } }
  const { due } = cutAt(blocks, 0, ready)
  const moves = lane === undefined || due < lane.armed
  const next = withLane(lanes, name, { name, blocks, armed: moves ? due : lane.armed })
  if (!moves) return { state: { lanes: next } }
  const oldest = oldestLane(next, name)
  if (oldest === undefined) return { state: { lanes: next }, timers: [{ name: timerOf(name), due }] }
  const timers = [
    { name: timerOf(name), due },
    { name: timerOf(oldest.name), due: undefined },
  ]
  return { state: { lanes: withoutLane(next, oldest.name) }, timers }
}

/** The bytes of a block as text: an order for blocks of two people that begin at the same time. */
function bytesOf(block: Block): string {
  const writer = new ByteWriter(256)
  encodeBlock(block, block.from, undefined, writer)
  return writer.view().toString('latin1')
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function mergeLanes(a: Lane | undefined, b: Lane | undefined, ready: SessionizeReady): Lane {
  const { name } = (a ?? b) as Lane
  const blocks = [...(a?.blocks ?? []), ...(b?.blocks ?? [])]
  blocks.sort((x, y) => x.from - y.from || x.spanMs - y.spanMs || compareTexts(bytesOf(x), bytesOf(y)))
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
  check: sessionizeProblems,
  prepare: prepareSessionize,

  onEvent: (state, event, moment, ready) => onEvent(state, event, moment.watermark, ready),

  onTimer(state, timer, moment, ready) {
    const name = timer.slice(TIMER.length)
    const lane = laneOf(state.lanes, name)
    if (lane === undefined) return undefined
    const emit: Draft[] = []
    let { blocks } = lane
    while (blocks.length > 0) {
      const { end, due } = cutAt(blocks, 0, ready)
      if (due > moment.at)
        return {
          state: { lanes: withLane(state.lanes, name, { name, blocks, armed: due }) },
          emit,
          timers: [{ name: timer, due }],
        }
      emit.push(closed(joined(blocks, 0, end), name, due, moment.person, ready))
      blocks = end === blocks.length ? NO_BLOCKS : blocks.slice(end)
    }
    const lanes = withoutLane(state.lanes, name)
    return { state: lanes.length === 0 ? undefined : { lanes }, emit }
  },

  merge(kept, absorbed, _moment, ready) {
    const names = [...new Set([...kept.lanes, ...absorbed.lanes].map((lane) => lane.name))].sort()
    const lanes = names.map((name) =>
      mergeLanes(laneOf(kept.lanes, name), laneOf(absorbed.lanes, name), ready),
    )
    return { state: { lanes }, timers: lanes.map((lane) => ({ name: timerOf(lane.name), due: lane.armed })) }
  },
  describe,
}
