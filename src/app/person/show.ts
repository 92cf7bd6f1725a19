/** What is known of a person, from the committed states: who they are, and what each operator remembers of them. */
import type { StateReader } from '../../runtime/ports/state-reader.ts'
import { ByteReader } from '../../model/bytes.ts'
import { invariant } from '../../model/errors.ts'
import { BEGINNING, type EpochMs, formatTime } from '../../model/time.ts'
import type { PersonRecord } from '../../operators/identity/person-record.ts'
import { TASK_KEY } from '../../runtime/changelog.ts'
import { partitionOf } from '../../runtime/partition.ts'
import { decodePerson } from '../../runtime/person-record.ts'
import { CHUNK_EVENTS } from '../../runtime/seen.ts'
import { profileRecord } from '../../runtime/task-record.ts'
import type { Plan } from '../../topology/plan.ts'
import type { Names } from '../../topology/topics-needed.ts'
import { profileId } from '../compose.ts'

/** Integers in between are times by their size: from September 2001 to the year 2096. */
const TIME_LEAST = 1_000_000_000_000
const TIME_MOST = 4_000_000_000_000
/** A chunk of events without any. */
const NO_EVENTS = Buffer.alloc(2)

export interface ShownPerson {
  readonly person_id: string
  readonly first_seen: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  readonly shared: readonly { readonly type: string; readonly value: string }[]
  /** Person ids that became this one. */
  readonly absorbed: readonly string[]
  /** Stands for a shared identifier, and for nobody in particular. */
  readonly anonymous: boolean
  /** Null: nothing is remembered. */
  readonly profile: {
    readonly partition: number
    /** Null: no time has come to this partition yet. */
    readonly watermark: string | null
    /** Events by which repeats are known. */
    readonly events_remembered: number
    readonly newest_event: string | null
    readonly timers: readonly { readonly operator: string; readonly name: string; readonly due: string }[]
    /** By operator: what it holds, in words. */
    readonly holds: Readonly<Record<string, readonly string[]>>
    /** By operator: its state, times as text. */
    readonly states: Readonly<Record<string, unknown>>
    /** Events that wait for a merge to be finished. */
    readonly waiting: number
  } | null
}

export interface ShowOptions {
  readonly reader: StateReader
  readonly plan: Plan
  readonly names: Names
  /** Of everything behind identity. */
  readonly partitions: number
  /** As of when operators say what they hold; default: the watermark, or the person's newest event if that is later. */
  readonly at?: EpochMs | undefined
}

/** @throws AdapterError, UsageError when an operator's id is there with another type */
export async function showPerson(person: PersonRecord, options: ShowOptions): Promise<ShownPerson> {
  return {
    person_id: person.id,
    first_seen: formatTime(person.firstSeen),
    identifiers: person.identifiers,
    shared: person.shared,
    absorbed: person.absorbed,
    anonymous: person.anonymous,
    profile: await profileOf(person.id, options),
  }
}

async function profileOf(
  id: string,
  { reader, plan, names, partitions, at }: ShowOptions,
): Promise<ShownPerson['profile']> {
  const partition = partitionOf(id, partitions)
  const [record, bytes] = await reader.values(profileId(names, partition), [TASK_KEY, id])
  if (record === undefined || bytes === undefined) return null
  const { watermark, table } = profileRecord(record, plan.slots)
  // Which events were seen is of no interest here: their parts are not read.
  const unread = () => ({ reader: new ByteReader(NO_EVENTS), place: -1 })
  const { states, timers, inbox, seen } = decodePerson(id, new ByteReader(bytes), table, plan.slots.length, {
    chunkOf: unread,
  })
  const operatorOf = (slot: number): string => {
    const found = plan.slots[slot]
    invariant(found !== undefined, `there is no slot ${slot}`)
    return found.id
  }
  return {
    partition,
    watermark: watermark === BEGINNING ? null : formatTime(watermark),
    events_remembered: seen.keys.length + CHUNK_EVENTS * seen.chunks.length,
    newest_event: seen.newest === BEGINNING ? null : formatTime(seen.newest),
    timers: timers
      .toSorted((a, b) => a.due - b.due)
      .map(({ slot, name, due }) => ({ operator: operatorOf(slot), name, due: formatTime(due) })),
    holds: Object.fromEntries(
      plan.slots.flatMap(({ id, index, operator, ready }) => {
        const said =
          states[index] === undefined
            ? []
            : (operator.describe?.(states[index], at ?? Math.max(watermark, seen.newest), ready) ?? [])
        return said.length === 0 ? [] : [[id, said]]
      }),
    ),
    states: Object.fromEntries(
      states.flatMap((state, slot) => (state === undefined ? [] : [[operatorOf(slot), readable(state)]])),
    ),
    waiting: inbox.length,
  }
}

/** A state as plain JSON: what is absent left out, maps as objects, times as RFC 3339. */
export function readable(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= TIME_LEAST && value < TIME_MOST ? formatTime(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(readable)
  if (value instanceof Set) return [...value].map(readable)
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(
    entries.flatMap(([key, inner]) => (inner === undefined ? [] : [[String(key), readable(inner)]])),
  )
}
