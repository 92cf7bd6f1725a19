/** The dead letters of a topology in an installation: its Kafka, its registry, and what time it is for its gate. */
import { createSchemaBook } from '../../adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../adapters/formats/decoder.ts'
import { createStateReader } from '../../adapters/redis/reader.ts'
import { openRegistry } from '../../adapters/registry/registry.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { AdapterError, UsageError } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import { TASK_KEY } from '../../runtime/changelog.ts'
import type { Log } from '../../runtime/ports/log.ts'
import { gateWatermark } from '../../runtime/task-record.ts'
import type { Plan } from '../../topology/plan.ts'
import { type Names, namesOf } from '../../topology/topics-needed.ts'
import { gateId } from '../compose.ts'
import { withKafka, withLog, withRedis } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import { createWriterSchemas } from '../writer-schemas.ts'
import type { LaneSpan } from '../lane-records.ts'
import type { DeadLetter } from './letter.ts'
import { type Prospect, prospectOf } from './prospect.ts'

export interface OpenLetters {
  readonly log: Log
  readonly names: Names
  /** Of the dead-letter topic, as it is now. */
  readonly lanes: readonly LaneSpan[]
  readonly prospect: (letter: DeadLetter, retried: ReadonlySet<string>) => Promise<Prospect>
}

/** @throws UsageError when a topic is not there. AdapterError */
export async function withDeadLetters<Result>(
  plan: Plan,
  settings: ServerSettings,
  use: (letters: OpenLetters) => Promise<Result>,
): Promise<Result> {
  const names = namesOf(settings.app, plan.topology)
  const lanes = await lanesOf(settings, [plan.topics.deadLetters, names.retried])
  const watermark = await watermarkOf(settings, names)
  const schemas = createSchemaBook()
  const { registryUrl } = settings
  const writers =
    registryUrl === undefined
      ? undefined
      : createWriterSchemas(schemas, openRegistry({ url: registryUrl }), systemClock)
  const decoder = createDecoder(schemas, plan.sources)
  const avro = new Set(plan.sources.flatMap(({ topic, format }) => (format === 'avro' ? [topic] : [])))
  return withLog(settings, names.group, (log) =>
    use({
      log,
      names,
      lanes,
      async prospect(letter, retried) {
        if (avro.has(letter.topic)) await writers?.prepareValue(letter.bytes)
        return prospectOf(letter, { plan, decoder, retried, now: systemClock.now(), watermark })
      },
    }),
  )
}

/** Of the first of the topics; all must be there. */
function lanesOf(settings: ServerSettings, topics: readonly string[]): Promise<readonly LaneSpan[]> {
  return withKafka(settings, async (administration) => {
    const found = await administration.topics(topics)
    const missing = topics.filter((topic) => !found.has(topic))
    if (missing.length > 0)
      throw new UsageError(
        `there is no topic ${missing.join(', ')}`,
        'create what is missing: shopkeeper topics create --topology FILE',
      )
    return administration.ends(topics.slice(0, 1))
  })
}

/** Undefined where Redis does not answer, or no gate ever ran: letters can go back without it. */
async function watermarkOf(settings: ServerSettings, names: Names): Promise<EpochMs | undefined> {
  try {
    const [record] = await withRedis(settings, (connection) =>
      createStateReader(connection).values(gateId(names), [TASK_KEY]),
    )
    return record === undefined ? undefined : gateWatermark(record)
  } catch (error) {
    if (error instanceof AdapterError && error.retryable) return undefined
    throw error
  }
}
