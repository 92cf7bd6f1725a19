/**
 * price-watch: the scratchpad. Products that a person saved, or came back to, are watched; when one of them becomes cheaper or is to be had
 * again, a trigger fires.
 *
 * Promise (contracts, section 5 and W8 to W13): a price at or below the `price_max` of what was saved, or at least `drop` under the price
 * when saved, fires once for as long as it stays so; stock that was 0 and is not any more fires each time. Nothing fires after the person
 * bought the product, nor after `for` or `rememberFor`.
 *
 * Shape: facts come when the watermark reaches them, and meet what the person had done up to then; everything on a page has its time, and
 * what lies ahead of the watermark waits there. So the order of arrival makes no difference, and neither does the order of merges: lists of
 * times can be united. One timer a person lets go of what is over, and of its watches.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import { fieldOf } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange, WatchChange } from '../../model/operator.ts'
import { type EpochMs, formatTime } from '../../model/time.ts'
import { entityOf, type WorldFact } from '../../model/world.ts'
import {
  preparePriceWatch,
  type PriceWatchConfig,
  priceWatchConfig,
  priceWatchProblems,
  type PriceWatchReady,
} from './config.ts'
import {
  endOf,
  isLow,
  lookAt,
  mergedPages,
  newPage,
  pruned,
  remembered,
  saveAt,
  withFound,
  withLook,
  withTime,
} from './page.ts'
import { type Look, type Page, priceWatchState, type PriceWatchState } from './state.ts'

const TIMER = 'price-watch'
const TRIGGER = 'price-watch'
const NOTHING: readonly Draft[] = []

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** The pages with one changed, or a new one. */
function withPage(pages: readonly Page[], product: string, change: (page: Page) => Page): readonly Page[] {
  const place = pages.findIndex((page) => page.product >= product)
  const known = place < 0 ? undefined : pages[place]
  if (known?.product === product) return pages.with(place, change(known))
  return pages.toSpliced(place < 0 ? pages.length : place, 0, change(newPage(product)))
}

/** Products of an order; without a list of them nobody knows what was bought. */
function boughtIn(event: StreamEvent): readonly string[] {
  const products = fieldOf(event, 'products')
  if (!Array.isArray(products)) return []
  return products.flatMap((line) => textOf((line as { product_id?: unknown } | null)?.product_id) ?? [])
}

function noted(pages: readonly Page[], event: StreamEvent): readonly Page[] {
  const { type, time } = event
  if (type === 'order.completed') {
    const bought = (page: Page): Page => ({ ...page, bought: withTime(page.bought, time) })
    return boughtIn(event).reduce((all, product) => withPage(all, product, bought), pages)
  }
  const product = textOf(fieldOf(event, 'product_id'))
  if (product === undefined) return pages
  const price = numberOf(fieldOf(event, 'price'))
  if (type !== 'product.saved') {
    const look: Look = { at: time, price, max: undefined }
    return withPage(pages, product, (page) => ({ ...page, looked: withLook(page.looked, look) }))
  }
  const save: Look = { at: time, price, max: numberOf(fieldOf(event, 'price_max')) }
  return withPage(pages, product, (page) => ({ ...page, saved: withLook(page.saved, save) }))
}

const newestOf = ({ saved, looked, bought }: Page): EpochMs =>
  Math.max(saved.at(-1)?.at ?? 0, looked.at(-1)?.at ?? 0, bought.at(-1) ?? 0)

/** At most so many pages: what was saved goes last, the oldest first. */
function bounded(pages: readonly Page[]): readonly Page[] {
  if (pages.length <= INSTANCES_PER_PERSON_MAX) return pages
  const rank = (page: Page): number => (page.saved.length > 0 ? 1 : 0)
  const best = pages.toSorted(
    (a, b) => rank(b) - rank(a) || newestOf(b) - newestOf(a) || (a.product < b.product ? -1 : 1),
  )
  const kept = new Set(best.slice(0, INSTANCES_PER_PERSON_MAX))
  return pages.filter((page) => kept.has(page))
}

/** Whatever may come to count: of looks beyond the newest ones an older one may be bought, or one ahead of the watermark may be late. */
const isWatched = ({ saved, looked }: Page, { remember }: PriceWatchReady): boolean =>
  saved.length > 0 || (remember > 0 && looked.length > 1)

/** The state, with its timer and its watches where they belong. */
function settled(
  pages: readonly Page[],
  watermark: EpochMs,
  ready: PriceWatchReady,
  armed: EpochMs | undefined,
): Step<PriceWatchState> {
  const left = pages.flatMap((page) => pruned(page, watermark, ready) ?? [])
  const kept = bounded(left)
  const due = kept.length === 0 ? undefined : Math.min(...kept.map((page) => endOf(page, ready)))
  const watch: WatchChange[] = []
  const say = (product: string, on: boolean): void => {
    watch.push({ entity: entityOf('product', product), on })
  }
  const marked = kept.map((page) => {
    const watched = isWatched(page, ready)
    if (watched === page.watched) return page
    say(page.product, watched)
    return { ...page, watched }
  })
  const here = new Set(kept.map(({ product }) => product))
  for (const { product, watched } of pages) if (watched && !here.has(product)) say(product, false)
  const timers: readonly TimerChange[] = due === armed ? [] : [{ name: TIMER, due }]
  const state = kept.length === 0 ? undefined : { pages: marked, armed: due }
  return { state, timers, watch, fellOut: left.length - kept.length }
}

