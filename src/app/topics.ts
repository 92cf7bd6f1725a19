/** `topics create` and `topics check`: the topics of a topology in a cluster. Nothing is ever deleted, shrunk or changed. */
import type { KafkaAdministration } from '../adapters/kafka/administration.ts'
import type { Plan } from '../topology/plan.ts'
import { actualTopic, topicConfig } from '../topology/topic-config.ts'
import {
  type ActualTopic,
  fixedPartitions,
  type TopicFinding,
  topicFindings,
} from '../topology/topic-findings.ts'
import { namesOf, type TopicNeed, type TopicsNeededOptions, topicsNeeded } from '../topology/topics-needed.ts'

/** Of public topics that are created, unless told otherwise. */
export const PARTITIONS_DEFAULT = 4

/** What of a cluster this needs: its administration, as the Kafka adapter has it. */
export type TopicCluster = Pick<KafkaAdministration, 'topics' | 'createTopics'>

export interface TopicState {
  readonly topic: string
  readonly roles: readonly string[]
  readonly partitions: number
  readonly created: boolean
}

export interface CreateOptions {
  readonly app: string
  /** Of public topics that are created. */
  readonly partitions: number
  readonly replication: number
}

/** Creates what is missing; findings are about what was there before. Again it does nothing. */
export async function createTopics(
  plan: Plan,
  cluster: TopicCluster,
  { app, partitions, replication }: CreateOptions,
): Promise<{ readonly topics: readonly TopicState[]; readonly findings: readonly TopicFinding[] }> {
  const { needs, there } = await survey(plan, cluster, { app, partitions })
  const missing = needs.filter(({ topic }) => !there.has(topic))
  await cluster.createTopics(
    missing.map((need) => ({
      topic: need.topic,
      partitions: need.partitions,
      replication,
      config: topicConfig(need),
    })),
  )
  const topics = needs.map(({ topic, roles, partitions: wanted }) => ({
    topic,
    roles,
    partitions: there.get(topic)?.partitions ?? wanted,
    created: !there.has(topic),
  }))
  const before = needs.filter(({ topic }) => there.has(topic))
  return { topics, findings: findingsOf(plan, app, before, there) }
}

/** Everything that is not as it must be, and how many topics were looked at. */
export async function checkTopics(
  plan: Plan,
  cluster: TopicCluster,
  app: string,
): Promise<{ readonly checked: number; readonly findings: readonly TopicFinding[] }> {
  const { needs, there } = await survey(plan, cluster, { app, partitions: PARTITIONS_DEFAULT })
  return { checked: needs.length, findings: findingsOf(plan, app, needs, there) }
}

function findingsOf(
  plan: Plan,
  app: string,
  needs: readonly TopicNeed[],
  there: ReadonlyMap<string, ActualTopic>,
): readonly TopicFinding[] {
  const { internal } = namesOf(app, plan.topology)
  return [
    ...fixedPartitions(internal, plan.partitions, there.get(internal)?.partitions),
    ...topicFindings(needs, there),
  ]
}

async function survey(
  plan: Plan,
  cluster: TopicCluster,
  options: Omit<TopicsNeededOptions, 'partitionsOf'>,
): Promise<{ readonly needs: readonly TopicNeed[]; readonly there: ReadonlyMap<string, ActualTopic> }> {
  // Which topics these are does not hang on what is there; only how many partitions they have does.
  const names = topicsNeeded(plan, { ...options, partitionsOf: () => undefined }).map(({ topic }) => topic)
  const found = await cluster.topics(names)
  const there = new Map(
    [...found].map(([topic, { partitions, config }]) => [topic, actualTopic(partitions, config)]),
  )
  const partitionsOf = (topic: string): number | undefined => there.get(topic)?.partitions
  return { needs: topicsNeeded(plan, { ...options, partitionsOf }), there }
}
