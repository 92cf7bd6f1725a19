/**
 * How a state store is brought up to the end of its changelog when a task is opened.
 *
 * 1. A store that stands at some commit is told what came after it, from the offset that its last apply noted. One whose note is too
 *    old, is not finished or does not fit the changelog is rebuilt: everything goes, and the whole changelog is read.
 * 2. Every call carries {owner, chain, page} as the call before left them and adds 1 to page; only the last one sets chain and page 0.
 *    So a store that was half filled when the process died never looks whole: a page above 0 means rebuild.
 * 3. No two openings share page numbers. A store takes "stands at next already" for this very call sent twice; a call of another opening,
 *    delayed and sent again, must not look like that.
 * 4. Deletions leave a compacted log after a while. So a note older than that is good only if nothing came after it at all, and an
 *    opening that took longer than that begins anew.
 *
 * docs/protocol has this as a model that a checker searches; each rule was added because leaving it out fails there.
 */
import { ByteWriter } from '../model/bytes.ts'
import { AdapterError, Fenced, invariant } from '../model/errors.ts'
import type { DurationMs, EpochMs } from '../model/time.ts'
import { TASK_KEY, decodeHead } from './changelog.ts'
import type { Clock } from './ports/clock.ts'
import type { Lane, Log, Owner, Replay } from './ports/log.ts'
import type { Found, Mark, Resume, StateChange, StateStore, Stamp } from './ports/state-store.ts'

/** Changes in one call while a store is brought up. */
export const PAGE_CHANGES_MAX = 2000
/** Bytes of states in one call, about. */
const PAGE_BYTES_MAX = 4_000_000
/** Half of what `topics create` keeps deletions for (`delete.retention.ms` of changelogs, 24 hours). */
export const RESUME_AGE_MAX_MS: DurationMs = 12 * 3_600_000

export interface RestoreOptions {
  readonly task: string
  readonly owner: Owner
  readonly changelog: Lane
  readonly log: Log
  readonly store: StateStore
  /** What the store answered when it was opened. */
  readonly found: Found
  readonly clock: Clock
  readonly pageChangesMax: number
  /** Records left to read. */
  readonly progress: (remaining: number) => void
}

export interface Restored {
  /** Number of the last commit, at which the store stands now; 0: there is none yet. */
  readonly chain: number
  readonly rebuilt: boolean
  /** Records read from the changelog. */
  readonly records: number
}

/** @throws Fenced when another has opened the store meanwhile; AdapterError `store-moved` when it went back in time. */
export async function bringUp(options: RestoreOptions): Promise<Restored> {
  const { log, changelog, clock, found } = options
  const began = clock.now()
  const pages = createPages(options, began)
  if (found.page === 0 && found.resume !== undefined) {
    const replay = await log.replay(changelog, found.resume.offset)
    const resumed = replay && (await goOn(options, pages, replay, began - found.resume.at))
    if (resumed !== undefined) return resumed
  }
  const whole = await log.replay(changelog, 0)
  invariant(whole !== undefined, `the changelog of ${options.task} cannot be read from its beginning`)
  await pages.clear()
  const read = await copy(options, pages, whole, () => true)
  invariant(read !== undefined, 'a whole changelog fits itself')
  if (read.chain === 0 && read.records > 0) throw withoutTask(options.task)
  await pages.finish(read.chain, whole.end)
  return { ...read, rebuilt: true }
}

/** Undefined: the store's note does not fit the changelog. */
async function goOn(
  options: RestoreOptions,
  pages: Pages,
  replay: Replay,
  ageMs: DurationMs,
): Promise<Restored | undefined> {
  const { found } = options
  let last = found.chain
  const read = await copy(options, pages, replay, (chain) => {
    const follows = chain > found.chain && chain >= last && ageMs <= RESUME_AGE_MAX_MS
    last = chain
    return follows
  })
  if (read?.records === 0) return { chain: found.chain, rebuilt: false, records: 0 }
  if (read === undefined || read.chain !== last) return undefined
  await pages.finish(read.chain, replay.end)
  return { ...read, rebuilt: false }
}

