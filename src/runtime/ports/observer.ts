/** The Observer port: facts about the runtime, for metrics, summaries, logs and checkers. Never asked for anything. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'

export type Observation =
  /** A committed transaction, and what its parts took. Bytes and records are those appended, changelog included. */
  | {
      readonly kind: 'committed'
      readonly task: string
      readonly counts: Counts
      readonly watermark: EpochMs
      readonly records: number
      readonly bytes: number
      /** States written or deleted, the task's own record among them. */
      readonly changes: number
      /** Of the states written. */
      readonly stateBytes: number
      readonly foldMs: DurationMs
      readonly commitMs: DurationMs
      readonly applyMs: DurationMs
    }
  /** A transaction that was begun and of which no commit was heard: refused since another has the task, or with an outcome unknown. */
  | { readonly kind: 'uncommitted'; readonly task: string; readonly outcome: 'fenced' | 'unknown' }
  /** A task is being brought up from its changelog: records left to read. */
  | { readonly kind: 'restoring'; readonly task: string; readonly remaining: number }
  | {
      readonly kind: 'opened'
      readonly task: string
      readonly rebuilt: boolean
      readonly restored: number
      readonly tookMs: DurationMs
    }
  | {
      readonly kind: 'closed'
      readonly task: string
      readonly outcome: Outcome
      readonly reason: string
    }
  /** Records of a source that retention took before they were read, and that are gone over as it was asked for: `from` up to `to`. */
  | {
      readonly kind: 'skipped'
      readonly topic: string
      readonly partition: number
      readonly from: number
      readonly to: number
    }
  /** The group has given this member these lanes; tasks gained and lost by it. */
  | {
      readonly kind: 'assigned'
      readonly generation: number
      readonly lanes: number
      readonly gained: number
      readonly lost: number
    }

/** Why a task was closed: as asked, since its lane went to another member, since another took it over, or since something failed. */
export type Outcome = 'stopped' | 'revoked' | 'fenced' | 'failed'

/** Where a lane's reader stands. `stable` is the end of what is committed, `high` the end of all: between them lies what is open. */
export interface LaneProgress {
  readonly topic: string
  readonly partition: number
  /** Next offset that a turn will bring; EARLIEST (`log.ts`): the lane was never read. */
  readonly position: number
  /** -1: not known yet. */
  readonly stable: number
  readonly high: number
}

export type TaskState = 'opening' | 'restoring' | 'running' | 'waiting' | 'closed'

/** What a task looks like from outside, at one moment: for gauges, health and whoever asks. */
export interface TaskStatus {
  readonly task: string
  readonly stage: 'identify' | 'profile'
  readonly partition: number
  readonly state: TaskState
  /** Of a waiting task: what it waits for, in words. */
  readonly reason: string | undefined
  /** Clock time when its loop last came round, committed, or made a step of its opening. */
  readonly movedAt: EpochMs
  readonly watermark: EpochMs
  readonly inputs: readonly LaneProgress[]
  readonly restoreRemaining: number
  /** Of the gate: the source partition whose clock is furthest behind, `web/3`. */
  readonly holder: string | undefined
  readonly timersPending: number
  /** Due time of the earliest timer; undefined: none. */
  readonly nextTimer: EpochMs | undefined
  /** States in memory. */
  readonly cachedStates: number
}

/** The process as a member of its group. */
export interface GroupStatus {
  readonly member: boolean
  /** Of no member: what it waits for, in words. */
  readonly reason: string | undefined
  readonly generation: number
  /** Lanes assigned to it. */
  readonly lanes: number
}

/** The state store as it answered last. */
export interface StoreStatus {
  readonly up: boolean
  readonly memoryBytes: number
  /** 0: no limit. */
  readonly memoryBytesMax: number
  /** In the store's own word, `noeviction`. */
  readonly evictionPolicy: string
  /** Since the store was started. */
  readonly evictedKeys: number
  /** Of its last answer; undefined: there is none. */
  readonly latencyMs: DurationMs | undefined
}

