/** What the topics of an installation say of some people: the events that passed the gate, and what was decided. */
import { ByteReader } from '../../model/bytes.ts'
import type { Json } from '../../model/event.ts'
import type { Log } from '../../runtime/ports/log.ts'
import { WIRE_EVENT, WireEvent } from '../../runtime/wire-event.ts'
import { type LaneSpan, recordsIn } from '../lane-records.ts'
import type { PassedEvent } from './explain.ts'

export interface Said {
  readonly events: ReadonlyMap<string, readonly PassedEvent[]>
  readonly decisions: ReadonlyMap<string, readonly Json[]>
}

/** What the topics say of these people, by person id. */
export async function saidOf(
  log: Log,
  lanes: readonly LaneSpan[],
  decisionsTopic: string,
  ids: ReadonlySet<string>,
): Promise<Said> {
  const decisions = new Map<string, Json[]>()
  const decisionLanes = lanes.filter(({ topic }) => topic === decisionsTopic)
  for await (const { buffer, keyStart, keyEnd, valueStart, valueEnd } of recordsIn(log, decisionLanes)) {
    const id = keyEnd < 0 ? '' : buffer.toString('utf8', keyStart, keyEnd)
    if (ids.has(id) && valueEnd > valueStart)
      add(decisions, id, JSON.parse(buffer.toString('utf8', valueStart, valueEnd)) as Json)
  }
  const eventLanes = lanes.filter(({ topic }) => topic !== decisionsTopic)
  return { events: await eventsOf(log, eventLanes, ids), decisions }
}

/** What passed lanes of the internal topic. */
export async function eventsOf(
  log: Log,
  lanes: readonly LaneSpan[],
  ids: ReadonlySet<string>,
): Promise<Said['events']> {
  const events = new Map<string, PassedEvent[]>()
  for await (const { buffer, keyStart, keyEnd, valueStart, valueEnd } of recordsIn(log, lanes)) {
    const id = keyEnd < 0 ? '' : buffer.toString('utf8', keyStart, keyEnd)
    if (!ids.has(id) || buffer[valueStart] !== WIRE_EVENT) continue
    const event = new WireEvent(id, new ByteReader(buffer, valueStart + 1, valueEnd))
    const { time, type, source, late, internal } = event
    if (!internal) add(events, id, { time, type, source, id: event.id, late })
  }
  return events
}

function add<Value>(to: Map<string, Value[]>, id: string, value: Value): void {
  const before = to.get(id)
  if (before === undefined) to.set(id, [value])
  else before.push(value)
}
