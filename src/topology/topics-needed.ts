/**
 * The Kafka topics that a topology needs: what each is for, how it must be set up, and how many partitions it has.
 *
 * 1. Sources belong to the upstream: any number of partitions will do. Everything behind identity has one number, fixed once the
 *    internal topic is there: a person's partition is a hash of it.
 * 2. Internal topics begin with `<app>.<topology>.`; nobody else reads or writes them.
 * 3. All topics that the program writes take records up to 4 MiB: what is larger than its topic takes would stop a task for good.
 */
import { DAY_MS, type DurationMs, HOUR_MS } from '../model/time.ts'
import type { Plan } from './plan.ts'

/** What internal, late and dead-letter topics take in one record batch. */
export const WIDE_RECORD_BYTES = 4 << 20
/** What a topic takes that somebody has made with Kafka's own settings, about: enough for outputs, which are kept smaller. */
const RECORD_BYTES = 1 << 20
/** Events between gate and profile stage: kept for as long as a process may stand still, and longer than anybody looks for a fault. */
const INTERNAL_RETENTION_MS: DurationMs = 7 * DAY_MS
/** How long a deletion is told in a compacted topic: a store that was away for less is brought up from where it stands. */
const DELETE_RETENTION_MS: DurationMs = DAY_MS
/** Only closed segments are compacted; with the broker's week a changelog would hold a week of every state. */
const CHANGELOG_SEGMENT_MS: DurationMs = HOUR_MS
const CHANGELOG_SEGMENT_BYTES = 64 << 20
/** A changelog of which this share was overwritten is compacted. */
const CHANGELOG_DIRTY_RATIO = 0.2
/** What is said of a person who was erased stays in public topics until its time is over; who asked must not wait longer. */
const PUBLIC_RETENTION_MOST_MS: DurationMs = 30 * DAY_MS

/**
 * For so long a task may stand behind the gate and still have the facts back, when it is opened, as they were where it stands. Longer, and
 * of what changed often since then the values in between are missing.
 */
const WORLD_COMPACTION_LAG_MS: DurationMs = 6 * HOUR_MS

export type TopicRole =
  | 'source'
  | 'internal'
  | 'control'
  | 'changelog'
  | 'world'
  | 'retried'
  | 'sink'
  | 'identities'
  | 'decisions'
  | 'late events'
  | 'dead letters'

/** The settings of a topic that matter here; an undefined one is the broker's or the owner's affair. */
export interface TopicSettings {
  readonly cleanup?: 'delete' | 'compact' | undefined
  /** At least; of what is deleted by age. */
  readonly retentionMs?: DurationMs | undefined
  /** At most, or whoever was erased stays known there for longer. */
  readonly retentionMsMost?: DurationMs | undefined
  /** At least; of deletions in what is compacted. */
  readonly deleteRetentionMs?: DurationMs | undefined
  /** Topics are created with it. */
  readonly recordBytesMax?: number | undefined
  /** At least; undefined: as much as above. */
  readonly recordBytesLeast?: number | undefined
  /** At most. */
  readonly segmentMs?: DurationMs | undefined
  readonly segmentBytes?: number | undefined
  readonly dirtyRatio?: number | undefined
  /** For so long what was overwritten can still be read; topics are created with it. */
  readonly compactionLagMs?: DurationMs | undefined
}

export interface TopicNeed extends TopicSettings {
  readonly topic: string
  /** What it is for; a topic may serve several. */
  readonly roles: readonly TopicRole[]
  /** What it is created with. */
  readonly partitions: number
  /** It must have exactly so many. */
  readonly exact: boolean
}

/** The names of the topics, tasks and keys of a topology in an application. */
export interface Names {
  /** `<app>.<topology>`: the consumer group, and what internal topics begin with. */
  readonly group: string
  readonly internal: string
  readonly gateChangelog: string
  readonly profileChangelog: string
  /** What is known of the world, read at open by whoever needs it. */
  readonly world: string
  /** Which dead letters went back into their source topic. */
  readonly retried: string
  /** Orders to the gate, such as whom to erase. */
  readonly control: string
}

export function namesOf(app: string, topology: string): Names {
  const group = `${app}.${topology}`
  return {
    group,
    internal: `${group}.profile`,
    gateChangelog: `${group}.identify.changelog`,
    profileChangelog: `${group}.profile.changelog`,
    world: `${group}.world`,
    retried: `${group}.retried`,
    control: `${group}.control`,
  }
}

