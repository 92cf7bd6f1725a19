/**
 * In which order the gate read its lanes: worked out from what it wrote to the partitions of people, and checked against the sources.
 *
 * Every record there carries the watermark of its moment. So an order is sought in which each lane is read in its own order, each
 * partition is written in its own, and the watermark, which is counted here anew, is at each event what the record says. What the gate
 * dropped (refused, too late, repeated or suppressed) left nothing there; it is read as late as the others allow, and what it has called
 * too late not before it is. If there is no such
 * order, the gate has lost something, doubled it or changed its order, or its clock was wrong.
 */
import { ByteReader } from '../../src/model/bytes.ts'
import { deriveId } from '../../src/model/hash.ts'
import { BEGINNING } from '../../src/model/time.ts'
import {
  readEraseMark,
  readMergeMark,
  readWorldFact,
  WIRE_ERASE,
  WIRE_EVENT,
  WIRE_FACT,
  WIRE_MERGE,
  WireEvent,
} from '../../src/runtime/wire-event.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { KEY } from '../support/replayed.ts'
import type { SeenRecord } from './outside.ts'
import type { Decode } from './replay.ts'

export interface GateOrder {
  /** As far as it could be followed. */
  readonly records: readonly SeenRecord[]
  readonly problems: readonly string[]
}

/** What an input record is called in the partitions: an event by source and id, an order by what its erasure is called. */
interface Input {
  readonly record: SeenRecord
  readonly name: string | undefined
  /** Undefined: it moves no clock. */
  readonly time: number | undefined
}

interface Lane {
  readonly inputs: readonly Input[]
  readonly latenessMs: number
  readonly graceMs: number
  /** Orders are in no source's lane: they have no clock. */
  readonly hasClock: boolean
  at: number
  newest: number
}

/** An entry of a partition that an input record has caused. `says`: it is the input's own, and a merge or a detached name only goes with it. */
interface Entry {
  readonly name: string
  readonly says: boolean
  /** An event is for one person, a fact for every partition, an order for everybody whom it erases. */
  readonly at: 'one' | 'each' | 'all'
  readonly watermark: number
}

/** By the first number in which they differ. */
function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, index) => value !== b[index])
  return i >= 0 && (a[i] as number) < (b[i] as number)
}

const eventName = (source: string, id: string): string => `${source}\n${id}`

/** What the gate called too late, with the watermarks at which it did: several where an event came more than once. */
function lateIn(records: readonly SeenRecord[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { value } of records) {
    const { event, watermark, operator } = JSON.parse(String(value)) as {
      readonly event: { readonly source: string; readonly id: string }
      readonly watermark: string
      /** Null: the gate itself. */
      readonly operator: string | null
    }
    if (operator !== null) continue
    const name = eventName(event.source, event.id)
    found.set(
      name,
      [...(found.get(name) ?? []), Date.parse(watermark)].sort((a, b) => a - b),
    )
  }
  return found
}

