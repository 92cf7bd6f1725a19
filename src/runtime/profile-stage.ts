/**
 * One partition of the profile stage: what happens to people, folded over the records that the gate wrote.
 *
 * 1. A record is worked off behind every timer of the partition that was due at its watermark; nobody's timer fires twice.
 * 2. A fold stops where it would need a person that is not loaded, or has done enough for one commit; what it consumed is exactly
 *    what the commit says.
 * 3. Facts of the world wake who watches as timers fire: in the order of time, before the timers of the same moment (`waking.ts`).
 * 4. Its watermark is that of the newest record it has read; it is stored and never goes back.
 */
import { ByteReader, asciiText } from '../model/bytes.ts'
import { invariant } from '../model/errors.ts'
import type { IdKey } from '../model/hash.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'
import { NOTHING_MEASURED } from '../model/world.ts'
import type { Plan } from '../topology/plan.ts'
import type { Appends } from './appends.ts'
import { createHandoff, type Handoff } from './handoff.ts'
import { createOutputs } from './outputs.ts'
import { People, type PeopleBounds } from './people.ts'
import { type Person, firstTimer, watcherOf } from './person.ts'
import { chunkNumbersOf, decodePerson } from './person-record.ts'
import type { Encoder } from './ports/codec.ts'
import { EARLIEST, type RecordBatch } from './ports/log.ts'
import { type Counts, newCounts } from './ports/observer.ts'
import type { Positions } from './positions.ts'
import { createProfileWorld } from './profile-world.ts'
import { type SlotTable, decodeSlotEntries, encodeSlotTable, slotTable } from './slot-table.ts'
import type { Stage } from './stage.ts'
import { type Stepper, createStepper } from './step.ts'
import { createWaking } from './waking.ts'
import {
  WIRE_ERASE,
  WIRE_EVENT,
  WIRE_FACT,
  WIRE_HANDOFF,
  WIRE_MARK,
  WIRE_MERGE,
  WireEvent,
  otherPersons,
  readEraseMark,
  readHandoff,
  readMergeMark,
  readWorldFact,
  unknownKind,
} from './wire-event.ts'

export interface ProfileBounds extends PeopleBounds {
  /** Timers fired in one commit: a mark that makes very much due is worked off over several. */
  readonly timersPerFoldMax: number
  /** Bytes appended in one commit, about. */
  readonly bytesPerFoldMax: number
}

export const PROFILE_BOUNDS: ProfileBounds = {
  cachedPersonsMax: 500_000,
  activePersonsMax: 10_000,
  timersPerFoldMax: 20_000,
  bytesPerFoldMax: 8_000_000,
}

export interface ProfileOptions {
  readonly plan: Plan
  readonly key: IdKey
  readonly partition: number
  readonly partitions: number
  readonly internalTopic: string
  readonly encoder: Encoder
  /** Default: {@link PROFILE_BOUNDS}. */
  readonly bounds?: ProfileBounds
}