/** What a whole process looks like from outside. Embedded, there is no group, and the store is part of the process. */
export interface ProcessStatus {
  readonly tasks: readonly TaskStatus[]
  readonly group: GroupStatus | undefined
  readonly store: StoreStatus | undefined
  /** Why it takes nothing more in, in words: `it is stopping`. Undefined: it does. */
  readonly ending: string | undefined
}

/** What came of an order to erase: somebody went, nobody was known by that name, or a suppression was ended. */
export type EraseOutcome = 'erased' | 'unknown' | 'lifted'

/** What one commit did. Plain fields: counted in the fold, read after the commit. */
export interface Counts {
  /** Input records, marks among them. */
  records: number
  events: number
  blanks: number
  late: number
  deadLetters: Map<string, number>
  /** Persons created minus persons absorbed. */
  people: number
  merges: number
  processed: number
  duplicates: number
  /** People who were erased as they asked, or forgotten since no event came for long. */
  erased: number
  forgotten: number
  /** Orders to erase, by their {@link EraseOutcome}. One that finds nobody is told by nothing else. */
  eraseOrders: Map<string, number>
  /** Events that were dropped since all their identifiers are suppressed. */
  eventsSuppressed: number
  operatorLate: number
  /** Parts of states that fell out because what an operator keeps of a person is bounded. */
  fellOut: number
  sessions: number
  triggers: number
  retracted: number
  offers: number
  revoked: number
  decisions: number
  /** Final decisions `none` or `holdout`, by the reason of the highest-priority candidate. */
  suppressed: Map<string, number>
  /** `how outcome`; the words of this and the next four are those of `business-counts.ts`. */
  deals: Map<string, number>
  /** Amounts by `how currency`. */
  dealValue: Map<string, number>
  /** Won deals that say what they brought, by `how currency`. */
  dealsValued: Map<string, number>
  /** Amounts by `channel onlineInfluenced currency`. */
  revenue: Map<string, number>
  /** `channel quality`. */
  encounters: Map<string, number>
  timersFired: number
  /** People told of a fact of the world that they watch, one by one. */
  woken: number
}

export type Observer = (observation: Observation) => void

export function newCounts(): Counts {
  return {
    records: 0,
    events: 0,
    blanks: 0,
    late: 0,
    deadLetters: new Map(),
    people: 0,
    merges: 0,
    processed: 0,
    duplicates: 0,
    erased: 0,
    forgotten: 0,
    eraseOrders: new Map(),
    eventsSuppressed: 0,
    operatorLate: 0,
    fellOut: 0,
    sessions: 0,
    triggers: 0,
    retracted: 0,
    offers: 0,
    revoked: 0,
    decisions: 0,
    suppressed: new Map(),
    deals: new Map(),
    dealValue: new Map(),
    dealsValued: new Map(),
    revenue: new Map(),
    encounters: new Map(),
    timersFired: 0,
    woken: 0,
  }
}

/** Adds what one commit did to a running total. */
export function addCounts(total: Counts, more: Counts): void {
  for (const key of Object.keys(more) as (keyof Counts)[]) {
    const value = more[key]
    if (typeof value === 'number') (total[key] as number) += value
    else
      for (const [reason, n] of value)
        (total[key] as Map<string, number>).set(
          reason,
          ((total[key] as Map<string, number>).get(reason) ?? 0) + n,
        )
  }
}

export function encodeCounts(counts: Counts, writer: ByteWriter): void {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(counts))
    plain[key] = typeof value === 'number' ? value : Object.fromEntries(value)
  writer.value(plain)
}

export function decodeCounts(reader: ByteReader): Counts {
  const counts = newCounts()
  const plain = reader.value() as Record<string, number | Record<string, number>>
  for (const key of Object.keys(counts) as (keyof Counts)[]) {
    const value = plain[key]
    if (typeof value === 'number') (counts[key] as number) = value
    else if (value !== undefined) (counts[key] as Map<string, number>) = new Map(Object.entries(value))
  }
  return counts
}
