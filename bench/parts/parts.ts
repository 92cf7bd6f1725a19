/** The parts of a live process, one after the other in this one: what the bench of parts measures. */
import { readFileSync } from 'node:fs'
import { createSchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../src/adapters/formats/decoder.ts'
import { createEncoder } from '../../src/adapters/formats/encoder.ts'
import { createOutgoing } from '../../src/adapters/kafka/outgoing.ts'
import { AbortedTransactions } from '../../src/adapters/kafka/wire/aborted.ts'
import { type FetchedBatch, readBatches } from '../../src/adapters/kafka/wire/record-batch-reader.ts'
import { buildBatches } from '../../src/adapters/kafka/wire/record-batch-writer.ts'
import { RedisConnection } from '../../src/adapters/redis/connect.ts'
import { RedisStateStore } from '../../src/adapters/redis/state-store.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { type AppendedRecords, Appends } from '../../src/runtime/appends.ts'
import { createGateStage } from '../../src/runtime/gate-stage.ts'
import type { Lane } from '../../src/runtime/ports/log.ts'
import type { StateChange, Stamp } from '../../src/runtime/ports/state-store.ts'
import { Positions } from '../../src/runtime/positions.ts'
import { createProfileStage } from '../../src/runtime/profile-stage.ts'
import type { Stage } from '../../src/runtime/stage.ts'
import { compile } from '../../src/topology/compile.ts'
import { parseTopology } from '../../src/topology/document.ts'
import type { SourcePlan } from '../../src/topology/plan.ts'
import { Load, type LoadedRecord } from '../load.ts'

const PARTITIONS = 4
const INTERNAL = 'internal'
const SCHEMA_ID = 7
const BATCH_BYTES_MAX = 900 * 1024
/** Within so long those came who do not come again. */
const CAME_WITHIN_MS = 3 * 86_400_000
const OWNER = { producerId: 1, epoch: 0 }

export interface Part {
  readonly name: string
  /** Microseconds of CPU per event of each turn. */
  readonly perEvent: readonly number[]
}

export interface Measured {
  readonly parts: readonly Part[]
  /** Each per event. */
  readonly outputs: number
  readonly changes: number
  readonly internalBytes: number
  readonly residentBytes: number
}

export interface PartsOptions {
  readonly file: string
  readonly text: string
  readonly users: number
  /** Events of a turn, over all partitions: what is folded between two commits. */
  readonly turn: number
  /** To measure the apply too. */
  readonly redis: string | undefined
}

/** A lane as a broker would keep it: batches with offsets. */
interface LaneLog {
  readonly lane: Lane
  offset: number
}

export function createParts({ file, text, users, turn, redis }: PartsOptions) {
  const key = idKeyOf('bench')
  const plan = compile(parseTopology({ file, text }), { key })
  const schemas = createSchemaBook()
  schemas.learn(SCHEMA_ID, readFileSync(new URL('../load/event.avsc', import.meta.url), 'utf8'))
  const decoder = createDecoder(schemas, plan.sources)
  const source = plan.sources[0]
  if (source === undefined) throw new Error(`${file} has no source`)
  const common = {
    plan,
    key,
    partitions: PARTITIONS,
    worldTopic: 'world',
    internalTopic: INTERNAL,
    encoder: createEncoder(schemas),
  }
  const lanes = (topic: string): LaneLog[] =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ lane: { topic, partition }, offset: 0 }))

  const gateAppends = new Appends()
  const gate = createGateStage(
    {
      ...common,
      decode: (_lane, { buffer, valueStart, valueEnd }) =>
        decoder.decode(source, buffer, valueStart, valueEnd),
      sourcePartitions: [PARTITIONS],
    },
    gateAppends,
  )
  gate.opened(undefined)
  const sourceLanes = lanes(source.topic)
  const gatePositions = new Positions(sourceLanes.map(({ lane }) => lane))
  const internalLanes = lanes(INTERNAL)
  const profiles = internalLanes.map((log) => {
    const appends = new Appends()
    const stage = createProfileStage({ ...common, partition: log.lane.partition }, appends)
    stage.opened(undefined)
    return { log, appends, stage, positions: new Positions([log.lane]) }
  })
  const load = new Load({ seed: 1, users, partitions: PARTITIONS, schemaId: SCHEMA_ID })
  const values = new ByteWriter(1 << 20)
  const applying = redis === undefined ? undefined : createApplying(redis)

  let spent: Map<string, number[]> = new Map()
  let now: Map<string, number> = new Map()
  let outputs = 0
  let changed = 0
  let internalBytes = 0

  function timed<T>(name: string, work: () => T): T {
    const before = process.cpuUsage()
    const result = work()
    const { user, system } = process.cpuUsage(before)
    now.set(name, (now.get(name) ?? 0) + user + system)
    return result
  }

  /** The batches of one lane among these records, as a broker hands them out. */
  function built(
    records: AppendedRecords,
  ): readonly { readonly lane: Lane; readonly bytes: Buffer; readonly count: number }[] {
    const counts = records.topics.map(() => PARTITIONS)
    return createOutgoing(records, counts, { next: 0 }).lanes.flatMap((lane) =>
      [
        ...buildBatches(records, lane.indices, {
          owner: OWNER,
          sequence: 0,
          now: 0,
          bytesMax: BATCH_BYTES_MAX,
        }),
      ].map(({ bytes, count }) => ({ lane, bytes, count })),
    )
  }

  function stored(
    log: LaneLog,
    bytes: Buffer,
    count: number,
  ): { readonly bytes: Buffer; readonly from: number } {
    const from = log.offset
    bytes.writeBigInt64BE(BigInt(from), 0)
    log.offset += count
    return { bytes, from }
  }

  const read = (lane: Lane, bytes: Buffer, from: number): readonly FetchedBatch[] =>
    readBatches(lane, bytes, from, new AbortedTransactions([]))

  function encoded(stage: Stage): readonly StateChange[] {
    values.reset()
    const changes = stage.changes(values)
    stage.applied()
    return changes
  }

  async function profile(index: number, bytes: Buffer, from: number): Promise<void> {
    const { log, appends, stage, positions } = profiles[index] as (typeof profiles)[number]
    const batches = timed('profile: read batches', () => read(log.lane, bytes, from))
    timed('profile: steps, timers, outputs', () => {
      while (!stage.fold(batches, positions)) continue
    })
    const changes = timed('profile: encode states', () => encoded(stage))
    changed += changes.length
    const records = appends.take()
    outputs += records.count
    timed('profile: build batches', () => built(records))
    appends.giveBack(records)
    if (applying === undefined) return
    const before = process.cpuUsage()
    await applying.apply(index, changes, values.buffer)
    const { user, system } = process.cpuUsage(before)
    now.set(
      'profile: apply to Redis, this side',
      (now.get('profile: apply to Redis, this side') ?? 0) + user + system,
    )
  }

  /** One turn: what came on all partitions, through the gate, and through the profile stage of each partition. */
  async function work(records: AppendedRecords, events: number): Promise<void> {
    now = new Map()
    const came = built(records).map(({ lane, bytes, count }) => ({
      lane,
      ...stored(sourceLanes[lane.partition] as LaneLog, bytes, count),
    }))
    const batches = timed('gate: read batches', () =>
      came.flatMap(({ lane, bytes, from }) => read(lane, bytes, from)),
    )
    timed('gate: decode, identify, re-key', () => gate.fold(batches, gatePositions))
    timed('gate: encode states', () => encoded(gate))
    const sent = gateAppends.take()
    for (const { lane, bytes, count } of timed('gate: build batches', () => built(sent))) {
      if (lane.topic !== INTERNAL) continue
      internalBytes += bytes.length
      const { from } = stored(internalLanes[lane.partition] as LaneLog, bytes, count)
      await profile(lane.partition, bytes, from)
    }
    gateAppends.giveBack(sent)
    for (const [name, us] of now) spent.set(name, [...(spent.get(name) ?? []), us / events])
  }

  async function workOff(loaded: Iterable<LoadedRecord>): Promise<void> {
    let records = new Appends()
    let count = 0
    for (const { partition, time, key: cookie, value } of loaded) {
      records.record((source as SourcePlan).topic, partition, time, cookie.toString('latin1'), value)
      if (++count % turn !== 0) continue
      await work(records.take(), turn)
      records = new Appends()
    }
  }

  return {
    /** So many people come once, and not again. */
    async meet(people: number): Promise<void> {
      if (people > 0) await workOff(load.newcomers(people, CAME_WITHIN_MS))
    },
    async run(events: number): Promise<Measured> {
      spent = new Map()
      outputs = changed = internalBytes = 0
      await workOff(load.phase(events))
      return {
        parts: [...spent].map(([name, perEvent]) => ({ name, perEvent })),
        outputs: outputs / events,
        changes: changed / events,
        internalBytes: internalBytes / events,
        residentBytes: process.memoryUsage().rss,
      }
    },
    close: async () => applying?.close(),
  }
}

/** Applies of one task for each partition, with their chains. */
function createApplying(url: string) {
  const store = new RedisStateStore(new RedisConnection({ url }))
  const stamps = new Map<number, Stamp>()
  const taskOf = (index: number): string => `bench-parts.${process.pid}.profile.${index}`
  return {
    async apply(index: number, changes: readonly StateChange[], buffer: Buffer): Promise<void> {
      const task = taskOf(index)
      let stamp = stamps.get(index)
      if (stamp === undefined) stamp = { owner: OWNER, ...(await store.open(task, OWNER)) }
      const next = { chain: stamp.chain + 1, page: 0, resume: undefined }
      if (!(await store.apply(task, stamp, next, { clear: stamp.chain < 0, buffer, changes })))
        throw new Error(`the store refused a commit of ${task}`)
      stamps.set(index, { owner: OWNER, chain: next.chain, page: 0 })
    },
    close: () => store.close(),
  }
}
