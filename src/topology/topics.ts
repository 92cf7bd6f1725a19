/** What a document says of topics and of the types in them: no topic with two meanings, no type with a typing error. */
import { didYouMean } from '../model/did-you-mean.ts'
import type { Finding } from '../model/errors.ts'
import { EVENT_TYPES } from '../model/event-types.ts'
import type { Path, TopologyDocument } from './document.ts'
import type { Outline } from './outline.ts'

export function checkTopics(document: TopologyDocument, outline: Outline): readonly Finding[] {
  return [
    ...sourceTopics(document, outline),
    ...sinkTopics(document, outline),
    ...ownTopics(document, outline),
    ...typesOfSources(document, outline),
  ]
}

function sourceTopics(document: TopologyDocument, { sources }: Outline): readonly Finding[] {
  const reader = new Map<string, string>()
  return sources.flatMap(({ id, path, topic }): readonly Finding[] => {
    if (topic === undefined) return []
    const before = reader.get(topic)
    if (before === undefined) {
      reader.set(topic, id)
      return []
    }
    const place = document.placeOf([...path, 'topic'])
    const message = `the topic "${topic}" is read by the source "${before}" already`
    return [
      {
        place,
        level: 'error',
        code: 'duplicate-id',
        message,
        hint: 'one source reads a topic: join the two, types included',
      },
    ]
  })
}

function sinkTopics(document: TopologyDocument, { sinks, sources }: Outline): readonly Finding[] {
  const written = new Map<string, string>()
  const reader = new Map(sources.map(({ topic, id }) => [topic, id]))
  return sinks.flatMap(({ id, path, topic, from }): readonly Finding[] => {
    if (topic === undefined) return []
    const place = document.placeOf([...path, 'topic'])
    const findings: Finding[] = []
    const source = reader.get(topic)
    if (source !== undefined) {
      const message = `what the sink "${id}" writes comes back through the source "${source}"`
      findings.push({
        place,
        level: 'warning',
        code: 'cycle',
        message,
        hint: 'give the sink a topic of its own',
      })
    }
    for (const { id: operator } of from) {
      const before = written.get(`${operator} ${topic}`)
      if (before !== undefined && before !== id) {
        const message = `the sink "${before}" already writes what "${operator}" emits to "${topic}"`
        findings.push({
          place,
          level: 'error',
          code: 'duplicate-id',
          message,
          hint: 'remove one of the two sinks: each record would come twice',
        })
      }
      written.set(`${operator} ${topic}`, id)
    }
    return findings
  })
}

/** The topic of identities is compacted by person: what else is written there would lose its older records. */
function ownTopics(
  document: TopologyDocument,
  { ownTopics: topics, sinks, sources }: Outline,
): readonly Finding[] {
  const identities = topics.find(({ key }) => key === 'identities')?.topic
  const reader = new Map(sources.map(({ topic, id }) => [topic, id]))
  const shared = (path: Path, what: string): Finding => {
    const message = `${what} would be written to "${identities}", the compacted topic of identities`
    return {
      place: document.placeOf(path),
      level: 'error',
      code: 'bad-value',
      message,
      hint: 'give it a topic of its own',
    }
  }
  return [
    ...sinks.flatMap(({ id, path, topic }) =>
      topic === identities ? [shared([...path, 'topic'], `the sink "${id}"`)] : [],
    ),
    ...topics.flatMap(({ key, topic }): readonly Finding[] => {
      const path = [key, 'topic']
      if (topic === identities && key !== 'identities') return [shared(path, key)]
      const source = reader.get(topic)
      if (source === undefined) return []
      const message = `what is written to ${key} comes back through the source "${source}"`
      return [
        {
          place: document.placeOf(path),
          level: 'warning',
          code: 'cycle',
          message,
          hint: 'give one of the two another topic',
        },
      ]
    }),
  ]
}

/** Types outside the table are a business's own; one that looks like a type of the table is most likely a typing error. */
function typesOfSources(document: TopologyDocument, { sources }: Outline): readonly Finding[] {
  return sources.flatMap(({ types }) =>
    types.flatMap(({ id, path }): readonly Finding[] => {
      const meant = EVENT_TYPES.has(id) ? undefined : didYouMean(id, EVENT_TYPES.keys())
      if (meant === undefined) return []
      const message = `"${id}" is no type of the table`
      const hint = `did you mean "${meant}"? A type of your own may stay as it is`
      return [{ place: document.placeOf(path), level: 'warning', code: 'unknown-type', message, hint }]
    }),
  )
}
