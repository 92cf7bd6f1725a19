/**
 * The records of the sources through the embedded runtime, in an order that is given, lane by lane as on a real log: the same clocks, the
 * same places, the same bytes. What comes out is what had to come out of a run that read them in this order.
 */
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import { createSchemaBook } from '../../src/adapters/formats/avro/schema-book.ts'
import { decodeControlOrder } from '../../src/adapters/formats/control-orders.ts'
import { createDecoder } from '../../src/adapters/formats/decoder.ts'
import { createEncoder } from '../../src/adapters/formats/encoder.ts'
import { createGate, createProfile, type Parts } from '../../src/app/compose.ts'
import type { Clock } from '../../src/runtime/ports/clock.ts'
import type { Decoded } from '../../src/runtime/ports/codec.ts'
import { EARLIEST, type Lane, type RecordBatch } from '../../src/runtime/ports/log.ts'
import { Supervisor } from '../../src/runtime/supervisor.ts'
import type { Plan } from '../../src/topology/plan.ts'
import type { Names } from '../../src/topology/topics-needed.ts'
import { KEY } from '../support/replayed.ts'
import type { SeenRecord } from './outside.ts'

export type Decode = (record: Pick<SeenRecord, 'topic' | 'value'>) => Decoded

export interface ReplayOptions {
  readonly plan: Plan
  readonly names: Names
  readonly sourcePartitions: number
  /** Of everything behind identity. */
  readonly partitions: number
}

export interface ReplayResult {
  readonly outputs: readonly SeenRecord[]
  /** What the gate told the partitions. */
  readonly internal: readonly SeenRecord[]
  /** What is known of the world, as it stands in its compacted topic. */
  readonly world: readonly SeenRecord[]
}

/** Nobody waits, and no source falls silent: time is what the records say. */
const CLOCK: Clock = { now: () => 0, sleep: async () => {} }
const TURN_RECORDS_MAX = 2000

/** A record as the product decodes it. */
export function decodeOf(plan: Plan, { control }: Names): Decode {
  const decoder = createDecoder(createSchemaBook(), plan.sources)
  const sources = new Map(plan.sources.map((source) => [source.topic, source]))
  return ({ topic, value }) => {
    const bytes = value ?? Buffer.alloc(0)
    if (topic === control) return decodeControlOrder(bytes, 0, bytes.length)
    return decoder.decode(sources.get(topic), bytes, 0, bytes.length)
  }
}

export async function replayLanes(
  { plan, names, sourcePartitions, partitions }: ReplayOptions,
  records: readonly SeenRecord[],
): Promise<ReplayResult> {
  const lanesOf = (topic: string, count: number): readonly Lane[] =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  const sources = [
    ...plan.sources.flatMap(({ topic }) => lanesOf(topic, sourcePartitions)),
    { topic: names.control, partition: 0 },
  ]
  const internal = lanesOf(names.internal, partitions)
  const world = { topic: names.world, partition: 0 }
  const outputs: SeenRecord[] = []
  const log = new EmbeddedLog({
    inputs: [...sources, ...internal],
    changelogs: [
      { topic: names.gateChangelog, partition: 0 },
      ...lanesOf(names.profileChangelog, partitions),
      world,
    ],
    turnRecordsMax: TURN_RECORDS_MAX,
    retain: true,
    onCommitted({ buffer, topics, topic, timestamp, keyStart, keyEnd, valueStart, valueEnd }, i) {
      const keyTo = keyEnd[i] as number
      const valueTo = valueEnd[i] as number
      outputs.push({
        topic: topics[topic[i] as number] as string,
        partition: 0,
        offset: outputs.length,
        timestamp: timestamp[i] as number,
        key: keyTo < 0 ? null : buffer.toString('utf8', keyStart[i], keyTo),
        value: valueTo < 0 ? null : Buffer.from(buffer.subarray(valueStart[i], valueTo)),
      })
    },
  })
  const decode = decodeOf(plan, names)
  const parts: Parts = {
    plan,
    key: KEY,
    names,
    partitions,
    log,
    store: new EmbeddedStateStore(),
    clock: CLOCK,
    encoder: createEncoder(createSchemaBook()),
    decode: ({ topic }, { buffer, valueStart, valueEnd }) =>
      decode({ topic, value: buffer.subarray(valueStart, valueEnd) }),
    observe: () => {},
    live: { prepare: async () => {}, idleMs: Number.MAX_SAFE_INTEGER, commitMs: 0 },
  }
  const gate = createGate(parts, sources)
  const profiles = internal.map(({ partition }) => createProfile(parts, partition))
  const supervisor = new Supervisor({ gate, profiles, clock: CLOCK })
  await supervisor.open()
  for (const run of runsOfOneLane(records)) {
    const [{ topic, partition }] = run
    for (const { timestamp, value } of run) {
      const bytes = value ?? Buffer.alloc(0)
      log.append({ topic, partition }, bytes, [0, bytes.length], timestamp)
    }
    await supervisor.drain()
  }
  const internalRecords = await read(log, internal)
  const worldRecords: SeenRecord[] = []
  for await (const batch of (await log.replay(world, 0))?.batches ?? [])
    worldRecords.push(...recordsOf(batch))
  await supervisor.close()
  return { outputs, internal: internalRecords, world: worldRecords }
}

type Run = readonly [SeenRecord, ...SeenRecord[]]

/** What lies in one lane in a row is read in one turn. */
function runsOfOneLane(records: readonly SeenRecord[]): readonly Run[] {
  const runs: [SeenRecord, ...SeenRecord[]][] = []
  for (const record of records) {
    const last = runs.at(-1)
    if (last !== undefined && last[0].topic === record.topic && last[0].partition === record.partition)
      last.push(record)
    else runs.push([record])
  }
  return runs
}

async function read(log: EmbeddedLog, lanes: readonly Lane[]): Promise<readonly SeenRecord[]> {
  const reader = log.read(lanes.map((lane) => ({ ...lane, offset: EARLIEST })))
  const records: SeenRecord[] = []
  for (;;) {
    const { batches } = await reader.next(0)
    if (batches.length === 0) return records
    for (const batch of batches) records.push(...recordsOf(batch))
  }
}

function recordsOf(batch: RecordBatch): readonly SeenRecord[] {
  const { topic, partition } = batch
  const records: SeenRecord[] = []
  for (const cursor = batch.walk(); cursor.next(); ) {
    const { buffer, offset, keyStart, keyEnd, valueStart, valueEnd } = cursor
    records.push({
      topic,
      partition,
      offset,
      timestamp: 0,
      key: keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd),
      value: valueEnd < 0 ? null : Buffer.from(buffer.subarray(valueStart, valueEnd)),
    })
  }
  return records
}