export function createProfileStage(options: ProfileOptions, appends: Appends): Stage {
  const { plan, partition, bounds = PROFILE_BOUNDS } = options
  const slots = plan.slots
  const people = new People(slots)
  const { timers } = people
  const reader = new ByteReader(Buffer.alloc(0))
  /** One for all: nobody keeps an event past its step. */
  let current: WireEvent | undefined
  let counts: Counts = newCounts()
  let table: SlotTable = slotTable(slots, [])
  let watermark: EpochMs = BEGINNING

  const { watches } = people
  const world = plan.world && createProfileWorld(plan.world, (entity) => watches.isWatched(entity))

  const stepper: Stepper = createStepper({
    plan,
    key: options.key,
    timers,
    outputs: createOutputs(plan, appends, options.encoder, options.key),
    filter: people.filter,
    stateOf: (person, slot) => people.stateOf(person, slot),
    world: (at, due) => (world === undefined ? NOTHING_MEASURED : world.view(at, due)),
    watch(person, slot, { entity, on }) {
      watches.set(person.number, slot, entity, on)
      if (!on && !watches.isWatched(entity)) world?.unwatched(entity)
    },
    unwatch: (person, slot) => watches.drop(person.number, slot),
    counts: () => counts,
    changed,
  })
  const handoff: Handoff = createHandoff({
    stepper,
    appends,
    partition,
    partitions: options.partitions,
    internalTopic: options.internalTopic,
    personOf: (id) => people.of(id),
    // A table of its own goes with it: partitions number operators by what they have stored, each in its own order.
    encode(person, to) {
      encodeSlotTable(table, to)
      people.encodeInline(person, to)
    },
    decode(id, bytes) {
      const from = new ByteReader(bytes)
      const theirs = slotTable(slots, decodeSlotEntries(from))
      return decodePerson(id, from, theirs, slots.length, { chunkOf: undefined })
    },
    watermark: () => watermark,
    touch: changed,
    waits: (person) => {
      timers.disarm(person.number)
      people.waiting.add(person)
    },
    forget: (person) => {
      timers.disarm(person.number)
      people.forget(person)
    },
    taken: () => world?.taken() ?? 0,
    readUpTo: (taken) => world?.readUpTo(taken),
    waiters: (change) => world?.waiters(change),
    tell: (person, bytes) => waking?.tellWaiting(person, bytes),
  })
  const waking = world && createWaking({ world, people, stepper, handoff, counts: () => counts })

  function changed(person: Person): void {
    people.touch(person)
  }

  function opened(task: Buffer | undefined): void {
    counts = newCounts()
    if (task === undefined) {
      table = slotTable(slots, [])
      watermark = BEGINNING
      world?.opened()
    } else {
      const from = new ByteReader(task)
      watermark = from.int()
      table = slotTable(slots, decodeSlotEntries(from))
      world?.opened()
      world?.decode(from)
    }
    waking?.opened()
    people.clear(task === undefined, table)
  }

  /** People whose states a turn touches and that are not in memory: those of its records, and those with timers due. */
  function missing(batches: readonly RecordBatch[]): readonly string[] {
    if (people.whole) return []
    const wanted = new Set<string>()
    let limit = watermark
    for (const batch of batches) {
      const cursor = batch.walk()
      while (cursor.next()) {
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        if (keyEnd >= keyStart && !people.hasBytes(buffer, keyStart, keyEnd))
          wanted.add(asciiText(buffer, keyStart, keyEnd))
        if (buffer[valueStart] === WIRE_MERGE)
          for (const id of otherPersons(buffer, valueStart, valueEnd)) want(id, wanted)
        const told = watermarkOf(buffer, valueStart, valueEnd)
        if (told > limit) limit = told
      }
    }
    if (waking !== undefined)
      for (const id of waking.elsewhere(limit, bounds.timersPerFoldMax)) wanted.add(id)
    for (const id of people.dueElsewhere(limit, bounds.timersPerFoldMax)) wanted.add(id)
    for (const { inbox } of people.waiting)
      for (const entry of inbox) if (entry.kind === 'leave') want(entry.merge.kept, wanted)
    return [...wanted]
  }

  function want(id: string, wanted: Set<string>): void {
    if (!people.has(id)) wanted.add(id)
  }

  function watermarkOf(buffer: Buffer, start: number, end: number): EpochMs {
    reader.reset(buffer, start + 1, end)
    switch (buffer[start] as number) {
      case WIRE_MARK:
      case WIRE_ERASE:
      case WIRE_FACT:
        return reader.int()
      case WIRE_MERGE:
        return readMergeMark(reader).watermark
      case WIRE_EVENT: {
        reader.byte()
        const time = reader.int()
        return time - reader.int()
      }
      default:
        return BEGINNING
    }
  }

  function fold(batches: readonly RecordBatch[], positions: Positions): boolean {
    const start = counts.timersFired + counts.woken
    const enough = (): boolean =>
      counts.timersFired + counts.woken - start > bounds.timersPerFoldMax ||
      appends.bytes > bounds.bytesPerFoldMax
    for (const batch of batches) {
      const from = positions.of(batch)
      let next = EARLIEST
      const cursor = batch.walk()
      while (cursor.next()) {
        if (cursor.offset < from) continue
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        const person = keyEnd < 0 ? undefined : people.ofBytes(buffer, keyStart, keyEnd)
        const event =
          buffer[valueStart] === WIRE_EVENT
            ? eventOf(loadedOf(person), buffer, valueStart, valueEnd)
            : undefined
        const told = event === undefined ? watermarkOf(buffer, valueStart, valueEnd) : event.watermark
        const to = told > watermark ? told : watermark
        if (enough() || (isDue(to) && !fireUpTo(to, enough))) {
          if (next !== EARLIEST) positions.advance(batch, next)
          return false
        }
        counts.records++
        watermark = to
        if (event !== undefined) stepEvent(loadedOf(person), event, buffer, valueStart, valueEnd)
        else if (buffer[valueStart] === WIRE_FACT)
          world?.take(readWorldFact(reader.reset(buffer, valueStart + 1, valueEnd)))
        else if (keyEnd >= 0) record(loadedOf(person), buffer, valueStart, valueEnd)
        next = cursor.offset + 1
      }
      if (next !== EARLIEST) positions.advance(batch, next)
      positions.skip(batch, batch.nextOffset)
    }
    return fireUpTo(watermark, enough)
  }

  const isDue = (limit: EpochMs): boolean =>
    timers.mayBeDue(limit) || (world !== undefined && world.due() <= limit)

  /** Fires what is due, in order; false where it must stop: enough for one commit, or a person that is not loaded. */
  function fireUpTo(limit: EpochMs, enough: () => boolean): boolean {
    for (;;) {
      const earliest = timers.earliest()
      const wakesAt = world === undefined ? NEVER : world.due()
      if (waking !== undefined && wakesAt <= limit && (earliest === undefined || wakesAt <= earliest)) {
        if (!waking.wake(enough)) return false
        continue
      }
      if (earliest === undefined || earliest > limit) return true
      if (enough()) return false
      const number = timers.pop(limit)
      if (number < 0) return true
      const { due } = timers
      const person = people.at(number)
      if (person === undefined) {
        timers.arm(number, due)
        return false
      }
      const first = firstTimer(person)
      if (person.inbox.length > 0 || first === undefined) continue
      if (first.due <= limit && first.due === due) stepper.timer(person, first)
      stepper.arm(person)
    }
  }

  function eventOf(person: Person, buffer: Buffer, start: number, end: number): WireEvent {
    reader.reset(buffer, start + 1, end)
    if (current === undefined) current = new WireEvent(person.id, reader)
    else current.read(person.id, reader)
    return current
  }

  function stepEvent(person: Person, event: WireEvent, buffer: Buffer, start: number, end: number): void {
    if (person.inbox.length > 0)
      handoff.wait(person, { kind: 'event', watermark, bytes: Buffer.from(buffer.subarray(start, end)) })
    else stepper.event(person, event)
  }

  function record(person: Person, buffer: Buffer, start: number, end: number): void {
    const kind = buffer[start] as number
    reader.reset(buffer, start + 1, end)
    if (kind === WIRE_MERGE) handoff.merge(readMergeMark(reader))
    else if (kind === WIRE_ERASE) handoff.erase(person, readEraseMark(reader))
    else if (kind === WIRE_HANDOFF) {
      const { absorbed, person: bytes } = readHandoff(reader)
      handoff.arrived(person, absorbed, bytes)
    } else unknownKind(kind)
  }

  return {
    opened,
    armed(key, due) {
      if (watcherOf(key) !== undefined) return true
      people.armed(key, due)
      return false
    },
    missing,
    chunksOf: (bytes) => chunkNumbersOf(bytes),
    loaded(id, bytes, chunks) {
      const watcher = watcherOf(id)
      if (watcher === undefined) people.load(id, bytes, chunks)
      else people.loadWatches(watcher, bytes)
    },
    ...(world && { recall: world.recall, recalled: world.recalled }),
    fold,
    // Time comes with the records.
    reached: () => {},
    changes: (writer) => people.changes(writer),
    record(to) {
      to.int(watermark)
      encodeSlotTable(table, to)
      world?.encode(to)
    },
    applied() {
      people.applied(bounds)
      counts = newCounts()
    },
    counts: () => counts,
    watermark: () => watermark,
    status: () => ({
      holder: undefined,
      timersPending: timers.size,
      nextTimer: timers.earliest(),
      cachedStates: people.size,
    }),
  }
}

const NEVER = Number.POSITIVE_INFINITY

function loadedOf(person: Person | undefined): Person {
  invariant(person !== undefined, 'a record came for a person that was not loaded')
  return person
}
