/**
 * The public in-process API: a topology on the embedded runtime, fed with lines, its outputs handed to a function.
 *
 *     const plan = compile(parseTopology({ file, text }), { key: idKeyOf('secret') })
 *     const runtime = await openEmbedded(plan, { key: idKeyOf('secret'), onOutput: (output) => ... })
 *     await runtime.feed(lines)
 *     const summary = await runtime.finish({ at: parseTime('2026-05-02T12:00:00Z') })
 *
 * The runtime knows a log and a state store as ports; here both are in memory.
 */
import { Crash, type FaultPoint } from '../adapters/embedded/faults.ts'
import { EmbeddedLog } from '../adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../adapters/embedded/state-store.ts'
import { jsonEncoder } from '../adapters/formats/json-output.ts'
import { createLineDecoder } from '../adapters/formats/replay-lines.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { IdKey } from '../model/hash.ts'
import type { DurationMs, EpochMs } from '../model/time.ts'
import type { Decoded } from '../runtime/ports/codec.ts'
import type { Log, RecordCursor } from '../runtime/ports/log.ts'
import {
  type Counts,
  type Observer,
  type TaskStatus,
  addCounts,
  newCounts,
} from '../runtime/ports/observer.ts'
import type { StateReader } from '../runtime/ports/state-reader.ts'
import { Supervisor } from '../runtime/supervisor.ts'
import type { Task } from '../runtime/task.ts'
import type { Plan } from '../topology/plan.ts'
import { type Names, namesOf } from '../topology/topics-needed.ts'
import { createGate, createProfile, type Parts } from './compose.ts'
import { type Summary, summaryOf } from './summary.ts'

export type { Summary }

/** One record of a topology's sink, or of the identity, decisions, late or dead-letter topic. `value` is JSON text, `null` of a deletion. */
export interface Output {
  readonly topic: string
  readonly key: string | null
  readonly value: string
}

export interface EmbedOptions {
  /** All ids hang on it. */
  readonly key: IdKey
  /** Of everything behind identity; default: the document's, else 1. */
  readonly partitions?: number
  /** Records that a task works off in one commit at most. Changes the order of outputs at most, never the set. */
  readonly batch?: number
  /** Drop the runtime after every k-th line, in turns at each point where a process can die, and open it again. */
  readonly crashEvery?: number
  /** Called in commit order. */
  readonly onOutput: (output: Output) => void
  readonly observe?: Observer
  /** Keep the events that passed the gate, for {@link Embedded.committed}: memory for all of the input. Default: false. */
  readonly remember?: boolean
}

/** What was committed, to be looked at from outside. */
export interface Committed {
  readonly names: Names
  readonly partitions: number
  readonly states: StateReader
  /** The internal topic as far as it is kept; nothing else is. */
  readonly log: Log
}

export interface Embedded {
  /** Lines of events and directives, in arrival order, worked off when it returns: texts, or ranges `[start, end)` of a buffer in a row. */
  feed(lines: readonly string[]): Promise<void>
  /** `received`: when they came, for a live runtime; a recording says it in its lines. */
  feedBytes(buffer: Buffer, ranges: readonly number[], received?: EpochMs): Promise<void>
  /** The clock stands at `now` and everything that came is worked off: silent sources may become idle. */
  moveClock(now: EpochMs): Promise<void>
  /** How the tasks stand at this moment. */
  status(): readonly TaskStatus[]
  readonly committed: Committed
  /** Every source counts as finished, and the watermark becomes the time given; without one nothing more fires. */
  finish(end?: EndOfInput): Promise<Summary>
  close(): Promise<void>
}

/** A time, or a span after the newest accepted event. */
export type EndOfInput = { readonly at: EpochMs } | { readonly afterMs: DurationMs }

export const BATCH_DEFAULT = 5000
const LINES = { topic: 'lines', partition: 0 }
/** Keys of what is said by the reader of the lines, and by no line: lines have no key. */
const END_KEY = 'end'
const END_AFTER_KEY = 'end-after'
const CLOCK_KEY = 'clock'
/** Where `crashEvery` dies, in turns: the end of the process at each seam of a commit. */
const CRASHES: readonly { readonly point: FaultPoint; readonly stage: string }[] = [
  { point: 'commit-before', stage: 'identify' },
  { point: 'commit-after', stage: 'identify' },
  { point: 'commit-before', stage: 'profile' },
  { point: 'apply-after', stage: 'identify' },
  { point: 'commit-after', stage: 'profile' },
  { point: 'apply-after', stage: 'profile' },
]

