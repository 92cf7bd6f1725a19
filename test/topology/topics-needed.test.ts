import { describe, expect, test } from '@jest/globals'
import { actualTopic, topicConfig } from '../../src/topology/topic-config.ts'
import { type ActualTopic, fixedPartitions, topicFindings } from '../../src/topology/topic-findings.ts'
import { type TopicNeed, topicsNeeded } from '../../src/topology/topics-needed.ts'
import { planOf } from '../support/replayed.ts'

const DOCUMENT = {
  topology: 'shop',
  sources: { web: { topic: 'web' }, app: { topic: 'app' } },
  operators: [
    { id: 'identity', type: 'identity', from: ['web', 'app'] },
    { id: 'sessions', type: 'sessionize', from: 'identity' },
  ],
  sinks: { sessions: { from: 'sessions', topic: 'sessions' } },
}
const PLAN = planOf(DOCUMENT)

function needed(there: Readonly<Record<string, number>> = {}, plan = PLAN): ReadonlyMap<string, TopicNeed> {
  const partitionsOf = (topic: string): number | undefined => there[topic]
  const needs = topicsNeeded(plan, { app: 'my', partitions: 4, partitionsOf })
  return new Map(needs.map((need) => [need.topic, need]))
}

/** As the broker has a topic that was created by its need: what it does not say is the broker's, a week. */
const created = (need: TopicNeed): ActualTopic =>
  actualTopic(need.partitions, new Map(Object.entries({ 'retention.ms': '604800000', ...topicConfig(need) })))

describe('the topics of a topology', () => {
  test('each with what it is for', () => {
    expect([...needed().values()].map(({ topic, roles }) => [topic, ...roles])).toEqual([
      ['web', 'source'],
      ['app', 'source'],
      ['my.shop.profile', 'internal'],
      ['my.shop.control', 'control'],
      ['my.shop.identify.changelog', 'changelog'],
      ['my.shop.profile.changelog', 'changelog'],
      ['my.shop.retried', 'retried'],
      ['identities', 'identities'],
      ['decisions', 'decisions'],
      ['late-events', 'late events'],
      ['dead-letters', 'dead letters'],
      ['sessions', 'sink'],
    ])
  })

  test('what must not be lost is compacted or kept, and large records fit', () => {
    const config = (topic: string): unknown => topicConfig(needed().get(topic) as TopicNeed)
    expect(config('my.shop.profile')).toEqual({
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
      'max.message.bytes': '4194304',
    })
    expect(config('my.shop.profile.changelog')).toMatchObject({
      'cleanup.policy': 'compact',
      'delete.retention.ms': '86400000',
      'max.message.bytes': '4194304',
    })
    expect(config('identities')).toMatchObject({ 'cleanup.policy': 'compact', 'segment.ms': '3600000' })
    expect(config('my.shop.control')).toEqual({ 'cleanup.policy': 'delete', 'retention.ms': '604800000' })
    expect(config('dead-letters')).toEqual({ 'max.message.bytes': '4194304' })
    expect(config('web')).toEqual({})
  })

  test('a topic for two purposes comes once, with what both need', () => {
    const plan = planOf({
      ...DOCUMENT,
      lateEvents: { topic: 'both' },
      sinks: { all: { from: 'sessions', topic: 'both' } },
    })
    expect(needed({}, plan).get('both')).toMatchObject({
      roles: ['late events', 'sink'],
      recordBytesMax: 4 << 20,
    })
  })
})

describe('partitions of everything behind identity', () => {
  const behind = (there: Readonly<Record<string, number>>, plan = PLAN): readonly (number | undefined)[] =>
    ['my.shop.profile', 'my.shop.profile.changelog', 'my.shop.identify.changelog'].map(
      (topic) => needed(there, plan).get(topic)?.partitions,
    )

  test('are the most of a source', () => {
    expect(behind({ web: 3, app: 12 })).toEqual([12, 12, 1])
  })
  test('count a source that will be created', () => {
    expect(behind({ web: 3 })).toEqual([4, 4, 1])
  })
  test('are what the document says', () => {
    expect(behind({ web: 3, app: 12 }, planOf({ ...DOCUMENT, partitions: 7 }))).toEqual([7, 7, 1])
  })
  test('are fixed once the internal topic is there', () => {
    expect(behind({ web: 3, app: 12, 'my.shop.profile': 5 }, planOf({ ...DOCUMENT, partitions: 7 }))).toEqual(
      [5, 5, 1],
    )
    expect(fixedPartitions('my.shop.profile', 7, 5)).toMatchObject([
      { level: 'error', code: 'fixed-partitions' },
    ])
    expect(fixedPartitions('my.shop.profile', 5, 5)).toEqual([])
    expect(fixedPartitions('my.shop.profile', undefined, 5)).toEqual([])
  })
})

