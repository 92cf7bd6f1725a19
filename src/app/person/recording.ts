/** A replay that is asked about somebody when it is over: what the topics of an installation would say is gathered on the way. */
import { UsageError } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import { EARLIEST } from '../../runtime/ports/log.ts'
import { partitionOf } from '../../runtime/partition.ts'
import type { Plan } from '../../topology/plan.ts'
import type { Committed, Output } from '../embed.ts'
import { readIdentifier } from '../topology-test/notation.ts'
import type { Explanation } from './explain.ts'
import { explainedAt, idsOf, shownAt, type Wanted } from './place.ts'
import { eventsOf } from './said.ts'

/** `email:ann@example.org`, or, as for `person explain`, a value of any type, or a person id. @throws UsageError */
export function wantedPerson(text: string, plan: Plan): Wanted {
  const progress = (): void => {}
  const { types } = plan.identity.ready
  if (!text.includes(':')) return { value: text, type: undefined, progress }
  const named = readIdentifier(text)
  if (named !== undefined && named.value !== '' && types.has(named.type))
    return { value: named.value, type: named.type, progress }
  throw new UsageError(
    `--explain ${text} names nobody`,
    `write TYPE:VALUE, such as email:ann@example.org; types are: ${[...types.keys()].join(', ')}`,
  )
}

export interface Recording {
  /** Hears every output. */
  hear(output: Output): void
  /** Why these people got what they got, as of the end. */
  explain(committed: Committed, wanted: Wanted): Promise<readonly Explanation[]>
}

export function recordingOf(plan: Plan): Recording {
  const decided = new Map<string, string[]>()
  return {
    hear({ topic, key, value }) {
      if (topic !== plan.topics.decisions || key === null) return
      const before = decided.get(key)
      if (before === undefined) decided.set(key, [value])
      else before.push(value)
    },
    async explain({ names, partitions, states: reader, log }, wanted) {
      const place = { plan, names, partitions, reader }
      const shown = await shownAt(place, wanted, undefined)
      const ids = idsOf(shown)
      const lanes = [...new Set([...ids].map((id) => partitionOf(id, partitions)))]
      const from = lanes.map((partition) => ({ topic: names.internal, partition, offset: EARLIEST }))
      const spans = log
        .read(from)
        .progress()
        .map(({ topic, partition, position, high }) => ({ topic, partition, begin: position, end: high }))
      const decisions = new Map(
        [...ids].map((id) => [id, (decided.get(id) ?? []).map((value) => JSON.parse(value) as Json)]),
      )
      return explainedAt(place, shown, { events: await eventsOf(log, spans, ids), decisions }, undefined)
    },
  }
}
