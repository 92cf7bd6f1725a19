/**
 * The task: one stage over its input lanes, run by one process. Its loop: read a turn, load what it needs, fold, commit, apply.
 *
 * 1. The commit to the log is the only point of truth: outputs, one changelog record per changed state, the task's own record and the
 *    positions, all or nothing. Nothing is visible before it, nothing is sent to the store before it.
 * 2. The store is brought up to a commit by `apply`, fenced by {owner, chain, page}; it holds committed state only.
 * 3. Open: take the task over (this fences the predecessor), write the owner, read the positions; bring the store up to the changelog's
 *    end (`restore-task.ts`). Only then is a record read.
 * 4. Any error in a commit or an apply ends the task: it is closed and opened again, never retried in place.
 * 5. A store that does not carry what the task's last apply left went back in time, or is another's: nothing of the turn is sent. A task
 *    without work asks once in a while.
 */
import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { AdapterError, Fenced, invariant, knownVersion } from '../model/errors.ts'
import { BEGINNING, type DurationMs, type EpochMs } from '../model/time.ts'
import { Appends } from './appends.ts'
import { TASK_KEY, encodeHead } from './changelog.ts'
import type { Clock } from './ports/clock.ts'
import type { Lane, Log, LogReader, Owner, Position, RecordBatch, Turn } from './ports/log.ts'
import {
  type Counts,
  type Observer,
  type Outcome,
  type TaskState,
  type TaskStatus,
  addCounts,
  decodeCounts,
  encodeCounts,
  newCounts,
} from './ports/observer.ts'
import type { StateChange, StateStore, Stamp } from './ports/state-store.ts'
import { Positions } from './positions.ts'
import { prime } from './prime-task.ts'
import { PAGE_CHANGES_MAX, bringUp, storeMoved } from './restore-task.ts'
import type { Stage } from './stage.ts'
import { RECORD_VERSION } from './task-record.ts'

/** Appended bytes after which a commit does not grow by another turn. */
const COMMIT_BYTES_MAX = 4_000_000

export interface TaskOptions {
  /** Unique in the application: `shopkeeper.shop.profile.3`. Its transactional id and the name of its states. */
  readonly id: string
  readonly stage: 'identify' | 'profile'
  readonly partition: number
  readonly inputs: readonly Lane[]
  readonly changelog: Lane
  readonly log: Log
  readonly store: StateStore
  readonly clock: Clock
  /** The compacted lane of the world, read at open after the states; undefined: nobody needs it. */
  readonly world?: Lane | undefined
  /** Load every state at open: the gate holds the whole graph. */
  readonly preload: boolean
  readonly createStage: (appends: Appends) => Stage
  readonly observe: Observer
  /** What must be known before the records of a turn can be decoded, such as their writers' schemas. */
  readonly prepare?: (batches: readonly RecordBatch[]) => Promise<void>
  /**
   * How often a task without records looks whether its store is still there, and tells its stage what time it is. Undefined: never,
   * where the log and the store live in this process, and time comes with the records.
   */
  readonly idleMs?: DurationMs
  /**
   * How long a commit may grow by turns that are there already; one without any more to come is committed at once. Default 0: a
   * commit for each turn.
   */
  readonly commitMs?: DurationMs
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
  private readonly positions: Positions
  private owner: Owner = { producerId: -1, epoch: -1 }
  private chain = 0
  private reader: LogReader | undefined
  private totals: Counts = newCounts()
  /** How the positions differed when the task was opened last. */
  private disagreement: string | undefined
  private state: TaskState = 'closed'
  private restoreRemaining = 0
  private lookedAt: EpochMs = BEGINNING
  private movedAt: EpochMs = BEGINNING

  constructor(options: TaskOptions) {
    this.id = options.id
    this.options = options
    this.stage = options.createStage(this.appends)
    this.positions = new Positions(options.inputs)
  }

  /**
   * Takes the task over and makes its states those of the last commit. `isOver` is asked while a long opening goes on: whoever is to
   * end does not bring a whole store up first.
   * @throws Fenced, AdapterError.
   */
  async open(isOver: () => boolean = () => false): Promise<void> {
    const { log, store, inputs, changelog, clock, observe, pageChangesMax = PAGE_CHANGES_MAX } = this.options
    const began = clock.now()
    this.state = 'opening'
    this.movedAt = began
    const { owner, positions } = await log.takeOver(this.id, inputs)
    this.owner = owner
    const found = await store.open(this.id, owner)
    const progress = (remaining: number): void => {
      if (isOver()) throw new AdapterError('ended', `${this.id} was to end while it was opened`, true)
      this.state = 'restoring'
      this.restoreRemaining = remaining
      this.movedAt = clock.now()
      observe({ kind: 'restoring', task: this.id, remaining })
    }
    const restored = await bringUp({
      task: this.id,
      owner,
      changelog,
      log,
      store,
      found,
      clock,
      pageChangesMax,
      progress,
    })
    this.chain = restored.chain
    this.restoreRemaining = 0
    this.begin((await this.loadKeys([TASK_KEY]))[0])
    const { preload } = this.options
    const alive = (): void => {
      this.movedAt = clock.now()
    }
    if (!(await prime({ task: this.id, store, stamp: this.stamp(), stage: this.stage, preload, alive })))
      throw await this.moved()
    await this.recall(alive)
    this.agree(positions)
    this.reader = log.read(this.positions.all())
    this.state = 'running'
    this.movedAt = this.lookedAt = clock.now()
    const { rebuilt, records } = restored
    observe({ kind: 'opened', task: this.id, rebuilt, restored: records, tookMs: this.lookedAt - began })
  }

