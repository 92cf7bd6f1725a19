/**
 * The gate's side of the world: takes each fact once, gives it its number, says which things fall out, and writes the compacted topic from
 * which it, and every profile task, has its histories back.
 *
 * The gate restores from that same topic, not from states of its own: the topic is written in the gate's transactions and by nobody else, so
 * it is exactly as of the gate's last commit; a second copy in the changelog would be written for nothing.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import type { SourceEvent } from '../model/event.ts'
import { WORLD_ENTITIES_MAX } from '../model/limits.ts'
import type { EpochMs } from '../model/time.ts'
import { entityOf, kindOf, type Measured, type WorldField, type WorldKind } from '../model/world.ts'
import type { Appends } from './appends.ts'
import {
  type Fact,
  type History,
  holds,
  measureOf,
  NEVER_WAKES,
  newestTwo,
  readHistory,
  seriesOf,
  splitSeries,
  valueBefore,
  newest,
  withMeasure,
  writeHistory,
} from './facts.ts'

export interface GateWorldOptions {
  readonly topic: string
  readonly appends: Appends
  /** Default: {@link WORLD_ENTITIES_MAX}. */
  readonly entitiesMax?: number
}

export interface GateWorld {
  clear(): void
  /** A record of the compacted topic, in its order; `valueEnd` -1: a tombstone. */
  readonly recall: (key: string, buffer: Buffer, valueStart: number, valueEnd: number) => void
  /** Undefined: it came before. */
  take(event: SourceEvent, measured: Measured, watermark: EpochMs, dedupe: boolean): Fact | undefined
  /** The number given last, for the gate's record. */
  encode(to: ByteWriter): void
  decode(from: ByteReader): void
}

export function createGateWorld({
  topic,
  appends,
  entitiesMax = WORLD_ENTITIES_MAX,
}: GateWorldOptions): GateWorld {
  let number = 0
  /** By entity, the one measured longest ago first, with what there is of each. */
  const kinds = new Map<WorldKind, Map<string, Map<WorldField, History>>>()

  function entitiesOf(kind: WorldKind): Map<string, Map<WorldField, History>> {
    let entities = kinds.get(kind)
    if (entities === undefined) kinds.set(kind, (entities = new Map()))
    return entities
  }

  function put(field: WorldField, id: string, history: History): void {
    const entities = entitiesOf(kindOf(field))
    const fields = entities.get(id) ?? new Map<WorldField, History>()
    entities.delete(id)
    entities.set(id, fields.set(field, history))
  }

  function forget(kind: WorldKind, id: string): void {
    for (const field of entitiesOf(kind).get(id)?.keys() ?? [])
      appends.record(topic, 0, undefined, seriesOf(field, id), null)
    entitiesOf(kind).delete(id)
  }

  function makeRoom(kind: WorldKind): readonly string[] {
    const fellOut: string[] = []
    const entities = entitiesOf(kind)
    for (const id of entities.keys()) {
      if (entities.size <= entitiesMax) break
      fellOut.push(entityOf(kind, id))
      forget(kind, id)
    }
    return fellOut
  }

  return {
    clear() {
      number = 0
      kinds.clear()
    },
    recall(key, buffer, valueStart, valueEnd) {
      const { field, id } = splitSeries(key)
      if (valueEnd >= 0) put(field, id, readHistory(new ByteReader(buffer, valueStart, valueEnd)))
      else {
        const fields = entitiesOf(kindOf(field)).get(id)
        fields?.delete(field)
        if (fields?.size === 0) entitiesOf(kindOf(field)).delete(id)
      }
    },
    take({ time, source, id: eventId }, measured, watermark, dedupe) {
      const { field, id } = measured
      const kind = kindOf(field)
      const before = entitiesOf(kind).get(id)?.get(field) ?? []
      const last = before.at(-1)
      const late = time < watermark
      const wakesAt = !late ? time : last === undefined || time > last.time ? watermark : NEVER_WAKES
      const behind = time <= watermark ? watermark : undefined
      const measure = measureOf(measured, { number: number + 1, time, wakesAt, behind, source, id: eventId })
      if (dedupe && holds(before, measure)) return undefined
      number++
      const history = newest(withMeasure(before, measure))
      put(field, id, history)
      const fellOut = makeRoom(kind)
      appends.begin(topic, 0, undefined, seriesOf(field, id))
      writeHistory(history, appends.writer)
      appends.end()
      const prices = field === 'stock' ? newestTwo(entitiesOf(kind).get(id)?.get('price'), time) : []
      return { field, id, measure, before: valueBefore(history, time), prices, fellOut }
    },
    encode(to) {
      to.uint(number)
    },
    decode(from) {
      number = from.done ? 0 : from.uint()
    },
  }
}