describe('findings', () => {
  const actual = (): Map<string, ActualTopic> =>
    new Map([...needed().values()].map((need) => [need.topic, created(need)]))
  function found(topic: string, change: Partial<ActualTopic>): readonly string[] {
    const topics = actual()
    topics.set(topic, { ...(topics.get(topic) as ActualTopic), ...change })
    const findings = topicFindings([...needed().values()], topics)
    expect(findings.every((finding) => finding.topic === topic && finding.hint !== '')).toBe(true)
    return findings.map(({ level, code }) => `${level} ${code}`)
  }

  test('none of topics as they were created', () => {
    expect(topicFindings([...needed().values()], actual())).toEqual([])
  })

  test('all missing', () => {
    const findings = topicFindings([...needed().values()], new Map())
    expect(findings.map(({ code }) => code)).toEqual(findings.map(() => 'missing-topic'))
    expect(findings).toHaveLength(needed().size)
  })

  test.each<[string, Partial<ActualTopic>, string]>([
    ['my.shop.profile', { partitions: 2 }, 'error too-few-partitions'],
    ['my.shop.profile.changelog', { partitions: 9 }, 'error too-many-partitions'],
    ['my.shop.identify.changelog', { partitions: 2 }, 'error too-many-partitions'],
    ['my.shop.profile.changelog', { cleanup: 'delete' }, 'error wrong-cleanup-policy'],
    ['my.shop.identify.changelog', { cleanup: 'compact,delete' }, 'error wrong-cleanup-policy'],
    ['my.shop.profile', { cleanup: 'compact' }, 'error wrong-cleanup-policy'],
    ['identities', { cleanup: 'delete' }, 'error wrong-cleanup-policy'],
    ['my.shop.profile', { retentionMs: 3_600_000 }, 'error short-retention'],
    ['my.shop.profile', { retentionBytes: 1 << 30 }, 'warning short-retention'],
    ['my.shop.profile.changelog', { deleteRetentionMs: 60_000 }, 'warning short-retention'],
    ['dead-letters', { recordBytesMax: 1 << 20 }, 'error small-records'],
    ['sessions', { recordBytesMax: (1 << 20) - 1 }, 'error small-records'],
    ['dead-letters', { retentionMs: 31 * 86_400_000 }, 'warning long-retention'],
    ['sessions', { retentionMs: Number.POSITIVE_INFINITY }, 'warning long-retention'],
    ['decisions', { cleanup: 'compact' }, 'warning long-retention'],
    ['my.shop.profile.changelog', { recordBytesMax: 1 << 20 }, 'error small-records'],
  ])('%s with %j: %s', (topic, change, finding) => {
    expect(found(topic, change)).toEqual([finding])
  })

  test.each<[string, Partial<ActualTopic>]>([
    ['web', { partitions: 100, cleanup: 'compact', retentionMs: 1 }],
    ['sessions', { partitions: 1 }],
    ['sessions', { retentionMs: 30 * 86_400_000 }],
    ['my.shop.profile', { retentionMs: Number.POSITIVE_INFINITY }],
    ['my.shop.profile', { recordBytesMax: 1 << 30 }],
    ['sessions', { recordBytesMax: 1_048_588 }],
    ['decisions', { recordBytesMax: 1_048_588 }],
    ['my.shop.profile.changelog', { retentionMs: 1, retentionBytes: 1 }],
  ])('none of %s with %j', (topic, change) => {
    expect(found(topic, change)).toEqual([])
  })

  test('what a broker tells', () => {
    const config = new Map([
      ['cleanup.policy', 'delete,compact'],
      ['retention.ms', '-1'],
      ['max.message.bytes', '1048588'],
    ])
    expect(actualTopic(3, config)).toEqual({
      partitions: 3,
      cleanup: 'compact,delete',
      retentionMs: Number.POSITIVE_INFINITY,
      retentionBytes: Number.POSITIVE_INFINITY,
      deleteRetentionMs: Number.POSITIVE_INFINITY,
      recordBytesMax: 1_048_588,
    })
  })
})
