/** The settings of a topic in Kafka's words, to create it by and to read them back. */
import type { ActualTopic } from './topic-findings.ts'
import type { TopicNeed } from './topics-needed.ts'

/** Settings that a topic is created with; what is not named is the broker's. */
export function topicConfig(need: TopicNeed): Readonly<Record<string, string>> {
  const { cleanup, retentionMs, deleteRetentionMs, recordBytesMax, segmentMs, segmentBytes } = need
  const { dirtyRatio, compactionLagMs } = need
  const entries: readonly (readonly [string, string | number | undefined])[] = [
    ['cleanup.policy', cleanup],
    ['retention.ms', retentionMs],
    ['delete.retention.ms', deleteRetentionMs],
    ['max.message.bytes', recordBytesMax],
    ['segment.ms', segmentMs],
    ['segment.bytes', segmentBytes],
    ['min.cleanable.dirty.ratio', dirtyRatio],
    ['min.compaction.lag.ms', compactionLagMs],
  ]
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}

/** `config`: values by name, as a broker tells them; -1 is no limit. */
export function actualTopic(partitions: number, config: ReadonlyMap<string, string>): ActualTopic {
  const limit = (name: string): number => {
    const value = Number(config.get(name) ?? -1)
    return value < 0 ? Number.POSITIVE_INFINITY : value
  }
  const cleanup = (config.get('cleanup.policy') ?? 'delete').split(',').toSorted().join(',')
  return {
    partitions,
    cleanup: cleanup as ActualTopic['cleanup'],
    retentionMs: limit('retention.ms'),
    retentionBytes: limit('retention.bytes'),
    deleteRetentionMs: limit('delete.retention.ms'),
    recordBytesMax: limit('max.message.bytes'),
  }
}