export interface TopicsNeededOptions {
  readonly app: string
  /** Partitions of a topic that is there; undefined: it is not. */
  readonly partitionsOf: (topic: string) => number | undefined
  /** Of a public topic that is created. */
  readonly partitions: number
}

/**
 * Partitions of everything behind identity: as the internal topic has them once it is there, else as the document says, else the most
 * of a source.
 */
export function profilePartitions(
  plan: Plan,
  { app, partitionsOf, partitions }: TopicsNeededOptions,
): number {
  const there = partitionsOf(namesOf(app, plan.topology).internal)
  if (there !== undefined) return there
  return plan.partitions ?? Math.max(...plan.sources.map(({ topic }) => partitionsOf(topic) ?? partitions))
}

/** In the order in which they are created; each topic once. */
export function topicsNeeded(plan: Plan, options: TopicsNeededOptions): readonly TopicNeed[] {
  const behind = profilePartitions(plan, options)
  const names = namesOf(options.app, plan.topology)
  const open = { partitions: options.partitions, exact: false }
  const wide = { recordBytesMax: WIDE_RECORD_BYTES }
  const said = { ...wide, recordBytesLeast: RECORD_BYTES }
  const compacted = { cleanup: 'compact', deleteRetentionMs: DELETE_RETENTION_MS } as const
  /** What it deletes is gone within hours: a person who was erased is in it. */
  const compactedSoon = {
    ...compacted,
    segmentMs: CHANGELOG_SEGMENT_MS,
    segmentBytes: CHANGELOG_SEGMENT_BYTES,
    dirtyRatio: CHANGELOG_DIRTY_RATIO,
  }
  const changelog = { ...wide, ...compactedSoon }
  const { sources, topics } = plan
  const sinks = [...plan.identity.sinks, ...plan.slots.flatMap((slot) => slot.sinks)]
  const passing = { retentionMsMost: PUBLIC_RETENTION_MOST_MS }
  return united([
    ...sources.map(({ topic }) => need(topic, 'source', open)),
    need(names.internal, 'internal', {
      ...wide,
      cleanup: 'delete',
      retentionMs: INTERNAL_RETENTION_MS,
      partitions: behind,
      exact: true,
    }),
    need(names.control, 'control', {
      cleanup: 'delete',
      retentionMs: INTERNAL_RETENTION_MS,
      partitions: 1,
      exact: true,
    }),
    need(names.gateChangelog, 'changelog', { ...changelog, partitions: 1, exact: true }),
    need(names.profileChangelog, 'changelog', { ...changelog, partitions: behind, exact: true }),
    ...(plan.world === undefined
      ? []
      : [
          need(names.world, 'world', {
            ...changelog,
            compactionLagMs: WORLD_COMPACTION_LAG_MS,
            partitions: 1,
            exact: true,
          }),
        ]),
    need(names.retried, 'retried', { ...compacted, partitions: 1, exact: true }),
    need(topics.identities, 'identities', { ...said, ...compactedSoon, ...open }),
    need(topics.decisions, 'decisions', { ...said, ...open, ...passing }),
    need(topics.late, 'late events', { ...wide, ...open, ...passing }),
    need(topics.deadLetters, 'dead letters', { ...wide, ...open, ...passing }),
    ...sinks.map(({ topic }) => need(topic, 'sink', { ...said, ...open, ...passing })),
  ])
}

const need = (topic: string, role: TopicRole, rest: Omit<TopicNeed, 'topic' | 'roles'>): TopicNeed => ({
  topic,
  roles: [role],
  ...rest,
})

const leastOf = ({ recordBytesMax, recordBytesLeast }: TopicNeed): number | undefined =>
  recordBytesLeast ?? recordBytesMax
const most = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

/** A topic that serves several gets what each of them needs; only sources and public topics can be the same (lint sees to it). */
function united(needs: readonly TopicNeed[]): readonly TopicNeed[] {
  const byTopic = new Map<string, TopicNeed>()
  for (const one of needs) {
    const { topic, roles } = one
    const before = byTopic.get(topic)
    byTopic.set(
      topic,
      before === undefined
        ? one
        : {
            ...one,
            ...before,
            recordBytesMax: before.recordBytesMax ?? one.recordBytesMax,
            recordBytesLeast: most(leastOf(before), leastOf(one)),
            roles: [...new Set([...before.roles, ...roles])],
          },
    )
  }
  return [...byTopic.values()]
}
