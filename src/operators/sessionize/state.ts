/** What sessionize remembers of a person: per lane the open blocks sorted by time, and what its one timer is set to. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { NO_MONEY, productsOf, type Block } from './block.ts'

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
/** One event: its type, product and currency are nearly always known from the lane's first block, the head. */
const SINGLE = 128

/** Of a text that the head says too, one byte; 0: the text follows. */
function encodeKnown(text: string, known: number, writer: ByteWriter): void {
  if (known >= 0) writer.uint(known + 1)
  else {
    writer.byte(0)
    writer.text(text)
  }
}

function encodeTexts(texts: readonly string[], writer: ByteWriter): void {
  writer.uint(texts.length)
  for (let i = 0; i < texts.length; i++) writer.text(texts[i] as string)
}

function decodeTexts(reader: ByteReader): readonly string[] {
  const texts: string[] = []
  for (let left = reader.uint(); left > 0; left--) texts.push(reader.text())
  return texts
}

const isSingle = ({ spanMs, tally, money }: Block): boolean =>
  tally.events === 1 && spanMs === 0 && tally.types.length === 1 && money.currencyAfterMs === 0

/** Times are distances from `base`: three bytes instead of six. */
export function encodeBlock(block: Block, base: EpochMs, head: Block | undefined, writer: ByteWriter): void {
  const { from, tally, products, money } = block
  const { types, pages, channels } = tally
  const { currency, cartMicros, orderMicros } = money
  const single = head !== undefined && isSingle(block)
  writer.byte(
    (tally.converted ? CONVERTED : 0) |
      (currency === undefined ? 0 : CURRENCY) |
      (channels.length === 0 ? 0 : CHANNELS) |
      (typeof products === 'string' || products.length > 0 ? PRODUCTS : 0) |
      (cartMicros === 0 ? 0 : CART) |
      (orderMicros === 0 ? 0 : ORDERS) |
      (pages === 0 ? 0 : PAGES) |
      (single ? SINGLE : 0),
  )
  writer.int(from - base)
  if (single) {
    encodeKnown(types[0] as string, head.tally.types.indexOf(types[0] as string), writer)
    if (currency !== undefined) encodeKnown(currency, currency === head.money.currency ? 0 : -1, writer)
  } else encodeSum(block, writer)
  if (pages !== 0) writer.uint(pages)
  if (channels.length > 0) encodeTexts(channels, writer)
  if (typeof products === 'string') {
    writer.uint(1)
    writer.text(products)
  } else if (products.length > 0) encodeTexts(products, writer)
  if (cartMicros !== 0) writer.value(cartMicros)
  if (orderMicros !== 0) writer.value(orderMicros)
}

function encodeSum({ spanMs, tally, money }: Block, writer: ByteWriter): void {
  const { events, types, counts } = tally
  writer.uint(spanMs)
  writer.uint(events)
  writer.uint(types.length)
  for (let i = 0; i < types.length; i++) {
    writer.text(types[i] as string)
    writer.uint(counts[i] as number)
  }
  if (money.currency === undefined) return
  writer.int(money.currencyAfterMs)
  writer.text(money.currency)
}

const NONE: readonly string[] = []
const ONE: readonly number[] = [1]

function decodeBlock(base: EpochMs, head: Block | undefined, reader: ByteReader): Block {
  const flags = reader.byte()
  const from = base + reader.int()
  const hasCurrency = (flags & CURRENCY) !== 0
  let spanMs = 0
  let events = 1
  let types: readonly string[]
  let counts = ONE
  let currency: string | undefined
  let currencyAfterMs = 0
  if ((flags & SINGLE) !== 0) {
    const known = reader.uint()
    types = [known === 0 ? reader.text() : (head?.tally.types[known - 1] as string)]
    if (hasCurrency) currency = reader.uint() === 0 ? reader.text() : head?.money.currency
  } else {
    spanMs = reader.uint()
    events = reader.uint()
    const said: string[] = []
    const often: number[] = []
    for (let left = reader.uint(); left > 0; left--) {
      said.push(reader.text())
      often.push(reader.uint())
    }
    types = said
    counts = often
    if (hasCurrency) {
      currencyAfterMs = reader.int()
      currency = reader.text()
    }
  }
  const pages = (flags & PAGES) === 0 ? 0 : reader.uint()
  const channels = (flags & CHANNELS) === 0 ? NONE : decodeTexts(reader)
  const converted = (flags & CONVERTED) !== 0
  const products = (flags & PRODUCTS) === 0 ? NONE : productsOf(decodeTexts(reader))
  const cartMicros = (flags & CART) === 0 ? 0 : (reader.value() as number)
  const orderMicros = (flags & ORDERS) === 0 ? 0 : (reader.value() as number)
  const money =
    (flags & (CART | ORDERS | CURRENCY)) === 0
      ? NO_MONEY
      : { cartMicros, orderMicros, currency, currencyAfterMs }
  return { from, spanMs, tally: { events, pages, types, counts, channels, converted }, products, money }
}

/** Of the bytes here; before version 3 nothing was released. */
const VERSION = 3

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
        encodeBlock(block, base, i === 0 ? undefined : blocks[0], writer)
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
        const block = decodeBlock(base, blocks[0], reader)
        blocks.push(block)
        base = block.from
      }
      lanes.push({ name, blocks, armed })
    }
    return { lanes }
  },
}
