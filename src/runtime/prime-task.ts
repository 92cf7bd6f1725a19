/**
 * What a stage has in memory before its first record: the index of due timers, or, of a stage that must know everything, all states.
 */
import { TASK_KEY } from './changelog.ts'
import type { ScanPage, StateStore, Stamp } from './ports/state-store.ts'
import type { Stage } from './stage.ts'

/** Entries of the index of due timers that are read at once. */
const DUE_PAGE = 10_000
const NO_CHUNKS: ReadonlyMap<number, Buffer> = new Map()

export interface PrimingOptions {
  readonly task: string
  readonly store: StateStore
  readonly stamp: Stamp
  readonly stage: Stage
  /** All states, not the timers. */
  readonly preload: boolean
  /** Called after each page. */
  readonly alive: () => void
}

/** False: the store does not carry the stamp any more. */
export const prime = (options: PrimingOptions): Promise<boolean> =>
  options.preload ? states(options) : timers(options)

async function states({ task, store, stamp, stage, alive }: PrimingOptions): Promise<boolean> {
  const ask = (cursor?: string): Promise<ScanPage | undefined> => store.scan(task, stamp, cursor)
  for (let asked: Promise<ScanPage | undefined> | undefined = ask(); asked !== undefined; ) {
    const page: ScanPage | undefined = await asked
    if (page === undefined) return false
    // The store gets the next page ready while this one is taken in; what fails is told where it is waited for.
    asked = page.cursor === undefined ? undefined : ask(page.cursor)
    asked?.catch(() => {})
    page.keys.forEach((key, i) => {
      if (key !== TASK_KEY) stage.loaded(key, page.values[i], NO_CHUNKS)
    })
    alive()
  }
  return true
}

async function timers({ task, store, stamp, stage, alive }: PrimingOptions): Promise<boolean> {
  for (let from = 0, more = true; more; from += DUE_PAGE) {
    const page = await store.due(task, stamp, from, DUE_PAGE)
    if (page === undefined) return false
    const wanted = page.flatMap(({ key, due }) => (stage.armed(key, due) ? [key] : []))
    const values = wanted.length === 0 ? [] : await store.load(task, stamp, wanted)
    if (values === undefined) return false
    wanted.forEach((key, i) => stage.loaded(key, values[i], NO_CHUNKS))
    more = page.length === DUE_PAGE
    alive()
  }
  return true
}
