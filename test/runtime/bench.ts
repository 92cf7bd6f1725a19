/**
 * A bench for profile tasks: the test writes what the gate would have written, chooses whose turn it is, lets a process die where
 * it likes, and reads what everybody could read: the outputs, and the states.
 *
 * 1. A person's id begins with the partition it is to live in: `of('ann')` is that of the table below.
 * 2. Readers hand out one record a turn unless told otherwise, so that every interleaving can be had.
 */
import { expect } from '@jest/globals'
import { Crash, type FaultHook } from '../../src/adapters/embedded/faults.ts'
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { AdapterError } from '../../src/model/errors.ts'
import { ByteReader } from '../../src/model/bytes.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { Appends } from '../../src/runtime/appends.ts'
import { TASK_KEY } from '../../src/runtime/changelog.ts'
import type { Fact } from '../../src/runtime/facts.ts'
import { partitionOf } from '../../src/runtime/partition.ts'
import { chunkKey, type Person } from '../../src/runtime/person.ts'
import { decodePerson } from '../../src/runtime/person-record.ts'
import type { Lane, Log } from '../../src/runtime/ports/log.ts'
import type { Observation } from '../../src/runtime/ports/observer.ts'
import { createProfileStage, type ProfileBounds } from '../../src/runtime/profile-stage.ts'
import { slotTable } from '../../src/runtime/slot-table.ts'
import { Task } from '../../src/runtime/task.ts'
import { writeEvent } from '../../src/runtime/event-writer.ts'
import { writeErase, writeMark, writeMerge, writeWorldFact } from '../../src/runtime/wire-event.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { type Journal, type Note, planOf } from './journal.ts'

export type Name = 'ann' | 'bob' | 'cat' | 'dan'
/** Ann to Dan live in partitions 0 to 3; with two partitions Ann with Cat and Bob with Dan; with one all together. */
const PLACES: Readonly<Record<Name, string>> = {
  ann: '00000000',
  bob: '00000001',
  cat: '00000002',
  dan: '00000003',
}
export const of = (name: Name): string => `${PLACES[name]}${name}`

/** What the gate writes: time and watermark are both `at`, which must not fall. */
export type Entry =
  | {
      readonly kind: 'note'
      readonly at: number
      readonly who: Name
      readonly id: string
      readonly note: Note
    }
  | { readonly kind: 'merge'; readonly at: number; readonly kept: Name; readonly absorbed: Name }
  | { readonly kind: 'erase'; readonly at: number; readonly who: Name }
  | { readonly kind: 'mark'; readonly at: number }
  | { readonly kind: 'measured'; readonly at: number; readonly fact: Fact }
export const note = (at: number, who: Name, id: string, what: Note = {}): Entry => ({
  kind: 'note',
  at,
  who,
  id,
  note: what,
})
export const merge = (at: number, kept: Name, absorbed: Name): Entry => ({
  kind: 'merge',
  at,
  kept,
  absorbed,
})
export const erase = (at: number, who: Name): Entry => ({ kind: 'erase', at, who })
/** The temperature of a time, which comes at a watermark. */
export function measured(at: number, number: number, time: number, value: number): Entry {
  const measure = {
    number,
    time,
    wakesAt: Math.max(at, time),
    value,
    behind: at >= time ? at : undefined,
    more: undefined,
    source: 'w',
    id: `${number}`,
  }
  const fact: Fact = { field: 'temperature_c', id: '', measure, before: undefined, prices: [], fellOut: [] }
  return { kind: 'measured', at, fact }
}
export const mark = (at: number): Entry => ({ kind: 'mark', at })

export interface BenchOptions {
  readonly partitions: number
  readonly plan?: Plan
  readonly fault?: FaultHook
  readonly turnRecordsMax?: number
  readonly bounds?: ProfileBounds
  readonly pageChangesMax?: number
  /** The log as the tasks meet it. */
  readonly spoil?: (log: Log) => Log
}

/** Told of the end of a process, before the next one starts. */
type Crashed = (store: EmbeddedStateStore) => void

export interface Output {
  readonly topic: string
  readonly id: string
  readonly type: string
  readonly time: string
  readonly person_id: string
  readonly data: Readonly<Record<string, unknown>>
}