export function gateOrder(
  plan: Plan,
  decode: Decode,
  {
    input,
    internal,
    late,
    control,
  }: {
    readonly input: readonly SeenRecord[]
    readonly internal: readonly SeenRecord[]
    /** Of the topic of late events. */
    readonly late: readonly SeenRecord[]
    readonly control: string
  },
): GateOrder {
  const partitions = partitionsIn(internal)
  const marks = countOf(partitions.flat().filter(({ says }) => !says))
  const visible = countOf(partitions.flat().filter(({ says }) => says))
  const tooLate = lateIn(late)
  const lanes = lanesIn(plan, decode, input, control)
  const heads = partitions.map(() => 0)
  const records: SeenRecord[] = []
  let watermark = BEGINNING
  let last: Lane | undefined

  const withTaken = (lane: Lane, { time }: Input): number => {
    if (time === undefined) return watermark
    let least = Number.POSITIVE_INFINITY
    for (const one of lanes) {
      if (!one.hasClock) continue
      const newest = one === lane ? Math.max(one.newest, time) : one.newest
      least = Math.min(least, newest === BEGINNING ? BEGINNING : newest - one.latenessMs)
    }
    return Math.max(watermark, least)
  }

  function take(lane: Lane, input: Input): void {
    watermark = withTaken(lane, input)
    lane.newest = Math.max(lane.newest, input.time ?? BEGINNING)
    lane.at++
    last = lane
    records.push(input.record)
  }

  /** Where the partitions stand behind all that this input has caused; undefined: it cannot be the next. */
  function behind(name: string, at: number): readonly number[] | undefined {
    let passed = 0
    let says = 0
    let due = 1
    const next = partitions.map((entries, partition) => {
      let head = heads[partition] as number
      for (; entries[head]?.name === name && entries[head]?.says === false; head++) passed++
      for (let more = true; more; ) {
        const entry = entries[head]
        more = entry?.name === name && entry.watermark === at && (entry.at !== 'one' || says === 0)
        if (!more || entry === undefined) break
        if (entry.at === 'each') due = partitions.length
        if (entry.at === 'all') due = visible.get(name) ?? 0
        says++
        head++
        more = entry.at === 'all'
      }
      return head
    })
    return says === due && passed === (marks.get(name) ?? 0) ? next : undefined
  }

  /** Time never goes back: nothing may be read by which it would pass what some partition still has to be told. */
  const latest = (): number =>
    Math.min(
      ...partitions.map((entries, i) => entries[heads[i] as number]?.watermark ?? Number.POSITIVE_INFINITY),
      ...lanes.map((lane) => saidOf(lane.inputs[lane.at])),
    )

  /** The watermark at which an input was too late; infinite: it was not. */
  const saidOf = (input: Input | undefined): number => {
    if (input?.name === undefined || (visible.get(input.name) ?? 0) > 0) return Number.POSITIVE_INFINITY
    return tooLate.get(input.name)?.[0] ?? Number.POSITIVE_INFINITY
  }

  function takeVisible(): boolean {
    const most = latest()
    // The gate reads a lane's records in a row, so of several that may be next the same lane's is.
    let best:
      | { readonly lane: Lane; readonly input: Input; readonly next: readonly number[]; readonly at: number }
      | undefined
    for (const lane of last === undefined ? lanes : [last, ...lanes]) {
      const input = lane.inputs[lane.at]
      if (input?.name === undefined || (visible.get(input.name) ?? 0) === 0) continue
      const at = withTaken(lane, input)
      if (at > most || (best !== undefined && best.at <= at)) continue
      const next = behind(input.name, at)
      if (next !== undefined) best = { lane, input, next, at }
    }
    if (best === undefined) return false
    const { lane, input, next } = best
    const name = input.name as string
    let said = 0
    for (const [partition, to] of next.entries()) {
      const from = heads[partition] as number
      said += (partitions[partition] as readonly Entry[]).slice(from, to).filter((entry) => entry.says).length
      heads[partition] = to
    }
    visible.set(name, (visible.get(name) ?? 0) - said)
    marks.delete(name)
    take(lane, input)
    return true
  }

  /** Not what passes a time that was said, nor what is yet to become too late; the one that moves time least; of those one that is too late by now, else the newest, since what is too late was so when it was read. */
  function takeInvisible(): boolean {
    let best: { readonly lane: Lane; readonly input: Input; readonly rank: readonly number[] } | undefined
    const most = latest()
    for (const lane of lanes) {
      const input = lane.inputs[lane.at]
      if (input === undefined || (input.name !== undefined && (visible.get(input.name) ?? 0) > 0)) continue
      const at = lane.hasClock ? withTaken(lane, input) : BEGINNING
      const time = input.time ?? Number.POSITIVE_INFINITY
      const said = saidOf(input)
      const trouble = at > most ? 2 : at < said && said < Number.POSITIVE_INFINITY ? 1 : 0
      const rank = [trouble, at, time < at - lane.graceMs ? 0 : 1, -time]
      if (best === undefined || isBefore(rank, best.rank)) best = { lane, input, rank }
    }
    if (best === undefined) return false
    if (best.input.name !== undefined) tooLate.get(best.input.name)?.shift()
    take(best.lane, best.input)
    return true
  }

  /** An order that erased nobody suppresses all the same: as early as its lane allows. */
  function takeIdleOrders(): void {
    for (const lane of lanes) {
      if (lane.hasClock) continue
      for (let input = lane.inputs[lane.at]; input !== undefined; input = lane.inputs[lane.at]) {
        if (input.name !== undefined && (visible.get(input.name) ?? 0) > 0) break
        take(lane, input)
      }
    }
  }

  do takeIdleOrders()
  while (takeVisible() || takeInvisible())

  const left = lanes.flatMap(({ inputs, at }) => inputs.slice(at, at + 1))
  const problems = left.map(
    ({ record: { topic, partition, offset } }) =>
      `the gate cannot have read its lanes as it says: ${topic}/${partition} comes no further than ${offset}`,
  )
  for (const [partition, entries] of partitions.entries()) {
    const entry = entries[heads[partition] as number]
    if (entry !== undefined)
      problems.push(`partition ${partition} holds what no source said: ${entry.name.replace('\n', ' ')}`)
  }
  return { records, problems }
}

