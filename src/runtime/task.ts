/**
 * The task: one stage over one lane, run by one process. Its loop: read a turn, load what it needs, fold, commit, apply.
 *
 * 1. The commit to the log is the only point of truth: outputs, one changelog record per changed state, the task's own record and the
 *    position, all or nothing. Nothing is visible before it, nothing is sent to the store before it.
 * 2. The store is brought up to a commit by `apply`, fenced by {owner, chain, page}; it holds committed state only.
 * 3. Open: take the task over (this fences the predecessor), write the owner, read the position; a store that does not stand at the
 *    last commit is rebuilt from the changelog, page by page. Only then is a record read.
 * 4. Any error in a commit or an apply ends the task: it is closed and opened again, never retried in place.
 * 5. A store that does not carry what the task's last apply left went back in time, or is another's: nothing of the turn is sent.
 */
import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { AdapterError, Fenced, invariant, knownVersion } from '../model/errors.ts'
import { Appends } from './appends.ts'
import type { Lane, Log, LogReader, Owner, RecordBatch } from './ports/log.ts'
import {
  type Counts,
  type Observer,
  addCounts,
  decodeCounts,
  encodeCounts,
  newCounts,
} from './ports/observer.ts'
import type { StateChange, StateStore, Stamp } from './ports/state-store.ts'
import type { Stage } from './stage.ts'

/** The fixed key of the task's own record in its changelog. */
export const TASK_KEY = 'task'
/** Of the task's own record: version, position, counts, then what the stage writes. */
const RECORD_VERSION = 1
/** Changes in one call while a store is brought up. */
export const PAGE_CHANGES_MAX = 2000

export interface TaskOptions {
  /** Unique in the application: `shopkeeper.shop.profile.3`. Its transactional id and the name of its states. */
  readonly id: string
  readonly input: Lane
  readonly changelog: Lane
  readonly log: Log
  readonly store: StateStore
  /** Load every state at open: the gate holds the whole graph. */
  readonly preload: boolean
  readonly createStage: (appends: Appends) => Stage
  readonly observe: Observer
  /** Default: {@link PAGE_CHANGES_MAX}. */
  readonly pageChangesMax?: number
}

export class Task {
  readonly id: string
  private readonly options: TaskOptions
  private readonly appends = new Appends()
  private readonly writer = new ByteWriter()
  /** Values of the changes of the commit under way. */
  private readonly values = new ByteWriter(1 << 16)
  private readonly stage: Stage
  private owner: Owner = { producerId: -1, epoch: -1 }
  private chain = 0
  private position = 0
  private reader: LogReader | undefined
  private totals: Counts = newCounts()
  /** How the positions differed when the task was opened last. */
  private disagreement: string | undefined

  constructor(options: TaskOptions) {
    this.id = options.id
    this.options = options
    this.stage = options.createStage(this.appends)
  }

  /** Takes the task over and makes its states those of the last commit. @throws Fenced, AdapterError. */
  async open(): Promise<void> {
    const { log, store, input, changelog } = this.options
    const { owner, positions } = await log.takeOver(this.id)
    this.owner = owner
    const found = await store.open(this.id, owner)
    const entries = new Map<string, ChangelogEntry>()
    await log.replay(changelog, (key, value) => {
      if (value === undefined) entries.delete(key)
      else entries.set(key, decodeEntry(value))
    })
    const own = entries.get(TASK_KEY)
    entries.delete(TASK_KEY)
    this.chain = own?.chain ?? 0
    const { restored, rebuilt } = await this.bringUp(found, entries)
    this.begin(own?.state)
    await this.prime()
    const committed = positions.find(
      ({ topic, partition }) => topic === input.topic && partition === input.partition,
    )
    this.agree(committed?.offset)
    this.reader = log.read([{ ...input, offset: this.position }])
    this.options.observe({ kind: 'opened', task: this.id, rebuilt, restored })
  }

