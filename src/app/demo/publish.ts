/**
 * A business's day as an upstream publishes it: live, to the source topics of a topology, each event in its source's format.
 *
 * 1. The record's key is the event's first identifier.
 * 2. What is due is published in one transaction, so that a second publisher of the same topology ends the first.
 * 3. Avro is written by `schemas/event`, registered under the topic's subject as an upstream does, or by the program's own id where
 *    there is no registry.
 */
import { createDecoder } from '../../adapters/formats/decoder.ts'
import { writeAvroEvent } from '../../adapters/formats/avro/event.ts'
import { createSchemaBook, type SchemaBook } from '../../adapters/formats/avro/schema-book.ts'
import { writeText } from '../../adapters/formats/avro/write.ts'
import { openRegistry } from '../../adapters/registry/registry.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { AdapterError, Fenced, UsageError } from '../../model/errors.ts'
import { formatTime } from '../../model/time.ts'
import { Appends } from '../../runtime/appends.ts'
import { PARTITION_BY_KEY } from '../../runtime/outputs.ts'
import type { DecodedEvent } from '../../runtime/ports/codec.ts'
import type { Plan } from '../../topology/plan.ts'
import { namesOf } from '../../topology/topics-needed.ts'
import { withKafka, withLog } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import { subjectName } from '../subjects.ts'
import { presentDay, type PresentOptions } from './present.ts'

/** Between two transactions. */
const COMMIT_MS = 200
/** Records of one transaction. */
const RECORDS_MAX = 500

export interface PublishOptions extends Omit<PresentOptions, 'startedAt'> {
  readonly plan: Plan
  readonly settings: ServerSettings
  /** How many lines of the day are done. */
  readonly progress: (done: number) => void
  readonly signal: AbortSignal
}

/** Until the day is over or the signal comes; how many events were published. @throws UsageError, AdapterError */
export async function publishDay(options: PublishOptions): Promise<number> {
  const { plan, settings, progress, signal } = options
  await requireSources(plan, settings)
  const schemas = createSchemaBook()
  const write = writerOf(schemas, await sourceIds(plan, settings, schemas))
  const decoder = createDecoder(schemas, plan.sources)
  const names = namesOf(settings.app, plan.topology)
  const task = `${names.group}.demo`
  return withLog(settings, names.group, async (log) => {
    const { owner } = await log.takeOver(task, [])
    const appends = new Appends()
    let published = 0
    let done = 0
    // Nothing is written there: an upstream remembers nothing.
    const changelog = { topic: names.profileChangelog, partition: 0 }
    const flush = async (): Promise<void> => {
      const { count } = appends
      if (count > 0) await log.commit({ task, owner, appends, positions: [], changelog }).catch(refused)
      published += count
      progress(done)
    }
    const day = presentDay({ ...options, startedAt: systemClock.now() })
    for (const { at, line } of day) {
      if (at > systemClock.now() || appends.count >= RECORDS_MAX) await flush()
      while (at > systemClock.now() && !signal.aborted) await systemClock.sleep(COMMIT_MS)
      if (signal.aborted) break
      const bytes = Buffer.from(line)
      const decoded = decoder.decode(undefined, bytes, 0, bytes.length)
      if (decoded.kind === 'event') write(appends, decoded)
      done++
    }
    await flush()
    return published
  })
}

function refused(error: unknown): never {
  if (!(error instanceof Fenced)) throw error
  throw new AdapterError(
    'taken-over',
    'another publisher was started for this topology, and this one ends',
    false,
  )
}

async function requireSources(plan: Plan, settings: ServerSettings): Promise<void> {
  const foreign = plan.sources.find(({ format }) => format !== 'avro' && format !== 'json')
  if (foreign !== undefined)
    throw new UsageError(
      `source ${foreign.id} reads ${foreign.format}`,
      'a demo publishes avro and json: write one of them as its format',
    )
  const topics = plan.sources.map(({ topic }) => topic)
  const found = await withKafka(settings, (administration) => administration.topics(topics))
  const missing = topics.filter((topic) => !found.has(topic))
  if (missing.length > 0)
    throw new UsageError(
      `there is no topic ${missing.join(', ')}`,
      'create what is missing: shopkeeper topics create --topology FILE',
    )
}

/** Ids of the schema of events, by topic; of topics in Avro, where there is a registry. */
async function sourceIds(
  plan: Plan,
  { registryUrl }: ServerSettings,
  schemas: SchemaBook,
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  if (registryUrl === undefined) return ids
  const registry = openRegistry({ url: registryUrl })
  for (const { topic, format } of plan.sources)
    if (format === 'avro')
      ids.set(topic, await registry.register(subjectName(topic), schemas.newest('event').text))
  return ids
}

function writerOf(
  schemas: SchemaBook,
  ids: ReadonlyMap<string, number>,
): (appends: Appends, decoded: DecodedEvent) => void {
  return (appends, { source: { topic, format }, event }) => {
    // As values: it may be one that is read where it lies.
    const { id, source, type, time, identifiers, context, data } = event
    const value = { id, source, type, time, identifiers, context, data }
    const [first] = identifiers
    const key = first === undefined ? null : `${first.type}:${first.value}`
    appends.begin(topic, PARTITION_BY_KEY, undefined, key)
    if (format === 'avro') writeAvroEvent(schemas, value, appends.writer, ids.get(topic))
    else writeText(appends.writer, JSON.stringify({ ...value, time: formatTime(time) }))
    appends.end()
  }
}