function lanesIn(plan: Plan, decode: Decode, input: readonly SeenRecord[], control: string): readonly Lane[] {
  const byLane = new Map<string, SeenRecord[]>()
  for (const record of input) {
    const name = `${record.topic}/${record.partition}`
    const lane = byLane.get(name)
    if (lane === undefined) byLane.set(name, [record])
    else lane.push(record)
  }
  return [...byLane.values()].map((records): Lane => {
    const topic = records[0]?.topic
    const source = plan.sources.find((one) => one.topic === topic)
    return {
      inputs: records.map((record) => inputOf(record, decode, control)),
      latenessMs: source?.latenessMs ?? 0,
      graceMs: source?.graceMs ?? 0,
      hasClock: source !== undefined,
      at: 0,
      newest: BEGINNING,
    }
  })
}

function inputOf(record: SeenRecord, decode: Decode, control: string): Input {
  const { topic, partition, offset } = record
  if (topic === control) {
    const id = deriveId(KEY, 'erase', `${topic}/${partition}/${offset}`)
    return { record, name: eventName('erase', id), time: undefined }
  }
  const decoded = decode(record)
  if (decoded.kind !== 'event') return { record, name: undefined, time: undefined }
  const { source, id, time } = decoded.event
  return { record, name: eventName(source, id), time }
}

/** Of each partition, in its order; without marks and handoffs. */
function partitionsIn(internal: readonly SeenRecord[]): readonly (readonly Entry[])[] {
  const partitions: Entry[][] = []
  for (const { partition, key, value } of internal) {
    const entries = (partitions[partition] ??= [])
    const entry = value === null ? undefined : entryOf(key, value)
    if (entry !== undefined) entries.push(entry)
  }
  return partitions.length === 0 ? [[]] : Array.from(partitions, (entries) => entries ?? [])
}

function entryOf(key: string | null, value: Buffer): Entry | undefined {
  const reader = new ByteReader(value)
  switch (reader.byte()) {
    case WIRE_EVENT: {
      const event = new WireEvent(key ?? '', reader)
      const { source, id, watermark, internal } = event
      return { name: eventName(source, id), says: !internal, at: 'one', watermark }
    }
    case WIRE_FACT: {
      const watermark = new ByteReader(value.subarray(1)).int()
      const { source, id } = readWorldFact(reader).measure
      return { name: eventName(source, id), says: true, at: 'each', watermark }
    }
    case WIRE_MERGE: {
      const { cause, watermark } = readMergeMark(reader)
      return { name: eventName(cause.source, cause.id), says: false, at: 'one', watermark }
    }
    case WIRE_ERASE: {
      const { cause, watermark } = readEraseMark(reader)
      return { name: eventName(cause.source, cause.id), says: true, at: 'all', watermark }
    }
    default:
      return undefined
  }
}

function countOf(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of entries) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
