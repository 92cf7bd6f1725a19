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
import { EventParts, fillParts } from './event-parts.ts'
import { LATE, NO_DEDUPE, SHARED, writeEvent, writeParts } from './event-writer.ts'
import { createGatePeople } from './gate-people.ts'
import { createGateWorld } from './gate-world.ts'
import { type Outputs, createOutputs } from './outputs.ts'
import { partitionOf } from './partition.ts'
import type { Decoded, DecodedEvent, Encoder, RefusalReason } from './ports/codec.ts'
import { EARLIEST, type Lane, type RecordBatch, type RecordCursor } from './ports/log.ts'
import { type Counts, newCounts } from './ports/observer.ts'
import type { StateChange } from './ports/state-store.ts'
import type { Positions } from './positions.ts'
import type { Stage } from './stage.ts'
import { IDENTITY_DETACHED } from './step.ts'
import {
  type GateClock,
  type SourceClock,
  decodeClock,
  encodeClock,
  finish,
  holderOf,
  moveClock,
  newGateClock,
  sourceSpoke,
  stoodAtEnd,
} from './watermark.ts'
import { writeMark, writeMerge, writeWorldFact } from './wire-event.ts'

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
  const world = plan.world && createGateWorld({ topic: options.worldTopic, appends })
  /** The watermark that each partition was told last. */
  const told: EpochMs[] = []
  const live = options.sourcePartitions !== undefined
  const rules = plan.sources.flatMap((source) =>
    live
      ? Array.from({ length: options.sourcePartitions?.[source.index] ?? 0 }, (_, partition) => ({
          ...source,
          id: `${source.id}/${partition}`,
        }))
      : [source],
  )
  /** Where the clocks of each source begin, by the source's index; and which source a topic is. */
  const firstClock: number[] = []
  for (const { index } of plan.sources)
    firstClock[index] =
      index === 0 ? 0 : (firstClock[index - 1] as number) + (options.sourcePartitions?.[index - 1] ?? 1)
  const sourceOfTopic = new Map(plan.sources.map(({ topic, index }) => [topic, index]))
  /** Of events that a format made of values. */
  const ownParts = new EventParts()
  let clock: GateClock = newGateClock(rules)
  let counts: Counts = newCounts()
  /** The key that all ids hang on is noted with the first commit: with another one every person would be a stranger. */
  const fingerprint = keyFingerprint(options.key)
  let fingerprintIs: 'missing' | 'written' | 'stored' = 'missing'

  function opened(task: Buffer | undefined): void {
    people.clear()
    world?.clear()
    clock = newGateClock(rules)
    counts = newCounts()
    fingerprintIs = 'missing'
    told.length = 0
    for (let i = 0; i < partitions; i++) told.push(BEGINNING)
    if (task === undefined) return
    const reader = new ByteReader(task)
    decodeClock(clock, reader)
    for (let i = 0; i < partitions; i++) told[i] = reader.int()
    world?.decode(reader)
  }

  /** @throws UsageError when the states were made with another key. */
  function loaded(key: string, bytes: Buffer | undefined): void {
    if (bytes === undefined) return
    if (key !== FINGERPRINT_KEY) {
      people.load(bytes)
      return
    }
    assertFingerprint(bytes.toString(), options.key)
    fingerprintIs = 'stored'
  }

  function fold(batches: readonly RecordBatch[], positions: Positions): boolean {
    for (const batch of live ? inOrderOfTime(batches) : batches) {
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
    marks()
    return true
  }

  /** Lane by lane, the one whose clock is furthest behind first, so that in catch-up states do not pile up behind it. */
  function inOrderOfTime(batches: readonly RecordBatch[]): readonly RecordBatch[] {
    const newest = (lane: Lane): EpochMs => clockOfLane(lane)?.newest ?? BEGINNING
    const times = batches.map(newest)
    const order = batches.map((_, i) => i)
    order.sort((a, b) => (times[a] as EpochMs) - (times[b] as EpochMs) || a - b)
    return order.map((i) => batches[i] as RecordBatch)
  }

  function clockOfLane({ topic, partition }: Lane): SourceClock | undefined {
    const source = sourceOfTopic.get(topic)
    return source === undefined ? undefined : clock.sources[(firstClock[source] as number) + partition]
  }

  /** Recorded lines say themselves what time it is. */
  function reached(atEnd: readonly Lane[], now: EpochMs): void {
    if (!live) return
    for (const lane of atEnd) {
      const source = clockOfLane(lane)
      if (source !== undefined) stoodAtEnd(clock, source, now)
    }
    marks()
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
    else if (decoded.kind === 'end') finish(clock, decoded.at)
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
    const place = (firstClock[source.index] as number) + (live ? batch.partition : 0)
    sourceSpoke(clock, clock.sources[place] as SourceClock, time)
    const { watermark } = clock
    if (time < watermark - source.graceMs) {
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
      begin(known.id, known.partition, watermark)
      write(event, source, known.anonymous, NOBODY, watermark)
      return
    }
    const resolution = people.resolve(event)
    if (resolution === undefined) {
      refuse('no-identifier', noIdentifier(event), source.topic, cursor, batch)
      return
    }
    if (resolution.changes.length > 0) change(event, resolution, watermark)
    const { person, shared, attached } = resolution
    begin(person, partitionOf(person, partitions), watermark)
    write(event, source, shared, attached, watermark)
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
    for (let partition = 0; partition < partitions; partition++) {
      told[partition] = watermark
      appends.begin(internalTopic, partition, undefined, null)
      writeWorldFact(appends.writer, watermark, taken)
      appends.end()
    }
  }

  function write(
    event: SourceEvent,
    source: SourcePlan,
    shared: boolean,
    attached: readonly Identifier[],
    watermark: EpochMs,
  ): void {
    const flags =
      (event.time < watermark ? LATE : 0) | (shared ? SHARED : 0) | (source.dedupe ? 0 : NO_DEDUPE)
    if (!(event instanceof EventParts)) fillParts(ownParts, event)
    writeParts(appends.writer, watermark, event instanceof EventParts ? event : ownParts, attached, flags)
    appends.end()
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
    for (const { person, identifier } of resolution.detached) {
      begin(person, partitionOf(person, partitions), watermark)
      const fact: SourceEvent = {
        ...cause,
        time: event.time,
        type: IDENTITY_DETACHED,
        identifiers: [],
        context: undefined,
        data: { identifiers: [identifier] },
      }
      writeEvent(appends.writer, watermark, fact, [], {
        late: false,
        shared: false,
        dedupe: false,
        internal: true,
      })
      appends.end()
    }
    for (const { kept, absorbed } of resolution.merges) {
      const mark = { kept, absorbed, watermark, at: event.time, cause }
      const both =
        partitionOf(kept, partitions) === partitionOf(absorbed, partitions) ? [kept] : [kept, absorbed]
      for (const person of both) {
        begin(person, partitionOf(person, partitions), watermark)
        writeMerge(appends.writer, mark)
        appends.end()
      }
    }
  }

  function begin(person: string, partition: number, watermark: EpochMs): void {
    told[partition] = watermark
    appends.begin(internalTopic, partition, undefined, person)
  }

  function marks(): void {
    const { watermark } = clock
    for (let partition = 0; partition < partitions; partition++) {
      if ((told[partition] as EpochMs) >= watermark) continue
      told[partition] = watermark
      appends.begin(internalTopic, partition, undefined, null)
      writeMark(appends.writer, watermark)
      appends.end()
    }
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
      for (const watermark of told) to.int(watermark)
      world?.encode(to)
    },
    applied() {
      if (fingerprintIs === 'written') fingerprintIs = 'stored'
      people.applied()
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