export async function openEmbedded(plan: Plan, options: EmbedOptions): Promise<Embedded> {
  const partitions = options.partitions ?? plan.partitions ?? 1
  const batch = options.batch ?? BATCH_DEFAULT
  const names = namesOf('shopkeeper', plan.topology)
  const lanes = Array.from({ length: partitions }, (_, partition) => ({ topic: names.internal, partition }))
  const gateChangelog = { topic: names.gateChangelog, partition: 0 }
  const profileChangelogs = lanes.map(({ partition }) => ({ topic: names.profileChangelog, partition }))
  let armed: (typeof CRASHES)[number] | undefined
  const fault = (point: FaultPoint, task: string): void => {
    if (armed === undefined || point !== armed.point || !task.includes(armed.stage)) return
    armed = undefined
    throw new Crash(`${task}: ${point}`)
  }
  const log = new EmbeddedLog({
    inputs: [LINES, ...lanes],
    changelogs: [gateChangelog, ...profileChangelogs],
    // Profile tasks work off all that the gate committed before its next turn.
    keeping: { lane: { topic: names.world, partition: 0 }, records: 2 * batch },
    turnRecordsMax: batch,
    fault,
    retain: options.remember === true,
    onCommitted({ buffer, topics, topic, keyStart, keyEnd, valueStart, valueEnd }, i) {
      const end = keyEnd[i] as number
      options.onOutput({
        topic: topics[topic[i] as number] as string,
        key: end < 0 ? null : buffer.toString('utf8', keyStart[i], end),
        value: valueEnd[i] === -1 ? 'null' : buffer.toString('utf8', valueStart[i], valueEnd[i]),
      })
    },
  })
  const store = new EmbeddedStateStore(fault)
  const decodeLine = createLineDecoder(plan.sources)
  const observe = options.observe ?? (() => {})
  const parts: Parts = {
    plan,
    key: options.key,
    names,
    partitions,
    log,
    store,
    clock: systemClock,
    // What comes out here is read as text, by a person or a test: JSON, whatever a sink says of its topic.
    encoder: jsonEncoder,
    decode: (_, cursor) => decode(cursor),
    observe,
  }

  function start(): { supervisor: Supervisor; tasks: readonly Task[] } {
    const gate = createGate(parts, [LINES])
    const profiles = lanes.map(({ partition }) => createProfile(parts, partition))
    return { supervisor: new Supervisor({ gate, profiles, clock: systemClock }), tasks: [gate, ...profiles] }
  }

  function decode(cursor: RecordCursor): Decoded {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
    if (keyEnd < 0) return decodeLine(buffer, valueStart, valueEnd)
    const key = buffer.toString('utf8', keyStart, keyEnd)
    const value = Number(buffer.toString('utf8', valueStart, valueEnd))
    if (key === CLOCK_KEY) return { kind: 'clock', at: value }
    return key === END_KEY ? { kind: 'end', at: value } : { kind: 'end-after', afterMs: value }
  }

  let running = start()
  await running.supervisor.open()
  let linesRead = 0
  let crashes = 0

  /** The process is gone: nothing of it is closed; another one opens what was committed. */
  async function restart(): Promise<void> {
    armed = undefined
    running = start()
    await running.supervisor.open()
  }

  async function drain(): Promise<void> {
    try {
      await running.supervisor.drain()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      await restart()
      await running.supervisor.drain()
    }
  }

  async function feedBytes(buffer: Buffer, ranges: readonly number[], received?: EpochMs): Promise<void> {
    const { crashEvery } = options
    for (let from = 0; from < ranges.length; ) {
      const left = (ranges.length - from) / 2
      const count = crashEvery === undefined ? left : Math.min(left, crashEvery - (linesRead % crashEvery))
      log.append(LINES, buffer, ranges.slice(from, from + 2 * count), received)
      from += 2 * count
      linesRead += count
      const dies = crashEvery !== undefined && linesRead % crashEvery === 0
      if (dies) armed = CRASHES[crashes++ % CRASHES.length]
      await drain()
      if (dies && armed !== undefined) await restart()
    }
  }

  return {
    feedBytes,
    committed: { names, partitions, states: store, log },
    async feed(lines) {
      const ranges: number[] = []
      const buffer = Buffer.from(lines.join('\n'))
      let at = 0
      for (const line of lines) {
        const end = at + Buffer.byteLength(line)
        ranges.push(at, end)
        at = end + 1
      }
      await feedBytes(buffer, ranges)
    },
    async moveClock(now) {
      log.appendKeyed(LINES, CLOCK_KEY, String(now))
      await drain()
    },
    status: () => running.tasks.map((task) => task.status()),
    async finish(end) {
      if (end !== undefined) {
        if ('at' in end) log.appendKeyed(LINES, END_KEY, String(end.at))
        else log.appendKeyed(LINES, END_AFTER_KEY, String(end.afterMs))
        await drain()
      }
      const total: Counts = newCounts()
      for (const task of running.tasks) addCounts(total, task.committed())
      return summaryOf(total)
    },
    async close() {
      await running.supervisor.close()
      await log.close()
      await store.close()
    },
  }
}
