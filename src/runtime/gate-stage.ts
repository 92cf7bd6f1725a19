/**
 * The gate: every event passes it once. It says what time it is, whose the event is, and whether it comes too late; and writes the
 * event to the partition of its person, behind a header that says so.
 *
 * 1. One gate, one order, one clock: the same log gives the same people and the same watermarks.
 * 2. A line is judged in the order of T1: clock, source, lateness, identity.
 * 3. What is refused or too late moves nothing that it must not move (T4), and is written out with its reason.
 * 4. The watermark goes with every record, and behind the last one as a mark to every partition that has not heard of it.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import { type IdKey, deriveId } from '../model/hash.ts'
import { FINGERPRINT_KEY, assertFingerprint, keyFingerprint } from '../model/key-fingerprint.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'
import type { SourceEvent } from '../model/event.ts'
import { measuredOf } from '../model/world.ts'
import type { Identifier } from '../model/identifiers.ts'
import type { Resolution } from '../operators/identity/resolve.ts'
import type { Plan, SourcePlan } from '../topology/plan.ts'
import type { Appends } from './appends.ts'
import { EventParts } from './event-parts.ts'
import { createGateClocks } from './gate-clocks.ts'
import { createGateErasure, nameless } from './gate-erasure.ts'
import { createGateForgetting } from './gate-forgetting.ts'
import { createGatePeople } from './gate-people.ts'
import { createGateWrites } from './gate-writes.ts'
import { createGateWorld } from './gate-world.ts'
import { type Outputs, createOutputs } from './outputs.ts'
import { partitionOf } from './partition.ts'
import type { Decoded, DecodedEvent, Encoder, RefusalReason } from './ports/codec.ts'
import { EARLIEST, type Lane, type RecordBatch, type RecordCursor } from './ports/log.ts'
import { type Counts, newCounts } from './ports/observer.ts'
import type { StateChange } from './ports/state-store.ts'
import type { Positions } from './positions.ts'
import type { Stage } from './stage.ts'
import {
  type GateClock,
  decodeClock,
  encodeClock,
  finish,
  holderOf,
  moveClock,
  sourceSpoke,
  stoodAtEnd,
} from './watermark.ts'

const NOBODY: readonly Identifier[] = []

export interface GateOptions {
  readonly plan: Plan
  readonly key: IdKey
  readonly partitions: number
  readonly internalTopic: string
  /** The compacted topic of the world. */
  readonly worldTopic: string
  readonly encoder: Encoder
  /** The record under the cursor: by its lane's source, or, of recorded lines, by what the line says. */
  readonly decode: (lane: Lane, cursor: RecordCursor) => Decoded
  /**
   * Partitions of each source's topic, by the source's index: there is a clock for each, and the machine's clock counts for those that
   * stand at their end. Undefined: recorded lines, where each source is one and lines say what time it is.
   */
  readonly sourcePartitions?: readonly number[]
}

