/**
 * What the gate writes to the partitions of people, and which watermark each partition was told last.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import type { SourceEvent } from '../model/event.ts'
import type { Identifier } from '../model/identifiers.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'
import type { Resolution } from '../operators/identity/resolve.ts'
import type { SourcePlan } from '../topology/plan.ts'
import type { Appends } from './appends.ts'
import { EventParts, fillParts } from './event-parts.ts'
import { LATE, NO_DEDUPE, SHARED, writeEvent, writeParts } from './event-writer.ts'
import type { Fact } from './facts.ts'
import { partitionOf } from './partition.ts'
import { IDENTITY_DETACHED } from './step.ts'
import { type EraseMark, writeErase, writeMark, writeMerge, writeWorldFact } from './wire-event.ts'

/** Whose an event is. */
export interface Addressee {
  readonly id: string
  readonly partition: number
  /** The anonymous person of a shared identifier. */
  readonly anonymous: boolean
}

export interface GateWrites {
  /** `reader`: where {@link encode} wrote; undefined: nobody was told anything yet. */
  begin(reader: ByteReader | undefined): void
  event(
    to: Addressee,
    event: SourceEvent,
    source: SourcePlan,
    attached: readonly Identifier[],
    watermark: EpochMs,
  ): void
  /** What a resolution has changed for people beside the event itself. */
  changes(event: SourceEvent, resolution: Resolution, watermark: EpochMs): void
  /** A fact of the world is nobody's: it goes to every partition. */
  fact(fact: Fact, watermark: EpochMs): void
  /** All that is remembered of the person goes. */
  erase(person: string, mark: EraseMark): void
  /** To every partition that has not heard of the watermark. */
  marks(watermark: EpochMs): void
  encode(writer: ByteWriter): void
}

export function createGateWrites(appends: Appends, internalTopic: string, partitions: number): GateWrites {
  const told: EpochMs[] = []
  /** Of events that a format made of values. */
  const ownParts = new EventParts()

  function begin(person: string, partition: number, watermark: EpochMs): void {
    told[partition] = watermark
    appends.begin(internalTopic, partition, undefined, person)
  }

  return {
    begin(reader) {
      told.length = 0
      for (let i = 0; i < partitions; i++) told.push(reader === undefined ? BEGINNING : reader.int())
    },

    event({ id, partition, anonymous }, event, source, attached, watermark) {
      begin(id, partition, watermark)
      const flags =
        (event.time < watermark ? LATE : 0) | (anonymous ? SHARED : 0) | (source.dedupe ? 0 : NO_DEDUPE)
      if (!(event instanceof EventParts)) fillParts(ownParts, event)
      writeParts(appends.writer, watermark, event instanceof EventParts ? event : ownParts, attached, flags)
      appends.end()
    },

    changes({ source, id, time }, { detached, merges }, watermark) {
      const cause = { source, id }
      for (const { person, identifier } of detached) {
        begin(person, partitionOf(person, partitions), watermark)
        const fact: SourceEvent = {
          ...cause,
          time,
          type: IDENTITY_DETACHED,
          identifiers: [],
          context: undefined,
          data: { identifiers: [identifier] },
        }
        const flags = { late: false, shared: false, dedupe: false, internal: true }
        writeEvent(appends.writer, watermark, fact, [], flags)
        appends.end()
      }
      for (const { kept, absorbed } of merges) {
        const mark = { kept, absorbed, watermark, at: time, cause }
        const both =
          partitionOf(kept, partitions) === partitionOf(absorbed, partitions) ? [kept] : [kept, absorbed]
        for (const person of both) {
          begin(person, partitionOf(person, partitions), watermark)
          writeMerge(appends.writer, mark)
          appends.end()
        }
      }
    },

    fact(fact, watermark) {
      for (let partition = 0; partition < partitions; partition++) {
        told[partition] = watermark
        appends.begin(internalTopic, partition, undefined, null)
        writeWorldFact(appends.writer, watermark, fact)
        appends.end()
      }
    },

    erase(person, mark) {
      const partition = partitionOf(person, partitions)
      begin(person, partition, Math.max(mark.watermark, told[partition] as EpochMs))
      writeErase(appends.writer, mark)
      appends.end()
    },

    marks(watermark) {
      for (let partition = 0; partition < partitions; partition++) {
        if ((told[partition] as EpochMs) >= watermark) continue
        told[partition] = watermark
        appends.begin(internalTopic, partition, undefined, null)
        writeMark(appends.writer, watermark)
        appends.end()
      }
    },

    encode(writer) {
      for (const watermark of told) writer.int(watermark)
    },
  }
}