  /**
   * One turn of the loop: true if there was anything to do.
   * @throws Fenced: another has the task. AdapterError: close it and open it again.
   */
  async turn(waitMs: number): Promise<boolean> {
    invariant(this.reader !== undefined, `task ${this.id} is not open`)
    const turn = await this.reader.next(waitMs)
    if (turn.kind === 'nothing') return false
    await this.work(turn.batches)
    return true
  }

  async close(reason: string): Promise<void> {
    const reader = this.reader
    this.reader = undefined
    this.appends.clear()
    await reader?.close()
    this.options.observe({ kind: 'closed', task: this.id, reason })
  }

  /** Everything that this task has committed since it was created: kept with its state, so that no crash loses count. */
  committed(): Counts {
    return this.totals
  }

  /**
   * The position in the log and the one in the task's own record are of one commit. Where they differ, another has taken the task
   * over in between and committed; where they differ in the same way again, the log is not what was committed to it.
   */
  private agree(committed: number | undefined): void {
    if (committed === undefined || committed === this.position) {
      this.disagreement = undefined
      return
    }
    const seen = `${this.chain}: the log begins at ${committed}, the task's own record at ${this.position}`
    invariant(this.disagreement !== seen, `task ${this.id}, commit ${seen}`)
    this.disagreement = seen
    throw overtaken(this.id)
  }

  private begin(record: Buffer | undefined): void {
    if (record === undefined) {
      this.totals = newCounts()
      this.position = 0
      this.stage.opened(undefined)
      return
    }
    const reader = new ByteReader(record)
    knownVersion(`the record of task ${this.id}`, reader.byte(), RECORD_VERSION)
    this.position = reader.uint()
    this.totals = decodeCounts(reader)
    this.stage.opened(record.subarray(reader.at))
  }

  private stamp(): Stamp {
    return { owner: this.owner, chain: this.chain, page: 0 }
  }

  /** Folds a turn's batches, over as many commits as it takes. */
  private async work(batches: readonly RecordBatch[]): Promise<void> {
    for (;;) {
      // What is loaded may name others: an inbox says for whom somebody leaves.
      for (let keys = this.stage.missing(batches); keys.length > 0; keys = this.stage.missing(batches))
        await this.load(keys)
      const before = this.position
      const { position, complete } = this.stage.fold(batches, before)
      this.position = position
      const idle = await this.commit(before !== position)
      if (complete) return
      invariant(!idle || this.stage.missing(batches).length > 0, `task ${this.id} makes no progress`)
    }
  }

  private async load(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const { store } = this.options
    const main = await store.load(this.id, this.stamp(), keys)
    if (main === undefined) throw storeMoved(this.id)
    const parts: string[] = []
    const numbers = main.values.map((bytes) => (bytes === undefined ? [] : this.stage.chunksOf(bytes)))
    numbers.forEach((list, i) => {
      for (const number of list) parts.push(`${keys[i]}#${number}`)
    })
    const chunks = parts.length === 0 ? { values: [] } : await store.load(this.id, this.stamp(), parts)
    if (chunks === undefined) throw storeMoved(this.id)
    let next = 0
    keys.forEach((key, i) => {
      const own = new Map<number, Buffer>()
      for (const number of numbers[i] ?? []) {
        const bytes = chunks.values[next++]
        if (bytes !== undefined) own.set(number, bytes)
      }
      this.stage.loaded(key, main.values[i], own)
    })
  }

