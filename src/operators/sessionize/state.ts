/** What sessionize remembers of a person: per lane the open blocks sorted by time, and what its one timer is set to. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Block, TypeCount } from './block.ts'

export interface Lane {
  /** The channel, or '' for events without one and for all of a person's events where sessions are by person. */
  readonly name: string
  /** Never empty; sorted by `from`, at equal times in the order they came, or after a merge in that of their bytes. */
  readonly blocks: readonly Block[]
  /** Due time of the lane's timer: never above that of its first session, so an event that prolongs a session moves no timer. */
  readonly armed: EpochMs
}

export interface SessionizeState {
  /** Sorted by name. */
  readonly lanes: readonly Lane[]
}

const EMPTY: SessionizeState = { lanes: [] }

function encodeTexts(texts: readonly string[], writer: ByteWriter): void {
  writer.uint(texts.length)
  for (const text of texts) writer.text(text)
}

function decodeTexts(reader: ByteReader): readonly string[] {
  const texts: string[] = []
  for (let left = reader.uint(); left > 0; left--) texts.push(reader.text())
  return texts
}

export function encodeBlock(block: Block, writer: ByteWriter): void {
  writer.int(block.from)
  writer.uint(block.to - block.from)
  writer.uint(block.events)
  writer.uint(block.pages)
  writer.uint(block.types.length)
  for (const { type, count } of block.types) {
    writer.text(type)
    writer.uint(count)
  }
  encodeTexts(block.channels, writer)
  encodeTexts(block.products, writer)
  writer.value(block.cartMicros)
  writer.value(block.orderMicros)
  writer.byte((block.converted ? 1 : 0) | (block.currency === undefined ? 0 : 2))
  if (block.currency !== undefined) {
    writer.int(block.currency.at)
    writer.text(block.currency.text)
  }
}

function decodeBlock(reader: ByteReader): Block {
  const from = reader.int()
  const to = from + reader.uint()
  const events = reader.uint()
  const pages = reader.uint()
  const types: TypeCount[] = []
  for (let left = reader.uint(); left > 0; left--) types.push({ type: reader.text(), count: reader.uint() })
  const channels = decodeTexts(reader)
  const products = decodeTexts(reader)
  const cartMicros = reader.value() as number
  const orderMicros = reader.value() as number
  const flags = reader.byte()
  const currency = (flags & 2) === 0 ? undefined : { at: reader.int(), text: reader.text() }
  return {
    from,
    to,
    events,
    pages,
    types,
    channels,
    products,
    cartMicros,
    orderMicros,
    converted: (flags & 1) === 1,
    currency,
  }
}

export const sessionizeState: StateShape<SessionizeState> = {
  version: 1,
  initial: () => EMPTY,
  encode(state, writer) {
    writer.uint(state.lanes.length)
    for (const { name, blocks, armed } of state.lanes) {
      writer.text(name)
      writer.int(armed)
      writer.uint(blocks.length)
      for (const block of blocks) encodeBlock(block, writer)
    }
  },
  decode(reader, version) {
    knownVersion('the state of sessionize', version, 1)
    const lanes: Lane[] = []
    for (let left = reader.uint(); left > 0; left--) {
      const name = reader.text()
      const armed = reader.int()
      const blocks: Block[] = []
      for (let more = reader.uint(); more > 0; more--) blocks.push(decodeBlock(reader))
      lanes.push({ name, blocks, armed })
    }
    return { lanes }
  },
}
