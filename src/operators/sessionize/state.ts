/** What sessionize remembers of a person: per lane the open blocks sorted by time, and what its one timer is set to. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Block } from './block.ts'

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

/** Which parts of a block follow: in the bytes of nearly every block most of them are missing. */
const CONVERTED = 1
const CURRENCY = 2
const CHANNELS = 4
const PRODUCTS = 8
const CART = 16
const ORDERS = 32
const PAGES = 64

function encodeTexts(texts: readonly string[], writer: ByteWriter): void {
  writer.uint(texts.length)
  for (let i = 0; i < texts.length; i++) writer.text(texts[i] as string)
}

function decodeTexts(reader: ByteReader): readonly string[] {
  const texts: string[] = []
  for (let left = reader.uint(); left > 0; left--) texts.push(reader.text())
  return texts
}

/** Times are distances from `base`: three bytes instead of six. */
export function encodeBlock(block: Block, base: EpochMs, writer: ByteWriter): void {
  const { from, types, counts, channels, products, currency } = block
  writer.byte(
    (block.converted ? CONVERTED : 0) |
      (currency === undefined ? 0 : CURRENCY) |
      (channels.length === 0 ? 0 : CHANNELS) |
      (products.length === 0 ? 0 : PRODUCTS) |
      (block.cartMicros === 0 ? 0 : CART) |
      (block.orderMicros === 0 ? 0 : ORDERS) |
      (block.pages === 0 ? 0 : PAGES),
  )
  writer.int(from - base)
  writer.uint(block.to - from)
  writer.uint(block.events)
  writer.uint(types.length)
  for (let i = 0; i < types.length; i++) {
    writer.text(types[i] as string)
    writer.uint(counts[i] as number)
  }
  if (block.pages !== 0) writer.uint(block.pages)
  if (channels.length > 0) encodeTexts(channels, writer)
  if (products.length > 0) encodeTexts(products, writer)
  if (block.cartMicros !== 0) writer.value(block.cartMicros)
  if (block.orderMicros !== 0) writer.value(block.orderMicros)
  if (currency !== undefined) {
    writer.int(block.currencyAt - from)
    writer.text(currency)
  }
}

function decodeBlock(base: EpochMs, reader: ByteReader): Block {
  const flags = reader.byte()
  const from = base + reader.int()
  const to = from + reader.uint()
  const events = reader.uint()
  const types: string[] = []
  const counts: number[] = []
  for (let left = reader.uint(); left > 0; left--) {
    types.push(reader.text())
    counts.push(reader.uint())
  }
  const pages = (flags & PAGES) === 0 ? 0 : reader.uint()
  const channels = (flags & CHANNELS) === 0 ? [] : decodeTexts(reader)
  const products = (flags & PRODUCTS) === 0 ? [] : decodeTexts(reader)
  const cartMicros = (flags & CART) === 0 ? 0 : (reader.value() as number)
  const orderMicros = (flags & ORDERS) === 0 ? 0 : (reader.value() as number)
  const hasCurrency = (flags & CURRENCY) !== 0
  const currencyAt = hasCurrency ? from + reader.int() : 0
  return {
    from,
    to,
    events,
    pages,
    types,
    counts,
    channels,
    products,
    cartMicros,
    orderMicros,
    converted: (flags & CONVERTED) !== 0,
    currency: hasCurrency ? reader.text() : undefined,
    currencyAt,
  }
}

/** Of the bytes below; before version 2 nothing was released. */
const VERSION = 2

export const sessionizeState: StateShape<SessionizeState> = {
  version: VERSION,
  initial: () => EMPTY,
  encode({ lanes }, writer) {
    writer.uint(lanes.length)
    for (const { name, blocks, armed } of lanes) {
      writer.text(name)
      writer.int(armed)
      writer.uint(blocks.length)
      let base = armed
      for (let i = 0; i < blocks.length; i++) {
        const block = blocks[i] as Block
        encodeBlock(block, base, writer)
        base = block.from
      }
    }
  },
  decode(reader, version) {
    knownVersion('the state of sessionize', version, VERSION, VERSION)
    const lanes: Lane[] = []
    for (let left = reader.uint(); left > 0; left--) {
      const name = reader.text()
      const armed = reader.int()
      const blocks: Block[] = []
      let base = armed
      for (let more = reader.uint(); more > 0; more--) {
        const block = decodeBlock(base, reader)
        blocks.push(block)
        base = block.from
      }
      lanes.push({ name, blocks, armed })
    }
    return { lanes }
  },
}
