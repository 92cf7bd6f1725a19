/** Which subjects of a schema registry a topology has to do with: `<topic>-value` of each source and sink in Avro, and what is written there. */
import { familyOf } from '../adapters/formats/avro/output.ts'
import type { Family } from '../adapters/formats/avro/schema-book.ts'
import type { Plan, SinkPlan } from '../topology/plan.ts'

export interface Subject {
  readonly topic: string
  readonly name: string
  /** A source's is its upstream's; a sink's is ours. */
  readonly role: 'source' | 'sink'
  /** What is written there, by us or in our form. A registry takes one; a sink with several says so itself. */
  readonly families: readonly Family[]
}

export const subjectName = (topic: string): string => `${topic}-value`

/** Sources first, each topic once for each role. */
export function subjectsOf(plan: Plan): readonly Subject[] {
  const sources = plan.sources
    .filter(({ format }) => format === 'avro')
    .map(({ topic }): Subject => ({ topic, name: subjectName(topic), role: 'source', families: ['event'] }))
  return [...sources, ...sinkSubjects(plan)]
}

function sinkSubjects({ identity, slots }: Plan): readonly Subject[] {
  const families = new Map<string, Set<Family>>()
  const add = (sinks: readonly SinkPlan[], types: readonly string[]): void => {
    for (const { topic, format } of sinks) {
      if (format !== 'avro') continue
      const set = families.get(topic) ?? new Set()
      families.set(topic, set)
      for (const type of types) set.add(familyOf({ type }))
    }
  }
  add(identity.sinks, ['identity.created'])
  // Decisions go to their own topic, whatever sinks the operator has.
  for (const { sinks, operator } of slots)
    add(
      sinks,
      operator.emits.filter((type) => type !== 'decision.made'),
    )
  return [...families].map(([topic, set]) => ({
    topic,
    name: subjectName(topic),
    role: 'sink',
    families: [...set],
  }))
}