export function createGateStage(options: GateOptions, appends: Appends): Stage {
  const { plan, partitions, internalTopic } = options
  const outputs: Outputs = createOutputs(plan, appends, options.encoder, options.key)
  const people = createGatePeople(plan.identity.ready, partitions)
  const writes = createGateWrites(appends, internalTopic, partitions)
  const world = plan.world && createGateWorld({ topic: options.worldTopic, appends })
  const live = options.sourcePartitions !== undefined
  const clocks = createGateClocks(plan, options.sourcePartitions)
  let clock: GateClock = clocks.begin()
  let counts: Counts = newCounts()
  const forgetting = createGateForgetting(plan, people)
  const erasure = createGateErasure({
    plan,
    key: options.key,
    people,
    forgetting,
    writes,
    outputs,
    counts: () => counts,
  })
  /** The key that all ids hang on is noted with the first commit: with another one every person would be a stranger. */
  const fingerprint = keyFingerprint(options.key)
  let fingerprintIs: 'missing' | 'written' | 'stored' = 'missing'

  function opened(task: Buffer | undefined): void {
    people.clear()
    world?.clear()
    forgetting.clear()
    clock = clocks.begin()
    counts = newCounts()
    fingerprintIs = 'missing'
    const reader = task && new ByteReader(task)
    if (reader !== undefined) decodeClock(clock, reader)
    writes.begin(reader)
    if (reader !== undefined) world?.decode(reader)
  }

  /** @throws UsageError when the states were made with another key. */
  function loaded(key: string, bytes: Buffer | undefined): void {
    if (bytes === undefined) return
    if (key !== FINGERPRINT_KEY) {
      if (!forgetting.load(key, bytes)) people.load(key, bytes)
      return
    }
    assertFingerprint(bytes.toString(), options.key)
    fingerprintIs = 'stored'
  }

  function fold(batches: readonly RecordBatch[], positions: Positions): boolean {
    for (const batch of live ? clocks.inOrderOfTime(clock, batches) : batches) {
      const from = positions.of(batch)
      let next = EARLIEST
      const cursor = batch.walk()
      while (cursor.next()) {
        if (cursor.offset < from) continue
        counts.records++
        one(cursor, batch)
        next = cursor.offset + 1
      }
      if (next !== EARLIEST) positions.advance(batch, next)
      positions.skip(batch, batch.nextOffset)
    }
    tell()
    return true
  }

  /** Recorded lines say themselves what time it is. */
  function reached(atEnd: readonly Lane[], now: EpochMs): void {
    if (!live) return
    for (const lane of atEnd) {
      const source = clocks.ofLane(clock, lane)
      if (source !== undefined) stoodAtEnd(clock, source, now)
    }
    tell()
  }

  /** What time it is now, to everybody whom it concerns. */
  function tell(): void {
    forgetSilent()
    writes.marks(clock.watermark)
  }

  function forgetSilent(): void {
    if (forgetting.active) forgetting.upTo(clock.watermark, (record, due) => erasure.forget(record, due))
  }

  function one(cursor: RecordCursor, batch: Lane): void {
    const decoded = options.decode(batch, cursor)
    if (decoded.kind === 'event') {
      counts.events++
      event(decoded, cursor, batch)
    } else if (decoded.kind === 'refused') {
      counts.events++
      const received = cursor.timestamp ?? decoded.received
      if (received !== undefined && !live) moveClock(clock, received)
      refuse(
        decoded.reason,
        decoded.detail,
        decoded.topic ?? decoded.source?.topic ?? batch.topic,
        cursor,
        batch,
      )
    } else if (decoded.kind === 'clock') moveClock(clock, decoded.at)
    else if (decoded.kind === 'erase') {
      const wrong = nameless(decoded.of, plan.identity.ready)
      if (wrong !== undefined) {
        counts.events++
        refuse('invalid-event', wrong, batch.topic, cursor, batch)
        return
      }
      forgetSilent()
      const place = `${batch.topic}/${batch.partition}/${cursor.offset}`
      const at = cursor.timestamp ?? clock.now
      erasure.order(decoded.of, decoded.lift, { at, watermark: clock.watermark, place })
    } else if (decoded.kind === 'end') finish(clock, decoded.at)
    else if (decoded.kind === 'end-after') {
      const newest = Math.max(...clock.sources.map((source) => source.newest))
      if (newest > BEGINNING) finish(clock, newest + decoded.afterMs)
    } else counts.blanks++
  }

  function event(decoded: DecodedEvent, cursor: RecordCursor, batch: Lane): void {
    const { event, source } = decoded
    const received = cursor.timestamp ?? decoded.received
    const { time } = event
    if (received !== undefined) {
      if (!live) moveClock(clock, received)
      if (time > received + source.aheadMs) {
        if (suppressed(event)) return
        refuse(
          'time-ahead',
          `time is ${time - received} ms past its arrival; ${source.aheadMs} ms are allowed`,
          source.topic,
          cursor,
          batch,
        )
        return
      }
    } else moveClock(clock, time)
    sourceSpoke(clock, clocks.of(clock, source, batch.partition), time)
    forgetSilent()
    const { watermark } = clock
    if (time < watermark - source.graceMs) {
      if (suppressed(event)) return
      counts.late++
      outputs.late(event, watermark, null, `${batch.topic}/${batch.partition}/${cursor.offset}`)
      return
    }
    if (source.world) {
      fact(event, source, watermark)
      return
    }
    const known = event instanceof EventParts ? people.known(event.names) : undefined
    if (known !== undefined && time >= known.firstSeen) {
      if (forgetting.active) forgetting.saw(known.id, time)
      writes.event(known, event, source, NOBODY, watermark)
      return
    }
    const resolution = people.resolve(event)
    if (resolution === undefined) {
      if (suppressed(event)) return
      refuse('no-identifier', noIdentifier(event), source.topic, cursor, batch)
      return
    }
    if (resolution.changes.length > 0) change(event, resolution, watermark)
    const { person, shared, attached, merges } = resolution
    if (forgetting.active) {
      for (const { kept, absorbed } of merges) forgetting.merged(kept, absorbed)
      forgetting.saw(person, time)
    }
    const to = { id: person, partition: partitionOf(person, partitions), anonymous: shared }
    writes.event(to, event, source, attached, watermark)
  }

  /** Who asked to be forgotten is dropped wherever the bytes would be kept otherwise. */
  function suppressed(event: SourceEvent): boolean {
    if (!people.suppresses(event.identifiers)) return false
    counts.eventsSuppressed++
    return true
  }

  /** A fact of the world is nobody's: it goes to every partition. One that says nothing that could be read has moved time, and that is all. */
  function fact(event: SourceEvent, { dedupe }: SourcePlan, watermark: EpochMs): void {
    const measured = measuredOf(event)
    const taken = measured && world?.take(event, measured, watermark, dedupe)
    if (measured !== undefined && taken === undefined) {
      counts.duplicates++
      return
    }
    counts.processed++
    if (taken === undefined) return
    counts.fellOut += taken.fellOut.length
    writes.fact(taken, watermark)
  }

  /** The event changed who is who: the graph, the public topic, and the people concerned. */
  function change(event: SourceEvent, resolution: Resolution, watermark: EpochMs): void {
    const before = people.count
    for (const record of resolution.changes) people.put(record)
    counts.people += people.count - before
    counts.merges += resolution.merges.length
    const cause = { source: event.source, id: event.id }
    resolution.emit.forEach(({ person, type, data }, ordinal) => {
      // With what it says: the gate knows no repeats, and the same line may say something else when it comes again.
      const said = `${type}\n${JSON.stringify(data)}`
      const id = deriveId(
        options.key,
        plan.identity.id,
        person,
        `${cause.source}\n${cause.id}`,
        ordinal,
        said,
      )
      outputs.identity({ id, person, type, time: event.time, cause, data })
    })
    writes.changes(event, resolution, watermark)
  }

  function refuse(
    reason: RefusalReason,
    detail: string,
    topic: string,
    cursor: RecordCursor,
    batch: Lane,
  ): void {
    counts.deadLetters.set(reason, (counts.deadLetters.get(reason) ?? 0) + 1)
    const { buffer, valueStart: start, valueEnd: end, offset } = cursor
    outputs.deadLetter({ reason, detail, topic, partition: batch.partition, offset, buffer, start, end })
  }

  function changes(writer: ByteWriter): StateChange[] {
    const list: StateChange[] = []
    if (fingerprintIs === 'missing' && (people.changed > 0 || appends.count > 0)) {
      fingerprintIs = 'written'
      const start = writer.length
      writer.characters(fingerprint)
      list.push({ key: FINGERPRINT_KEY, start, end: writer.length, due: undefined })
    }
    people.changes(writer, list)
    forgetting.changes(writer, list)
    return list
  }

  return {
    opened,
    armed: () => false,
    missing: () => [],
    chunksOf: () => [],
    loaded,
    fold,
    reached,
    changes,
    ...(world && { recall: world.recall }),
    record(to: ByteWriter) {
      encodeClock(clock, to)
      writes.encode(to)
      world?.encode(to)
    },
    applied() {
      if (fingerprintIs === 'written') fingerprintIs = 'stored'
      people.applied()
      forgetting.applied()
      counts = newCounts()
    },
    counts: () => counts,
    watermark: () => clock.watermark,
    status: () => ({
      holder: holderOf(clock)?.id,
      timersPending: 0,
      nextTimer: undefined,
      cachedStates: people.count,
    }),
  }
}

function noIdentifier(event: SourceEvent): string {
  const types = event.identifiers.map(({ type }) => type)
  return types.length === 0
    ? 'the event carries no identifiers'
    : `none of its identifiers (${types.join(', ')}) names a person: their types are not declared, or their values are blocked`
}
