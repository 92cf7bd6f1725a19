/** What attribution remembers of a person: touchpoints, orders that wait for what led to them, and ids of those that were decided. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { invariant, knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { KINDS, type Trace } from './touchpoint.ts'

/** An order, or a deal that was closed. */
export interface Order {
  readonly at: EpochMs
  readonly id: string
  /** A deal that came to nothing. */
  readonly lost: boolean
  /** Sold by somebody, whoever was met before: a deal, or an order in a store or by phone. */
  readonly served: boolean
  readonly channel: string | undefined
  readonly total: number | undefined
  readonly currency: string | undefined
}

/** An order that was decided: it is not counted again within the lookback. */
export type Counted = Pick<Order, 'at' | 'id' | 'lost'>

export interface AttributionState {
  /** By time, see `compareTraces`. */
  readonly traces: readonly Trace[]
  /** By time and id: every report, also of one order. */
  readonly orders: readonly Order[]
  readonly counted: readonly Counted[]
  /** What the timer is set to that forgets what is too old; undefined: nothing is kept. */
  readonly forgetAt: EpochMs | undefined
}

export const EMPTY: AttributionState = { traces: [], orders: [], counted: [], forgetAt: undefined }

/** Words are written once, as a table that all else points into: a person's touchpoints share a few. 0 is no word. */
function encodeTraces(traces: readonly Trace[], writer: ByteWriter): void {
  const words = new Set<string>()
  for (const { channel, campaign } of traces) {
    words.add(channel)
    if (campaign !== undefined) words.add(campaign)
  }
  const numbers = new Map([...words].map((word, i) => [word, i + 1]))
  writer.uint(words.size)
  for (const word of words) writer.text(word)
  writer.uint(traces.length)
  let last = 0
  for (const { at, kind, channel, campaign } of traces) {
    writer.int(at - last)
    writer.uint(kind)
    writer.uint(numbers.get(channel) as number)
    writer.uint(campaign === undefined ? 0 : (numbers.get(campaign) as number))
    last = at
  }
}

function decodeTraces(reader: ByteReader): readonly Trace[] {
  const words: string[] = []
  for (let left = reader.uint(); left > 0; left--) words.push(reader.text())
  const traces: Trace[] = []
  let last = 0
  for (let left = reader.uint(); left > 0; left--) {
    const at = last + reader.int()
    const kind = reader.uint()
    const channel = words[reader.uint() - 1]
    invariant(kind < KINDS.length && channel !== undefined, 'a state of attribution points at nothing')
    traces.push({ at, kind, channel, campaign: words[reader.uint() - 1] })
    last = at
  }
  return traces
}

const LOST = 1
const SERVED = 2

function encodeOrder({ at, id, lost, served, channel, total, currency }: Order, writer: ByteWriter): void {
  writer.int(at)
  writer.text(id)
  writer.byte((lost ? LOST : 0) | (served ? SERVED : 0))
  writer.optionalText(channel)
  writer.value(total)
  writer.optionalText(currency)
}

function decodeOrder(reader: ByteReader): Order {
  const at = reader.int()
  const id = reader.text()
  const flags = reader.byte()
  const channel = reader.optionalText()
  const total = (reader.value() ?? undefined) as number | undefined
  const [lost, served] = [(flags & LOST) !== 0, (flags & SERVED) !== 0]
  return { at, id, lost, served, channel, total, currency: reader.optionalText() }
}

export const attributionState: StateShape<AttributionState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ traces, orders, counted, forgetAt }, writer) {
    writer.bool(forgetAt !== undefined)
    if (forgetAt !== undefined) writer.int(forgetAt)
    encodeTraces(traces, writer)
    writer.uint(orders.length)
    for (const order of orders) encodeOrder(order, writer)
    writer.uint(counted.length)
    for (const { at, id, lost } of counted) {
      writer.int(at)
      writer.text(id)
      writer.bool(lost)
    }
  },
  decode(reader, version) {
    knownVersion('the state of attribution', version, 1)
    const forgetAt = reader.bool() ? reader.int() : undefined
    const traces = decodeTraces(reader)
    const orders: Order[] = []
    for (let left = reader.uint(); left > 0; left--) orders.push(decodeOrder(reader))
    const counted: Counted[] = []
    for (let left = reader.uint(); left > 0; left--)
      counted.push({ at: reader.int(), id: reader.text(), lost: reader.bool() })
    return { traces, orders, counted, forgetAt }
  },
}
