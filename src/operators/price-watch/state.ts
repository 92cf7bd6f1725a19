/** What price-watch remembers of a person: the scratchpad, one page a product. */
import { readList, writeList } from '../../model/byte-lists.ts'
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'

/** The product was saved, or searched or viewed, and for how much it was then, if the event says so. */
export interface Look {
  readonly at: EpochMs
  readonly price: number | undefined
  /** Of what was saved: to be told of at this price or below. */
  readonly max: number | undefined
}

/** The price as the world had it at the look at `at`. */
export interface Found {
  readonly at: EpochMs
  readonly price: number | undefined
}

/** Lists are rising by time, one of each time. */
export interface Page {
  readonly product: string
  readonly saved: readonly Look[]
  readonly looked: readonly Look[]
  readonly bought: readonly EpochMs[]
  /** Of looks that may be measured by: what is saved may be over before what was looked at is. */
  readonly found: readonly Found[]
  /** It fired for a price that is low since; the time of the look that it was measured by. */
  readonly firedFor: EpochMs | undefined
  /** Facts of the product are told. */
  readonly watched: boolean
}

export interface PriceWatchState {
  /** Sorted by product. */
  readonly pages: readonly Page[]
  /** What the timer is set to. */
  readonly armed: EpochMs | undefined
}

export const EMPTY: PriceWatchState = { pages: [], armed: undefined }

function writeOptional(value: number | undefined, to: ByteWriter): void {
  to.bool(value !== undefined)
  if (value !== undefined) to.float(value)
}

const readOptional = (from: ByteReader): number | undefined => (from.bool() ? from.float() : undefined)

function writeTime(at: EpochMs | undefined, to: ByteWriter): void {
  to.bool(at !== undefined)
  if (at !== undefined) to.int(at)
}

const readTime = (from: ByteReader): EpochMs | undefined => (from.bool() ? from.int() : undefined)

function writeLook({ at, price, max }: Look, to: ByteWriter): void {
  to.int(at)
  writeOptional(price, to)
  writeOptional(max, to)
}

const readLook = (from: ByteReader): Look => ({
  at: from.int(),
  price: readOptional(from),
  max: readOptional(from),
})

function writePage({ product, saved, looked, bought, found, firedFor, watched }: Page, to: ByteWriter): void {
  to.text(product)
  for (const looks of [saved, looked]) writeList(to, looks, (look) => writeLook(look, to))
  writeList(to, bought, (at) => to.int(at))
  writeList(to, found, ({ at, price }) => {
    to.int(at)
    writeOptional(price, to)
  })
  writeTime(firedFor, to)
  to.bool(watched)
}

const readPage = (from: ByteReader): Page => ({
  product: from.text(),
  saved: readList(from, () => readLook(from)),
  looked: readList(from, () => readLook(from)),
  bought: readList(from, () => from.int()),
  found: readList(from, () => ({ at: from.int(), price: readOptional(from) })),
  firedFor: readTime(from),
  watched: from.bool(),
})

export const priceWatchState: StateShape<PriceWatchState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ pages, armed }, writer) {
    writeList(writer, pages, (page) => writePage(page, writer))
    writeTime(armed, writer)
  },
  decode(reader, version) {
    knownVersion('the state of price-watch', version, 1)
    return { pages: readList(reader, () => readPage(reader)), armed: readTime(reader) }
  },
}
