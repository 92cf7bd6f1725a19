/**
 * What a registry has to tell before records are read or written: the writer schemas of Avro sources, and the ids of the schemas by
 * which sinks are written.
 *
 * 1. Decoding waits for nobody; so the ids in a turn's records are looked at before they are folded, and those never met are fetched.
 * 2. With a registry its ids go before the program's own, which are the same small numbers.
 * 3. An id that the registry does not know is asked for again after a while, not with every record: it may be registered late.
 * 4. No answer is an error of its own: a record must not become a dead letter because the registry was away.
 */
import type { Family, SchemaBook } from '../adapters/formats/avro/schema-book.ts'
import type { RegisteredId } from '../adapters/formats/encoder.ts'
import type { Registry } from '../adapters/registry/registry.ts'
import { UsageError } from '../model/errors.ts'
import { type DurationMs, MINUTE_MS } from '../model/time.ts'
import type { Clock } from '../runtime/ports/clock.ts'
import type { RecordBatch } from '../runtime/ports/log.ts'
import type { Plan } from '../topology/plan.ts'
import { type Subject, subjectName, subjectsOf } from './subjects.ts'

/** An unknown id is asked for again after this. */
const ASK_AGAIN_MS: DurationMs = MINUTE_MS
/** Unknown ids that are remembered: bytes that are no Avro name ids by chance. The oldest is forgotten. */
const UNKNOWN_MAX = 10_000
/** Requests under way at once. */
const ASKED_AT_ONCE = 8
/** Confluent framing: 0, then the id. */
const HEADER_BYTES = 5

export interface WriterSchemas {
  /**
   * Fetches the writer schemas of these batches that are not known yet. Costs a look at five bytes of each record when all are known.
   * @throws AdapterError when the registry does not answer: nothing of the turn may be folded.
   */
  prepare(batches: readonly RecordBatch[], isAvro: (topic: string) => boolean): Promise<void>
  /** The same for one value, wherever it comes from. */
  prepareValue(value: Buffer): Promise<void>
}

export function createWriterSchemas(schemas: SchemaBook, registry: Registry, clock: Clock): WriterSchemas {
  const learnt = new Set<number>()
  /** When each was asked for. */
  const unknown = new Map<number, number>()

  function missing(batches: readonly RecordBatch[], isAvro: (topic: string) => boolean): Set<number> {
    const ids = new Set<number>()
    let last = 0
    for (const batch of batches) {
      if (!isAvro(batch.topic)) continue
      const cursor = batch.walk()
      while (cursor.next()) {
        const id = schemaIdOf(cursor.buffer, cursor.valueStart, cursor.valueEnd)
        if (id === last || id <= 0) continue
        last = id
        if (!learnt.has(id)) ids.add(id)
      }
    }
    return ids
  }

  async function fetch(id: number): Promise<void> {
    const asked = unknown.get(id)
    if (asked !== undefined && clock.now() - asked < ASK_AGAIN_MS) return
    const text = await registry.schema(id)
    unknown.delete(id)
    if (text !== undefined && learn(id, text)) return
    if (unknown.size >= UNKNOWN_MAX) unknown.delete(unknown.keys().next().value as number)
    unknown.set(id, clock.now())
  }

  /** False: what the registry has under this id is no Avro that we can read. */
  function learn(id: number, text: string): boolean {
    try {
      schemas.learn(id, text)
    } catch {
      return false
    }
    learnt.add(id)
    return true
  }

  return {
    async prepare(batches, isAvro) {
      const ids = [...missing(batches, isAvro)]
      for (let i = 0; i < ids.length; i += ASKED_AT_ONCE)
        await Promise.all(ids.slice(i, i + ASKED_AT_ONCE).map(fetch))
    },
    async prepareValue(value) {
      const id = schemaIdOf(value, 0, value.length)
      if (id > 0 && !learnt.has(id)) await fetch(id)
    },
  }
}

/** 0 or less: none. */
function schemaIdOf(buffer: Buffer, start: number, end: number): number {
  return end - start < HEADER_BYTES || buffer[start] !== 0 ? 0 : buffer.readInt32BE(start + 1)
}

/**
 * The ids under which the registry knows what the sinks of a plan are written by, for the encoder.
 * @throws UsageError naming the subjects when a schema is not registered. AdapterError when the registry does not answer.
 */
export async function registeredIds(
  plan: Plan,
  schemas: SchemaBook,
  registry: Registry,
): Promise<RegisteredId> {
  const ids = new Map<string, number>()
  const absent: string[] = []
  const one = async ({ name }: Subject, family: Family): Promise<void> => {
    const found = await registry.find(name, schemas.newest(family).text)
    if (found === undefined) absent.push(name)
    else ids.set(`${name} ${family}`, found.id)
  }
  const sinks = subjectsOf(plan).filter(({ role }) => role === 'sink')
  await Promise.all(sinks.flatMap((subject) => subject.families.map((family) => one(subject, family))))
  if (absent.length > 0)
    throw new UsageError(
      `the registry does not know the schema by which ${absent.toSorted().join(', ')} would be written`,
      'register it: shopkeeper schemas register --topology FILE',
    )
  return (topic, family) => ids.get(`${subjectName(topic)} ${family}`)
}
