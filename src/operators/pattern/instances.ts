/** The instances of a person, sorted by key, and within their bounds: the oldest fall out, whosever they are. */
import { INSTANCES_PER_PERSON_MAX, PATTERN_EVENTS_PER_PERSON_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import { isEmpty } from './instance.ts'
import { compareTraces, type Instance, type Trace } from './state.ts'

/** With one of them replaced, or put in its place. */
export function withInstance(instances: readonly Instance[], instance: Instance): readonly Instance[] {
  const at = instances.findIndex(({ key }) => key >= instance.key)
  if (at < 0) return instances.concat(instance)
  const replaced = (instances[at] as Instance).key === instance.key
  return replaced ? instances.with(at, instance) : instances.toSpliced(at, 0, instance)
}

export interface Bounded {
  readonly instances: readonly Instance[]
  /** Events and keys that had to go. */
  readonly fellOut: number
}

export function bounded(instances: readonly Instance[]): Bounded {
  const events = boundedEvents(instances)
  const over = events.instances.length - INSTANCES_PER_PERSON_MAX
  if (over <= 0) return events
  const byAge = events.instances.toSorted((a, b) => newestAt(a) - newestAt(b) || (a.key < b.key ? -1 : 1))
  const gone = new Set(byAge.slice(0, over))
  const lost = byAge.slice(0, over).reduce((sum, { traces }) => sum + Math.max(1, traces.length), 0)
  return {
    instances: events.instances.filter((instance) => !gone.has(instance)),
    fellOut: events.fellOut + lost,
  }
}

function boundedEvents(instances: readonly Instance[]): Bounded {
  let events = 0
  for (const { traces } of instances) events += traces.length
  const fellOut = events - PATTERN_EVENTS_PER_PERSON_MAX
  if (fellOut <= 0) return { instances, fellOut: 0 }
  const all = instances.flatMap(({ traces }, place) => traces.map((trace) => ({ trace, place })))
  all.sort((a, b) => compareTraces(a.trace, b.trace) || a.place - b.place)
  const gone = new Set<Trace>(all.slice(0, fellOut).map(({ trace }) => trace))
  const left = instances.map((instance): Instance => {
    const { key, traces, past, firedAt } = instance
    if (!traces.some((trace) => gone.has(trace))) return instance
    return { key, traces: traces.filter((trace) => !gone.has(trace)), past, firedAt }
  })
  return { instances: left.filter((instance) => !isEmpty(instance)), fellOut }
}

const newestAt = ({ traces, past, firedAt }: Instance): EpochMs =>
  Math.max(
    traces.at(-1)?.at ?? Number.MIN_SAFE_INTEGER,
    past?.at ?? Number.MIN_SAFE_INTEGER,
    firedAt ?? Number.MIN_SAFE_INTEGER,
  )