/** What a fact of a product is measured by, and whether it is one to fire for. */
interface Measure {
  /** How it was saved and how it was looked at last, as far as these count at all. */
  readonly looks: readonly (Look | undefined)[]
  readonly look: Look | undefined
  readonly counts: boolean
}

/**
 * By what the person had done up to the time of the fact, or, of a late one, up to the watermark that it met. What is said of the very
 * moment of a look, or of before, was so when the person looked.
 */
function measureOf(pages: readonly Page[], page: Page, moment: Moment, ready: PriceWatchReady): Measure {
  const at = Math.max(moment.at, moment.watermark)
  const before = (look: Look | undefined) => (look !== undefined && look.at < moment.at ? look : undefined)
  const saved = saveAt(page, at, ready) && saveAt(page, at - 1, ready)
  const looked = lookAt(page, at, ready) && lookAt(page, at - 1, ready)
  const looks = [before(saved), before(looked)]
  if (saved !== undefined) return { looks, look: before(saved), counts: true }
  return { looks, look: before(looked), counts: remembered(pages, at - 1, ready).has(page.product) }
}

function fired(look: Look, fact: WorldFact, kind: 'price-drop' | 'back-in-stock'): Draft {
  const { id, time, price, price_before: before } = fact
  const said = { price: price ?? look.price ?? null, price_before: before ?? null }
  const data = { trigger: TRIGGER, instance: id, kind, ...said, saved_at: formatTime(look.at) }
  return { type: 'trigger.fired', time, data }
}

interface Course {
  readonly page: Page
  readonly emit: readonly Draft[]
}

function onPrice(
  page: Page,
  { looks, look, counts }: Measure,
  fact: WorldFact,
  { drop }: PriceWatchReady,
): Course {
  const found = withFound(page.found, looks, fact.before)
  if (look === undefined) return { page: found === page.found ? page : { ...page, found }, emit: NOTHING }
  const was = look.price ?? found.find(({ at }) => at === look.at)?.price
  const low = isLow(fact.value, look, was, drop)
  const fires = low && counts && page.firedFor !== look.at
  const firedFor = fires ? look.at : low ? page.firedFor : undefined
  const emit = fires ? [fired(look, { ...fact, price_before: fact.before ?? was }, 'price-drop')] : NOTHING
  return { page: { ...page, found, firedFor }, emit }
}

function onStock(page: Page, { look, counts }: Measure, fact: WorldFact): Course {
  const fires = look !== undefined && counts && fact.before === 0 && fact.value > 0
  return { page, emit: fires ? [fired(look, fact, 'back-in-stock')] : NOTHING }
}

export const priceWatch: Operator<PriceWatchConfig, PriceWatchState, PriceWatchReady> = {
  type: 'price-watch',
  stage: 'profile',
  summary: 'Fires when a product that a person saved or came back to becomes cheaper, or is in stock again.',
  config: priceWatchConfig,
  accepts: ['product.saved', 'product.searched', 'product.viewed', 'order.completed'],
  emits: ['trigger.fired'],
  fields: {
    trigger: 'text',
    instance: 'text',
    kind: 'text',
    price: 'number',
    price_before: 'number',
    saved_at: 'time',
  },
  watches: () => ['product'],
  check: priceWatchProblems,
  state: priceWatchState,
  prepare: preparePriceWatch,

  onEvent(state, event, { watermark }, ready) {
    const { pages, armed } = state
    const next = noted(pages, event)
    if (next === pages) return undefined
    return settled(next, watermark, ready, armed)
  },

  onTimer({ pages }, _timer, { at }, ready) {
    return settled(pages, at, ready, undefined)
  },

  onWorld({ pages, armed }, fact, moment, ready) {
    const page = pages.find(({ product }) => product === fact.id)
    if (page === undefined) return undefined
    const measure = measureOf(pages, page, moment, ready)
    const course = fact.field === 'price' ? onPrice(page, measure, fact, ready) : onStock(page, measure, fact)
    if (course.page === page && course.emit.length === 0) return undefined
    return { state: { pages: withPage(pages, fact.id, () => course.page), armed }, emit: course.emit }
  },

  merge(kept, absorbed, { watermark }, ready) {
    const pages = absorbed.pages.reduce<readonly Page[]>(
      (all, page) => withPage(all, page.product, (known) => mergedPages(known, page)),
      // What either watched is watched no more, until it is said anew.
      kept.pages.map((page) => ({ ...page, watched: false })),
    )
    return settled(pages, watermark, ready, undefined)
  },
}