  /**
   * One turn of the loop: true if there was anything to do.
   * @throws Fenced: another has the task. AdapterError: close it and open it again.
   */
  async turn(waitMs: DurationMs): Promise<boolean> {
    invariant(this.reader !== undefined, `task ${this.id} is not open`)
    const { clock, idleMs } = this.options
    const turn = await this.reader.next(waitMs)
    this.movedAt = clock.now()
    if (turn.batches.length > 0) {
      await this.work(this.reader, turn)
      return true
    }
    const now = this.movedAt
    if (idleMs === undefined || now - this.lookedAt < idleMs) return false
    this.lookedAt = now
    this.stage.reached(turn.atEnd, now)
    const idle = await this.commit(now)
    if (idle) await this.loadKeys([])
    return !idle
  }

  async close(outcome: Outcome, reason: string): Promise<void> {
    const reader = this.reader
    this.reader = undefined
    this.state = 'closed'
    this.appends.clear()
    await reader?.close()
    this.options.observe({ kind: 'closed', task: this.id, outcome, reason })
  }

  /** Everything that this task has committed since it was created: kept with its state, so that no crash loses count. */
  committed(): Counts {
    return this.totals
  }

  status(): TaskStatus {
    const { stage, partition } = this.options
    return {
      task: this.id,
      stage,
      partition,
      state: this.state,
      reason: undefined,
      movedAt: this.movedAt,
      watermark: this.stage.watermark(),
      inputs: this.reader?.progress() ?? [],
      restoreRemaining: this.restoreRemaining,
      ...this.stage.status(),
    }
  }

  /**
   * The positions in the log and those in the task's own record are of one commit, and the record, which its states are of, is what
   * the task goes on from. The log's may be behind: somebody set them back, or the broker lost the mark of a commit when it was
   * restarted. Where they are ahead, another has taken the task over in between and committed; where they are so again, the log is not
   * what was committed to it.
   */
  private agree(committed: readonly Position[]): void {
    const other = committed.find((position) => this.positions.of(position) < position.offset)
    if (other === undefined) {
      this.disagreement = undefined
      return
    }
    const { topic, partition, offset } = other
    const own = this.positions.of(other)
    const seen = `${this.chain}: the group stands at ${offset} of ${topic}/${partition}, the task's own record at ${own}`
    invariant(this.disagreement !== seen, `task ${this.id}, commit ${seen}`)
    this.disagreement = seen
    throw new AdapterError(
      'overtaken',
      `${this.id} was committed to while it was opened: it is opened again`,
      true,
    )
  }

  private begin(record: Buffer | undefined): void {
    if (record === undefined) {
      this.totals = newCounts()
      this.positions.reset()
      this.stage.opened(undefined)
      return
    }
    const reader = new ByteReader(record)
    knownVersion(`the record of task ${this.id}`, reader.byte(), RECORD_VERSION)
    this.positions.decode(reader)
    this.totals = decodeCounts(reader)
    this.stage.opened(record.subarray(reader.at))
  }

  /** What the log keeps of the world, which is no part of the task's own states. */
  private async recall(alive: () => void): Promise<void> {
    const { log, world } = this.options
    const { recall, recalled } = this.stage
    if (world === undefined || recall === undefined) return
    const replay = await log.replay(world, 0)
    invariant(replay !== undefined, `${world.topic} cannot be read from its beginning`)
    for await (const batch of replay.batches) {
      const cursor = batch.walk()
      while (cursor.next()) {
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        recall(buffer.toString('utf8', keyStart, keyEnd), buffer, valueStart, valueEnd)
      }
      alive()
    }
    recalled?.()
  }

  private stamp(): Stamp {
    return { owner: this.owner, chain: this.chain, page: 0 }
  }