export function createBench(options: BenchOptions) {
  const { partitions, turnRecordsMax = 1 } = options
  let { plan = planOf() } = options
  const lanes = Array.from({ length: partitions }, (_, partition): Lane => ({ topic: 'profile', partition }))
  const changelogs = lanes.map(({ partition }) => ({ topic: 'changelog', partition }))
  const outputs: Output[] = []
  const observed: Observation[] = []
  let quiet = false
  const fault: FaultHook = (point, task) => {
    if (task !== 'gate' && !quiet) options.fault?.(point, task)
  }
  const log = new EmbeddedLog({
    inputs: lanes,
    changelogs,
    turnRecordsMax,
    onCommitted({ buffer, topics, topic, valueStart, valueEnd }, i) {
      const value = JSON.parse(buffer.toString('utf8', valueStart[i], valueEnd[i])) as Output
      outputs.push({ ...value, topic: topics[topic[i] as number] as string })
    },
    fault,
  })
  const store = new EmbeddedStateStore(fault)
  const met = options.spoil?.(log) ?? log

  const start = (): readonly Task[] =>
    lanes.map(
      (input) =>
        new Task({
          id: taskOf(input.partition),
          stage: 'profile',
          partition: input.partition,
          inputs: [input],
          clock: systemClock,
          changelog: { topic: 'changelog', partition: input.partition },
          log: met,
          store,
          preload: false,
          observe: (observation) => observed.push(observation),
          ...(options.pageChangesMax === undefined ? {} : { pageChangesMax: options.pageChangesMax }),
          createStage: (appends) =>
            createProfileStage(
              {
                plan,
                key: idKeyOf('test'),
                partition: input.partition,
                partitions,
                internalTopic: 'profile',
                encoder: jsonEncoder,
                ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
              },
              appends,
            ),
        }),
    )
  let tasks = start()

  /** What the gate does, in one transaction of its own. */
  async function write(entries: readonly Entry[]): Promise<void> {
    const { owner } = await log.takeOver('gate', [])
    const appends = new Appends()
    const begin = (name: Name, at: number): void =>
      appends.begin('profile', partitionOf(of(name), partitions), at, of(name))
    for (const entry of entries) {
      const { kind, at } = entry
      if (kind === 'note') {
        const { who, id } = entry
        begin(who, at)
        const event = { id, source: 'web', type: 'note.taken', time: at, identifiers: [], context: undefined }
        const flags = { late: false, shared: false, dedupe: true, internal: false }
        writeEvent(appends.writer, at, { ...event, data: { ...entry.note } }, [], flags)
        appends.end()
      } else if (kind === 'merge') {
        const { kept, absorbed } = entry
        const apart = partitionOf(of(kept), partitions) !== partitionOf(of(absorbed), partitions)
        const cause = { source: 'web', id: `${kept}<${absorbed}` }
        for (const person of apart ? [kept, absorbed] : [kept]) {
          begin(person, at)
          writeMerge(appends.writer, { kept: of(kept), absorbed: of(absorbed), watermark: at, at, cause })
          appends.end()
        }
      } else if (kind === 'erase') {
        begin(entry.who, at)
        const cause = { source: 'erase', id: `${entry.who}${at}` }
        writeErase(appends.writer, { watermark: at, at, cause })
        appends.end()
      } else {
        for (const { partition } of lanes) {
          appends.begin('profile', partition, at, null)
          if (kind === 'measured') writeWorldFact(appends.writer, at, entry.fact)
          else writeMark(appends.writer, at)
          appends.end()
        }
      }
    }
    const [changelog] = changelogs
    await log.commit({ task: 'gate', owner, appends, positions: [], changelog: changelog! })
  }

  /** Every process dies and starts again, with another plan if one is given; the log and the store are as they are. */
  async function restart(next: Plan = plan): Promise<void> {
    plan = next
    for (;;) {
      tasks = start()
      try {
        for (const task of tasks) await task.open()
        return
      } catch (error) {
        if (!(error instanceof Crash) && !(error instanceof AdapterError)) throw error
      }
    }
  }

  /** What a supervisor does with trouble that passes: the same task, closed and opened. */
  async function reopen(task: Task, error: Error): Promise<void> {
    await task.close('failed', error.message)
    try {
      await task.open()
    } catch (again) {
      if (!(again instanceof AdapterError)) throw again
      await reopen(task, again)
    }
  }

  /** Turns of whoever `choose` says of those that may have something to do, until nobody has; a crash restarts everything. */
  async function run(
    choose: (count: number) => number = () => 0,
    crashed: Crashed = () => {},
  ): Promise<void> {
    let dry = new Set<Task>()
    for (;;) {
      const ready = tasks.filter((task) => !dry.has(task))
      if (ready.length === 0) return
      const task = ready[ready.length === 1 ? 0 : choose(ready.length)] as Task
      try {
        if (await task.turn(0)) dry = new Set()
        else dry.add(task)
      } catch (error) {
        if (error instanceof AdapterError && error.retryable) await reopen(task, error)
        else if (error instanceof Crash) {
          crashed(store)
          await restart()
        } else throw error
        dry = new Set()
      }
    }
  }

  /** Every state that the store has, by key, and by the task that it is of; whatever it says of them is taken for true. */
  async function stored(): Promise<ReadonlyMap<string, ReadonlyMap<string, Buffer>>> {
    quiet = true
    const all = new Map<string, ReadonlyMap<string, Buffer>>()
    for (const [task, { owner, chain, page }] of store.snapshot()) {
      const stamp = { owner, chain, page }
      const { keys, values } = (await store.scan(task, stamp)) ?? { keys: [], values: [] }
      const states = keys.map((key, i) => [key, values[i] as Buffer] as const)
      all.set(task, new Map(states.filter(([key]) => key !== TASK_KEY)))
    }
    quiet = false
    return all
  }

  /** Everybody whom the store knows. */
  async function people(): Promise<ReadonlyMap<string, Person>> {
    const found = new Map<string, Person>()
    for (const states of (await stored()).values()) {
      for (const [key, bytes] of states) {
        if (key.includes('#')) continue
        const chunkOf = (n: number) => ({
          reader: new ByteReader(states.get(`${key}#${n}`) as Buffer),
          place: -1,
        })
        const table = slotTable(plan.slots, [])
        found.set(key, decodePerson(key, new ByteReader(bytes), table, plan.slots.length, { chunkOf }))
      }
    }
    return found
  }

  return {
    log,
    store,
    outputs,
    observed,
    write,
    restart,
    reopen,
    run,
    people,
    get tasks() {
      return tasks
    },
    async journalOf(name: Name): Promise<Journal | undefined> {
      return (await people()).get(of(name))?.states[0] as Journal | undefined
    },
    /** What the outside can tell of this run: what each person emitted, in order, and what is remembered of them. */
    async outcome() {
      const emitted: Record<string, string[]> = {}
      for (const one of outputs) (emitted[one.person_id] ??= []).push(JSON.stringify(one))
      const remembered = [...(await people())].map(([id, { states, timers, seen, inbox, handoffs }]) => ({
        id,
        states,
        timers: timers.map(({ slot, name, due }) => `${due} ${slot} ${name}`).sort(),
        seen: seen.keys.toSorted((a, b) => a - b),
        waits: inbox.length + (handoffs?.size ?? 0),
      }))
      return { emitted, remembered: remembered.sort((a, b) => (a.id < b.id ? -1 : 1)) }
    },
    /** The store holds what the changelogs hold, key by key, and no part of a person that the person does not name. */
    async expectStoreIsLog(): Promise<void> {
      for (const lane of changelogs) {
        const keys = new Set<string>()
        for await (const batch of (await log.replay(lane, 0))?.batches ?? []) {
          const cursor = batch.walk()
          while (cursor.next()) {
            const key = cursor.buffer.toString('utf8', cursor.keyStart, cursor.keyEnd)
            if (cursor.valueEnd < 0) keys.delete(key)
            else keys.add(key)
          }
        }
        keys.delete(TASK_KEY)
        const found = (await stored()).get(taskOf(lane.partition))?.keys() ?? []
        expect([...found].sort()).toEqual([...keys].sort())
      }
      const known = await people()
      const parts = [...(await stored()).values()].flatMap((states) =>
        [...states.keys()].filter((key) => key.includes('#')),
      )
      const named = [...known].flatMap(([id, { seen }]) =>
        seen.chunks.map(({ number }) => chunkKey(id, number)),
      )
      expect(parts.sort()).toEqual(named.sort())
    },
  }
}

export const taskOf = (partition: number): string => `test.profile.${partition}`
export type Bench = ReturnType<typeof createBench>

/** A bench with this story written and worked off, in any way. */
export async function play(
  story: readonly Entry[],
  options: BenchOptions,
  choose?: (count: number) => number,
  crashed?: Crashed,
): Promise<Bench> {
  const bench = createBench(options)
  await bench.write(story)
  await bench.restart()
  await bench.run(choose, crashed)
  return bench
}
