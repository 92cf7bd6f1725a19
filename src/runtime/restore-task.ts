/**
 * How a state store is brought up to the end of its changelog when a task is opened.
 *
 * 1. A store that stands at some commit is told what came after it, from the offset that its last apply noted. One whose note is too
 *    old, is not finished or does not fit the changelog is rebuilt: everything goes, and the whole changelog is read.
 * 2. Every call carries {owner, chain, page} as the call before left them and adds 1 to page; only the last one sets chain and page 0.
 *    So a store that was half filled when the process died never looks whole: a page above 0 means rebuild.
 * 3. Deletions leave a compacted log after a while. So a note older than that is good only if nothing came after it at all.
 */
import { ByteWriter } from '../model/bytes.ts'
import { AdapterError, invariant } from '../model/errors.ts'
import type { DurationMs, EpochMs } from '../model/time.ts'
import { TASK_KEY, decodeHead } from './changelog.ts'
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
  readonly now: EpochMs
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

/** @throws AdapterError `store-moved` when another has opened the store meanwhile, or it went back in time. */
export async function bringUp(options: RestoreOptions): Promise<Restored> {
  const { log, changelog, found } = options
  const pages = createPages(options)
  if (found.page === 0 && found.resume !== undefined) {
    const replay = await log.replay(changelog, found.resume.offset)
    const resumed = replay && (await goOn(options, pages, replay, found.resume))
    if (resumed !== undefined) return resumed
  }
  const whole = await log.replay(changelog, 0)
  invariant(whole !== undefined, `the changelog of ${options.task} cannot be read from its beginning`)
  await pages.clear()
  const read = await copy(options, pages, whole, () => true)
  invariant(
    read !== undefined && (read.chain > 0 || read.records === 0),
    `no record of ${options.task} itself`,
  )
  await pages.finish(read.chain, whole.end)
  return { ...read, rebuilt: true }
}

/** Undefined: the store's note does not fit the changelog. */
async function goOn(
  options: RestoreOptions,
  pages: Pages,
  replay: Replay,
  { at }: Resume,
): Promise<Restored | undefined> {
  const { found, now } = options
  let last = found.chain
  const read = await copy(options, pages, replay, (chain) => {
    const follows = chain > found.chain && chain >= last && now - at <= RESUME_AGE_MAX_MS
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

function createPages({ task, owner, store, found, now }: RestoreOptions): Pages {
  const values = new ByteWriter(1 << 16)
  let changes: StateChange[] = []
  let stamp: Stamp = { owner, chain: found.chain, page: found.page }

  async function apply(next: Mark & { readonly resume: Resume | undefined }, clear: boolean): Promise<void> {
    const applied = await store.apply(task, stamp, next, { clear, buffer: values.buffer, changes })
    if (!applied) throw storeMoved(task)
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
      await apply({ chain: -1, page: stamp.page + 1, resume: undefined }, true)
    },
    send: () => apply({ chain: stamp.chain, page: stamp.page + 1, resume: undefined }, false),
    finish: (chain, changelogEnd) =>
      apply({ chain, page: 0, resume: { offset: changelogEnd, at: now } }, false),
  }
}

/** The store does not carry what this task left in it: it is opened again. */
export function storeMoved(task: string): Error {
  return new AdapterError(
    'store-moved',
    `the state store of ${task} does not carry its last commit: it is opened again`,
    true,
  )
}
