/**
 * The rule: what of a product counts at a moment, what may be let go of, and what two people's pages make as one.
 *
 * Everything is kept with its time, and what has not been reached by the watermark does not count yet: so a fact of some moment meets what
 * the person had done by then, whatever arrived first.
 */
import type { EpochMs } from '../../model/time.ts'
import type { PriceWatchReady } from './config.ts'
import type { Found, Look, Page } from './state.ts'

/** Entries of one list beyond the watermark: more than anybody does to one product within the lateness. */
const AHEAD_MAX = 16
/** Of what lies behind the watermark, so much decides: the newest time it was saved, the two newest looks, the newest purchase. */
const SAVED_KEPT = 1
const LOOKED_KEPT = 2
const BOUGHT_KEPT = 1
/** So often a product is looked at before it is remembered. */
const LOOKS_ENOUGH = 2

const NEVER = Number.NEGATIVE_INFINITY
const NOTHING_FOUND: readonly Found[] = []

export const newPage = (product: string): Page => ({
  product,
  saved: [],
  looked: [],
  bought: [],
  found: NOTHING_FOUND,
  firedFor: undefined,
  watched: false,
})

const orderOf = ({ price, max }: Look): string => JSON.stringify([price ?? null, max ?? null])

/** Of two of one time always the same one stays, whichever came first. */
export function withLook(looks: readonly Look[], look: Look): readonly Look[] {
  let place = looks.length
  while (place > 0 && (looks[place - 1] as Look).at > look.at) place--
  const same = looks[place - 1]
  if (same?.at !== look.at) return looks.toSpliced(place, 0, look)
  return orderOf(same) >= orderOf(look) ? looks : looks.with(place - 1, look)
}

export const withTime = (times: readonly EpochMs[], at: EpochMs): readonly EpochMs[] =>
  times.includes(at) ? times : [...times, at].sort((a, b) => a - b)

/** The newest `kept` up to the watermark, and what lies ahead of it. */
function keptOf<Item>(
  list: readonly Item[],
  timeOf: (item: Item) => EpochMs,
  watermark: EpochMs,
  kept: number,
): readonly Item[] {
  const behind = list.filter((item) => timeOf(item) <= watermark).length
  const from = Math.max(0, behind - kept)
  const to = Math.min(list.length, behind + AHEAD_MAX)
  return from === 0 && to === list.length ? list : list.slice(from, to)
}

const newest = (times: readonly EpochMs[], upTo: EpochMs): EpochMs =>
  times.reduce((most, at) => (at <= upTo && at > most ? at : most), NEVER)

/** The page without what can decide nothing any more; undefined: there is nothing left. */
export function pruned(page: Page, watermark: EpochMs, ready: PriceWatchReady): Page | undefined {
  const at = (look: Look): EpochMs => look.at
  const bought = keptOf(page.bought, (time) => time, watermark, BOUGHT_KEPT).filter(
    (time) => time > watermark - ready.boughtMs,
  )
  const boughtAt = newest(page.bought, watermark)
  const counts = (spanMs: number) => (look: Look) => look.at > boughtAt && look.at + spanMs > watermark
  const saved = keptOf(page.saved, at, watermark, SAVED_KEPT).filter(counts(ready.forMs))
  const looked = keptOf(page.looked, at, watermark, LOOKED_KEPT).filter(counts(ready.rememberMs))
  if (saved.length === 0 && looked.length === 0 && bought.length === 0) return undefined
  const found = page.found.filter((one) => [...saved, ...looked].some((look) => look.at === one.at))
  return { ...page, saved, looked, bought, found }
}

/** When {@link pruned} may find something to let go of. */
export function endOf({ saved, looked, bought }: Page, ready: PriceWatchReady): EpochMs {
  return Math.min(
    ...saved.map(({ at }) => at + ready.forMs),
    ...looked.map(({ at }) => at + ready.rememberMs),
    ...bought.map((at) => at + ready.boughtMs),
  )
}

/** The newest time that the person looked at it, up to `at`, if it was often enough. */
export function lookAt({ looked, bought }: Page, at: EpochMs, ready: PriceWatchReady): Look | undefined {
  const boughtAt = newest(bought, at)
  const count = looked.filter(
    (look) => look.at <= at && look.at > boughtAt && look.at + ready.rememberMs > at,
  )
  return count.length < LOOKS_ENOUGH ? undefined : count.at(-1)
}

/** How it was saved last, up to `at`, unless that is over. */
export function saveAt({ saved, bought }: Page, at: EpochMs, ready: PriceWatchReady): Look | undefined {
  const last = saved.findLast((look) => look.at <= at)
  if (last === undefined || last.at <= newest(bought, at) || at >= last.at + ready.forMs) return undefined
  return last
}

/** By the newest look, then by product; of pages that are remembered at `at`. */
export function remembered(pages: readonly Page[], at: EpochMs, ready: PriceWatchReady): ReadonlySet<string> {
  const looks = pages.flatMap((page) => {
    const look = lookAt(page, at, ready)
    return look === undefined ? [] : [{ product: page.product, at: look.at }]
  })
  looks.sort((a, b) => b.at - a.at || (a.product < b.product ? -1 : 1))
  return new Set(looks.slice(0, ready.remember).map(({ product }) => product))
}

/** Whether it is under the limit, or far enough under what it was. */
export function isLow(price: number, { max }: Look, was: number | undefined, drop: number): boolean {
  if (max !== undefined && price <= max) return true
  // Half a millionth of slack: 19.9 less 5 percent has no exact value in binary.
  return was !== undefined && price <= was * (1 - drop) + Math.abs(was) * 5e-7
}

const later = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined ? b : b === undefined || a >= b ? a : b

/** With what a fact shows of the price at looks of which nothing is known: the first one behind a look has the price of then before it. */
export function withFound(
  found: readonly Found[],
  looks: readonly (Look | undefined)[],
  price: number | undefined,
): readonly Found[] {
  const unknown = looks.flatMap((look) =>
    look === undefined || found.some(({ at }) => at === look.at) ? [] : [{ at: look.at, price }],
  )
  // What was saved and looked at in one moment is found once.
  const more = unknown.filter((one, place) => unknown.findIndex(({ at }) => at === one.at) === place)
  return more.length === 0 ? found : [...found, ...more].sort((a, b) => a.at - b.at)
}

/** Of one look the greater price, whoever was told it. */
function mergedFound(a: readonly Found[], b: readonly Found[]): readonly Found[] {
  const prices = new Map(a.map(({ at, price }) => [at, price]))
  for (const { at, price } of b) {
    const known = prices.get(at)
    prices.set(at, known === undefined || (price !== undefined && price > known) ? price : known)
  }
  return [...prices].map(([at, price]) => ({ at, price })).sort((x, y) => x.at - y.at)
}

export function mergedPages(a: Page, b: Page): Page {
  return {
    product: a.product,
    saved: b.saved.reduce(withLook, a.saved),
    looked: b.looked.reduce(withLook, a.looked),
    bought: b.bought.reduce(withTime, a.bought),
    found: mergedFound(a.found, b.found),
    firedFor: later(a.firedFor, b.firedFor),
    watched: false,
  }
}