  /** One transaction and one apply; true if there was nothing to commit. */
  private async commit(moved: boolean): Promise<boolean> {
    const { log, store, input, changelog, observe } = this.options
    const { stage, appends } = this
    const values = this.values
    values.reset()
    const changes = stage.changes(values)
    if (!moved && changes.length === 0 && appends.count === 0) return true
    const next = this.chain + 1
    for (const { key, start, end, due } of changes) {
      if (end < 0) appends.record(changelog.topic, changelog.partition, undefined, key, null)
      else {
        appends.begin(changelog.topic, changelog.partition, undefined, key)
        encodeHead(appends.writer, next, due)
        appends.writer.raw(values.buffer, start, end)
        appends.end()
      }
    }
    const counts = stage.counts()
    addCounts(this.totals, counts)
    this.writer.reset()
    this.writer.byte(RECORD_VERSION)
    this.writer.uint(this.position)
    encodeCounts(this.totals, this.writer)
    stage.record(this.writer)
    appends.begin(changelog.topic, changelog.partition, undefined, TASK_KEY)
    encodeHead(appends.writer, next, undefined)
    appends.writer.raw(this.writer.buffer, 0, this.writer.length)
    appends.end()
    const positions = [{ ...input, offset: this.position }]
    await log.commit({ task: this.id, owner: this.owner, appends, positions })
    const applied = await store.apply(
      this.id,
      this.stamp(),
      { chain: next, page: 0 },
      { clear: false, buffer: values.buffer, changes },
    )
    observe({ kind: 'committed', task: this.id, counts, watermark: stage.watermark() })
    if (!applied) throw storeMoved(this.id)
    this.chain = next
    stage.applied()
    return false
  }

  /** Makes the store equal to the changelog, page by page, each fenced by what the page before left. */
  private async bringUp(
    found: { readonly chain: number; readonly page: number },
    entries: ReadonlyMap<string, ChangelogEntry>,
  ): Promise<{ restored: number; rebuilt: boolean }> {
    const { store, pageChangesMax = PAGE_CHANGES_MAX } = this.options
    if (found.page === 0 && found.chain === this.chain) return { restored: 0, rebuilt: false }
    // What was deleted since the store's chain has no record any more that says so: only a store that is up to date is kept.
    let stamp: Stamp = { owner: this.owner, chain: found.chain, page: found.page }
    const values = this.values
    values.reset()
    let changes: StateChange[] = []
    let clear = true
    const send = async (last: boolean): Promise<void> => {
      const next = last ? { chain: this.chain, page: 0 } : { chain: -1, page: stamp.page + 1 }
      if (!(await store.apply(this.id, stamp, next, { clear, buffer: values.buffer, changes })))
        throw storeMoved(this.id)
      stamp = { owner: this.owner, ...next }
      clear = false
      changes = []
      values.reset()
    }
    // The first page takes the chain away, so that a store that is half filled never looks whole.
    await send(false)
    for (const [key, { state, due }] of entries) {
      const start = values.length
      values.raw(state)
      changes.push({ key, start, end: values.length, due })
      if (changes.length === pageChangesMax) await send(false)
    }
    await send(true)
    return { restored: entries.size, rebuilt: true }
  }

  /** The index of due timers; of the gate the whole graph. */
  private async prime(): Promise<void> {
    const { store, preload } = this.options
    const index = await store.index(this.id, this.stamp())
    if (index === undefined) throw storeMoved(this.id)
    if (preload) await this.load(index.map(({ key }) => key))
    else for (const { key, due } of index) if (due !== undefined) this.stage.armed(key, due)
  }
}

interface ChangelogEntry {
  readonly chain: number
  readonly due: number | undefined
  readonly state: Buffer
}

/** A changelog value begins with the chain number and the due time of the earliest timer; the state follows. */
function encodeHead(writer: ByteWriter, chain: number, due: number | undefined): void {
  writer.uint(chain)
  writer.bool(due !== undefined)
  if (due !== undefined) writer.int(due)
}

function decodeEntry(bytes: Buffer): ChangelogEntry {
  const reader = new ByteReader(bytes)
  const chain = reader.uint()
  const due = reader.bool() ? reader.int() : undefined
  return { chain, due, state: Buffer.from(bytes.subarray(reader.at)) }
}

function overtaken(task: string): Error {
  return new AdapterError(
    'overtaken',
    `${task} was committed to while it was opened: it is opened again`,
    true,
  )
}

function storeMoved(task: string): Error {
  return new AdapterError(
    'store-moved',
    `the state store of ${task} does not carry its last commit: it is opened again`,
    true,
  )
}

/** Whether the task was taken by another: it ends quietly. */
export const isFenced = (error: unknown): boolean => error instanceof Fenced