  /** Folds what has come, turn by turn while more is there and a commit may grow, over as many commits as it takes. */
  private async work(reader: LogReader, first: Turn): Promise<void> {
    const { clock, commitMs = 0, prepare } = this.options
    let began = clock.now()
    for (
      let turn = first, came = began;
      turn.batches.length > 0;
      turn = await reader.next(0), came = clock.now()
    ) {
      const { batches, atEnd } = turn
      await prepare?.(batches)
      for (;;) {
        // What is loaded may name others: an inbox says for whom somebody leaves.
        for (let keys = this.stage.missing(batches); keys.length > 0; keys = this.stage.missing(batches))
          await this.load(keys)
        if (this.stage.fold(batches, this.positions)) break
        const idle = await this.commit(began)
        invariant(!idle || this.stage.missing(batches).length > 0, `task ${this.id} makes no progress`)
        began = clock.now()
      }
      // As of when the log said so: what took long since then may have kept records from being seen.
      this.stage.reached(atEnd, came)
      if (clock.now() - began >= commitMs || this.appends.bytes >= COMMIT_BYTES_MAX) break
    }
    await this.commit(began)
    this.lookedAt = clock.now()
  }

  private moved(): Promise<Error> {
    return storeMoved(this.options.store, this.id, this.owner)
  }

  private async loadKeys(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    const values = await this.options.store.load(this.id, this.stamp(), keys)
    if (values === undefined) throw await this.moved()
    return values
  }

  private async load(keys: readonly string[]): Promise<void> {
    const main = await this.loadKeys(keys)
    const parts: string[] = []
    const numbers = main.map((bytes) => (bytes === undefined ? [] : this.stage.chunksOf(bytes)))
    numbers.forEach((list, i) => {
      for (const number of list) parts.push(`${keys[i]}#${number}`)
    })
    const chunks = parts.length === 0 ? [] : await this.loadKeys(parts)
    let next = 0
    keys.forEach((key, i) => {
      const own = new Map<number, Buffer>()
      for (const number of numbers[i] ?? []) {
        const bytes = chunks[next++]
        if (bytes !== undefined) own.set(number, bytes)
      }
      this.stage.loaded(key, main[i], own)
    })
  }

  /** One transaction and one apply, of a turn that began at `began`; true if there was nothing to commit. */
  private async commit(began: EpochMs): Promise<boolean> {
    const { log, store, changelog, clock, observe } = this.options
    const { stage, appends, positions, values } = this
    values.reset()
    const changes = stage.changes(values)
    const counts = stage.counts()
    // Whoever was told of the world and had nothing to say left nothing else behind; how far the telling is stands in the task's record.
    const isTold = counts.woken > 0
    if (!positions.moved && changes.length === 0 && appends.count === 0 && !isTold) return true
    const next = this.chain + 1
    addCounts(this.totals, counts)
    changes.push(this.ownRecord())
    this.appendChanges(next, changes)
    const records = appends.count
    const { bytes } = appends
    const folded = clock.now()
    const known = positions.known()
    const transaction = { task: this.id, owner: this.owner, appends, positions: known, changelog }
    const offset = await log.commit(transaction).catch((error: unknown) => {
      const outcome = error instanceof Fenced ? 'fenced' : 'unknown'
      observe({ kind: 'uncommitted', task: this.id, outcome })
      throw error
    })
    const committed = clock.now()
    const applied = await store.apply(
      this.id,
      this.stamp(),
      // As of before the commit: nothing behind this offset was written earlier, however late this call arrives.
      { chain: next, page: 0, resume: { offset, at: folded } },
      { clear: false, buffer: values.buffer, changes },
    )
    this.movedAt = clock.now()
    observe({
      kind: 'committed',
      task: this.id,
      counts,
      watermark: stage.watermark(),
      records,
      bytes,
      changes: changes.length,
      stateBytes: values.length,
      foldMs: folded - began,
      commitMs: committed - folded,
      applyMs: this.movedAt - committed,
    })
    if (!applied) throw await this.moved()
    this.chain = next
    positions.settle()
    stage.applied()
    return false
  }

  /** The task's own record, as a state behind the others: positions, counts, and what the stage keeps for itself. */
  private ownRecord(): StateChange {
    const { writer, values } = this
    writer.reset()
    writer.byte(RECORD_VERSION)
    this.positions.encode(writer)
    encodeCounts(this.totals, writer)
    this.stage.record(writer)
    const start = values.length
    values.raw(writer.buffer, 0, writer.length)
    return { key: TASK_KEY, start, end: values.length, due: undefined }
  }

  private appendChanges(chain: number, changes: readonly StateChange[]): void {
    const { appends, values } = this
    const { topic, partition } = this.options.changelog
    for (const { key, start, end, due } of changes) {
      if (end < 0) appends.record(topic, partition, undefined, key, null)
      else {
        appends.begin(topic, partition, undefined, key)
        encodeHead(appends.writer, chain, due)
        appends.writer.raw(values.buffer, start, end)
        appends.end()
      }
    }
  }
}
