/** What of the topics of a topology is not as it must be, each with what to do. Nothing is ever changed from here. */
import { type DurationMs, formatDuration } from '../model/time.ts'
import type { TopicNeed } from './topics-needed.ts'

/** A topic as the broker has it. */
export interface ActualTopic {
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact' | 'compact,delete'
  /** Infinity: kept for ever. */
  readonly retentionMs: DurationMs
  /** Of a partition. Infinity: no limit. */
  readonly retentionBytes: number
  readonly recordBytesMax: number
  readonly deleteRetentionMs: DurationMs
}

export type TopicCode =
  | 'missing-topic'
  | 'too-few-partitions'
  | 'too-many-partitions'
  | 'wrong-cleanup-policy'
  | 'short-retention'
  | 'long-retention'
  | 'small-records'
  | 'fixed-partitions'

export interface TopicFinding {
  readonly topic: string
  readonly level: 'error' | 'warning'
  readonly code: TopicCode
  readonly message: string
  readonly hint: string
}

/** `actual`: what is there of the topics needed. */
export function topicFindings(
  needs: readonly TopicNeed[],
  actual: ReadonlyMap<string, ActualTopic>,
): readonly TopicFinding[] {
  return needs.flatMap((need) => {
    const found = actual.get(need.topic)
    if (found === undefined) return [missing(need)]
    return [
      partitions(need, found),
      cleanup(need, found),
      retention(need, found),
      longRetention(need, found),
      records(need, found),
    ].flat()
  })
}

/** The document asks for another number of partitions than the internal topic has, which decides. */
export function fixedPartitions(
  internal: string,
  asked: number | undefined,
  has: number | undefined,
): readonly TopicFinding[] {
  if (asked === undefined || has === undefined || asked === has) return []
  const message = `the document says partitions: ${asked}, and it was created with ${has}: what has been created stays`
  const hint = `write partitions: ${has}; another number needs another application name, or a topology of another name`
  return [{ topic: internal, level: 'error', code: 'fixed-partitions', message, hint }]
}

function missing({ topic, roles }: TopicNeed): TopicFinding {
  const hint = 'shopkeeper topics create makes it, or ask whoever owns your topics'
  return {
    topic,
    level: 'error',
    code: 'missing-topic',
    message: `there is no such topic (${roles.join(', ')})`,
    hint,
  }
}

function partitions(
  { topic, exact, partitions: wanted }: TopicNeed,
  { partitions: has }: ActualTopic,
): readonly TopicFinding[] {
  if (!exact || has === wanted) return []
  const message = `it has ${has} partition${has === 1 ? '' : 's'}, and must have ${wanted}`
  if (has < wanted) {
    const hint = `add partitions: kafka-topics.sh --alter --topic ${topic} --partitions ${wanted}, before anything runs`
    return [{ topic, level: 'error', code: 'too-few-partitions', message, hint }]
  }
  const hint =
    'partitions cannot be taken away: if nothing has run yet delete the topic and create it again, else choose another application name'
  return [{ topic, level: 'error', code: 'too-many-partitions', message, hint }]
}

function cleanup(
  { topic, cleanup: wanted }: TopicNeed,
  { cleanup: has }: ActualTopic,
): readonly TopicFinding[] {
  if (wanted === undefined || has === wanted) return []
  const loss =
    wanted === 'compact'
      ? 'records would be lost by their age, and with them the only truth of what is in them'
      : 'records of one key would be thrown away before they are read'
  const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=${wanted}`
  return [
    {
      topic,
      level: 'error',
      code: 'wrong-cleanup-policy',
      message: `its cleanup.policy is ${has} instead of ${wanted}: ${loss}`,
      hint,
    },
  ]
}

function retention(need: TopicNeed, actual: ActualTopic): readonly TopicFinding[] {
  const { topic } = need
  const short = (
    name: string,
    has: DurationMs,
    wanted: DurationMs | undefined,
    level: TopicFinding['level'],
  ): readonly TopicFinding[] => {
    if (wanted === undefined || has >= wanted) return []
    const message = `its ${name} is ${formatDuration(has)}, and should be ${formatDuration(wanted)} or more`
    const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted}`
    return [{ topic, level, code: 'short-retention', message, hint }]
  }
  return [
    ...short('retention.ms', actual.retentionMs, need.retentionMs, 'error'),
    ...short('delete.retention.ms', actual.deleteRetentionMs, need.deleteRetentionMs, 'warning'),
    ...bySize(need, actual),
  ]
}

/** What names people must not last much longer than their wish to be forgotten. */
function longRetention(
  { topic, retentionMsMost: most }: TopicNeed,
  { cleanup: has, retentionMs }: ActualTopic,
): readonly TopicFinding[] {
  const lasts = has === 'compact' ? Number.POSITIVE_INFINITY : retentionMs
  if (most === undefined || lasts <= most) return []
  const kept = lasts === Number.POSITIVE_INFINITY ? 'for ever' : `for ${formatDuration(lasts)}`
  const message = `it is kept ${kept}: whoever is erased stays in it for as long, where ${formatDuration(most)} should be the most`
  const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=delete,retention.ms=${most}`
  return [{ topic, level: 'warning', code: 'long-retention', message, hint }]
}

/** What must last for a time may not go by its size. */
function bySize({ topic, retentionMs }: TopicNeed, { retentionBytes }: ActualTopic): readonly TopicFinding[] {
  if (retentionMs === undefined || retentionBytes === Number.POSITIVE_INFINITY) return []
  const message = `its retention.bytes is ${retentionBytes}: under load records go before their time`
  const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config retention.bytes=-1`
  return [{ topic, level: 'warning', code: 'short-retention', message, hint }]
}

function records(
  { topic, recordBytesMax, recordBytesLeast: wanted = recordBytesMax }: TopicNeed,
  { recordBytesMax: has }: ActualTopic,
): readonly TopicFinding[] {
  if (wanted === undefined || has >= wanted) return []
  const message = `its max.message.bytes is ${has}, and must be ${wanted}: larger records stop the program`
  const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config max.message.bytes=${wanted}`
  return [{ topic, level: 'error', code: 'small-records', message, hint }]
}