/** Every record into the store; undefined as soon as `fits` says no of a record's chain. `chain`: of the task's own record, 0 without. */
async function copy(
  { pageChangesMax, progress }: RestoreOptions,
  pages: Pages,
  { end, batches }: Replay,
  fits: (chain: number) => boolean,
): Promise<{ chain: number; records: number } | undefined> {
  let chain = 0
  let records = 0
  for await (const batch of batches) {
    const cursor = batch.walk()
    while (cursor.next()) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      const key = buffer.toString('utf8', keyStart, keyEnd)
      records++
      if (valueEnd < 0) pages.add(key, undefined, buffer, 0, -1)
      else {
        const head = decodeHead(buffer, valueStart, valueEnd)
        if (!fits(head.chain)) return undefined
        if (key === TASK_KEY) chain = head.chain
        pages.add(key, head.due, buffer, head.stateStart, valueEnd)
      }
      if (pages.changes >= pageChangesMax || pages.bytes >= PAGE_BYTES_MAX) await pages.send()
    }
    progress(Math.max(0, end - batch.nextOffset))
  }
  return { chain, records }
}

interface Pages {
  readonly changes: number
  readonly bytes: number
  add(key: string, due: EpochMs | undefined, buffer: Buffer, start: number, end: number): void
  /** Takes the chain away and deletes everything. */
  clear(): Promise<void>
  send(): Promise<void>
  /** The last page: only now the store looks whole. */
  finish(chain: number, changelogEnd: number): Promise<void>
}

/** Above any number of pages of one opening. */
const PAGES_MAX = 2 ** 32
/** Owners whose page numbers are told apart: 15 bits of epoch, 5 of producer id. */
const EPOCHS = 2 ** 15
const PRODUCERS = 2 ** 5

/** The first page of an opening: no other opening of this task has it, nor any behind it. */
export const firstPage = ({ producerId, epoch }: Owner): number =>
  ((producerId % PRODUCERS) * EPOCHS + (epoch % EPOCHS)) * PAGES_MAX + 1

function createPages({ task, owner, store, found, clock }: RestoreOptions, began: EpochMs): Pages {
  const values = new ByteWriter(1 << 16)
  let page = firstPage(owner)
  let changes: StateChange[] = []
  let stamp: Stamp = { owner, chain: found.chain, page: found.page }

  async function apply(next: Mark & { readonly resume: Resume | undefined }, clear: boolean): Promise<void> {
    const applied = await store.apply(task, stamp, next, { clear, buffer: values.buffer, changes })
    if (!applied) throw await storeMoved(store, task, owner)
    stamp = { owner, chain: next.chain, page: next.page }
    changes = []
    values.reset()
  }

  return {
    get changes() {
      return changes.length
    },
    get bytes() {
      return values.length
    },
    add(key, due, buffer, start, end) {
      if (end < 0) {
        changes.push({ key, start: 0, end: -1, due: undefined })
        return
      }
      const at = values.length
      values.raw(buffer, start, end)
      changes.push({ key, start: at, end: values.length, due })
    },
    async clear() {
      changes = []
      values.reset()
      await apply({ chain: -1, page: page++, resume: undefined }, true)
    },
    send: () => apply({ chain: stamp.chain, page: page++, resume: undefined }, false),
    async finish(chain, changelogEnd) {
      if (clock.now() - began > RESUME_AGE_MAX_MS) throw tooSlow(task)
      await apply({ chain, page: 0, resume: { offset: changelogEnd, at: began } }, false)
    },
  }
}

/** Deletions that were written while it read may be gone from what it read. */
const tooSlow = (task: string): Error =>
  new AdapterError(
    'restore-too-slow',
    `bringing the store of ${task} up took longer than deletions are told for sure: it begins anew`,
    true,
  )

/** Who was taken over while it read may meet a changelog that was compacted under its hands. */
const withoutTask = (task: string): Error =>
  new AdapterError(
    'overtaken',
    `the changelog of ${task} has states, but no record of the task itself: another has taken it over, or somebody else wrote there`,
    true,
  )

/**
 * Why a store does not carry what this task left in it. Another's: whoever opened it has the task, and is not to be taken over in turn.
 * A store that lost everything, or went back to an earlier owner of the same name, is opened again at once. Only how long to wait
 * hangs on it.
 */
export async function storeMoved(
  store: StateStore,
  task: string,
  { producerId, epoch }: Owner,
): Promise<Error> {
  const found = await store.ownerOf(task)
  if (found !== undefined && (found.producerId !== producerId || found.epoch > epoch))
    return new Fenced(`${task} was taken over: another has opened its state store`)
  return new AdapterError(
    'store-moved',
    `the state store of ${task} does not carry its last commit: it is opened again`,
    true,
  )
}
