/**
 * `run` on servers: one member of the group, over Kafka and Redis, from the settings of the process.
 *
 * 1. What the log lacks (a topic, a partition count that fits) is the user's to mend, and said before anything is joined.
 * 2. Servers that do not answer are waited for, with patience and a word about it: they may come up after this process does.
 * 3. Nothing here decides anything about events: it connects, composes, and hands over to the supervisor.
 */
import { decodeControlOrder } from '../adapters/formats/control-orders.ts'
import { createDecoder } from '../adapters/formats/decoder.ts'
import { createEncoder } from '../adapters/formats/encoder.ts'
import { createSchemaBook, type SchemaBook } from '../adapters/formats/avro/schema-book.ts'
import { KafkaAdministration } from '../adapters/kafka/administration.ts'
import type { KafkaConnection } from '../adapters/kafka/connection.ts'
import { KafkaMembership } from '../adapters/kafka/membership.ts'
import { RedisConnection } from '../adapters/redis/connect.ts'
import { createStateReader } from '../adapters/redis/reader.ts'
import { RedisStateStore } from '../adapters/redis/state-store.ts'
import type { RedisServerStats, RedisStats } from '../adapters/redis/stats.ts'
import { openRegistry, type Registry } from '../adapters/registry/registry.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { AdapterError, UsageError } from '../model/errors.ts'
import type { IdKey } from '../model/hash.ts'
import { assertFingerprint, FINGERPRINT_KEY } from '../model/key-fingerprint.ts'
import type { DurationMs } from '../model/time.ts'
import { LiveSupervisor, type TaskCall } from '../runtime/live-supervisor.ts'
import type { Decoded } from '../runtime/ports/codec.ts'
import type { Lane, RecordBatch, RecordCursor } from '../runtime/ports/log.ts'
import type { Observer, ProcessStatus, StoreStatus } from '../runtime/ports/observer.ts'
import type { Plan } from '../topology/plan.ts'
import { namesOf, type Names } from '../topology/topics-needed.ts'
import { createGate, createProfile, gateId, profileId, type Parts } from './compose.ts'
import { kafkaConnectionOf } from './kafka-connection.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { RunLog } from './run-log.ts'
import type { ServerSettings } from './settings.ts'
import { createWriterSchemas, registeredIds } from './writer-schemas.ts'

/** How often an idle task moves its marks and looks after its store (design: at least once a second). */
const IDLE_MS = 1000
/** How often the store is asked how it is, for metrics and health. */
const STORE_LOOK_MS = 5000
const PATIENCE_FIRST_MS = 500
const PATIENCE_MAX_MS = 10_000

export interface LiveRunOptions {
  readonly plan: Plan
  readonly settings: ServerSettings
  readonly observe: Observer
  /** What is being waited for, before there is a task that could say it. */
  readonly say: RunLog['say']
}

export interface LiveRun {
  /** Until {@link stop}. @throws UsageError, AdapterError that trying again does not mend */
  run(): Promise<void>
  /** Ends the commits under way, leaves the group, lets {@link run} return. */
  stop(): void
  /** From memory, at once. */
  status(): ProcessStatus
}

export function createLiveRun({ plan, settings, observe, say }: LiveRunOptions): LiveRun {
  const names = namesOf(settings.app, plan.topology)
  const connection = kafkaConnectionOf(settings.kafka, `${names.group}.run`)
  let stopping = false
  let supervisor: LiveSupervisor | undefined
  let membership: KafkaMembership | undefined
  let store: StoreStatus | undefined

  /** Does it, as often as it takes while it may help; undefined: it was stopped before. */
  async function patiently<Value>(what: () => Promise<Value>): Promise<Value | undefined> {
    for (let wait: DurationMs = PATIENCE_FIRST_MS; !stopping; wait = Math.min(PATIENCE_MAX_MS, 2 * wait)) {
      try {
        return await what()
      } catch (error) {
        if (!(error instanceof AdapterError) || !error.retryable) throw error
        say('warn', `${error.message}; trying again`)
        for (let left = wait; left > 0 && !stopping; left -= PATIENCE_FIRST_MS)
          await systemClock.sleep(Math.min(left, PATIENCE_FIRST_MS))
      }
    }
    return undefined
  }

  async function run(): Promise<void> {
    const partitions = await patiently(async () =>
      partitionsIn(plan, names, await partitionsOf(connection, topicsInUse(plan, names))),
    )
    if (partitions === undefined) return
    const schemas = createSchemaBook()
    const registry =
      settings.registryUrl === undefined ? undefined : openRegistry({ url: settings.registryUrl })
    const registered =
      registry === undefined ? undefined : await patiently(() => registeredIds(plan, schemas, registry))
    if (stopping) return
    const redis = new RedisConnection(settings.redis)
    const states = new RedisStateStore(redis)
    // Before the group is joined: a process that could not do the work must not take it from those that can.
    await patiently(() => assertSameKey(redis, names, settings.idKey))
    if (stopping) return redis.close()
    const looking = setInterval(() => void look(), STORE_LOOK_MS)
    async function look(): Promise<void> {
      store = storeStatusOf(await states.stats())
    }
    const sources = plan.sources.map(({ topic }) => topic)
    // Orders are one lane more of the gate's, without a clock.
    membership = new KafkaMembership(connection, {
      groupId: names.group,
      sources: [...sources, names.control],
      internal: names.internal,
      sessionTimeoutMs: settings.kafka.sessionTimeoutMs,
    })
    const log = openKafkaLog(settings.kafka, {
      connection,
      group: names.group,
      view: membership.group,
      sources: new Set(sources),
      observe,
    })
    const parts: Parts = {
      plan,
      key: settings.idKey,
      names,
      partitions,
      log,
      store: states,
      clock: systemClock,
      encoder: createEncoder(schemas, registered),
      decode: decoderOf(plan, names, schemas),
      observe,
      live: {
        prepare: prepareOf(plan, schemas, registry),
        idleMs: IDLE_MS,
        commitMs: settings.commitIntervalMs,
      },
    }
    supervisor = new LiveSupervisor({
      membership,
      tasksOf: (lanes) => tasksOf(parts, lanes),
      clock: systemClock,
      observe,
    })
    if (stopping) supervisor.stop()
    try {
      await look()
      await supervisor.run()
    } finally {
      clearInterval(looking)
      await membership.close()
      await log.close()
      await states.close()
    }
  }

  return {
    run,
    stop() {
      stopping = true
      supervisor?.stop()
    },
    status: () => ({
      tasks: supervisor?.status() ?? [],
      group: {
        member: membership?.state().is === 'member',
        reason: membership?.state().reason,
        ...(supervisor?.joined() ?? { generation: -1, lanes: 0 }),
      },
      store,
      ending: stopping ? 'it is stopping' : undefined,
    }),
  }
}

/** Partitions of those of the topics that are there. */
async function partitionsOf(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const administration = new KafkaAdministration(connection)
  try {
    const found = await administration.topics(topics)
    return new Map([...found].map(([topic, { partitions }]) => [topic, partitions]))
  } finally {
    await administration.close()
  }
}

/**
 * Partitions of everything behind identity.
 * @throws UsageError when a topic is missing, or the internal topic has another number than the document says.
 */
function partitionsIn(plan: Plan, names: Names, topics: ReadonlyMap<string, number>): number {
  const missing = topicsInUse(plan, names).filter((topic) => !topics.has(topic))
  if (missing.length > 0)
    throw new UsageError(
      `the log has no topic ${missing.join(', ')}`,
      'create what is missing: shopkeeper topics create --topology FILE',
    )
  const partitions = topics.get(names.internal) as number
  if (plan.partitions !== undefined && plan.partitions !== partitions)
    throw new UsageError(
      `partitions: ${plan.partitions} in the document, but ${names.internal} has ${partitions}`,
      'the number is fixed once the topic is there: write that one',
    )
  return partitions
}

/** Those that are read and written; dead letters that went back are a command's own affair. */
const topicsInUse = (plan: Plan, names: Names): readonly string[] => [
  ...new Set([
    ...plan.sources.map(({ topic }) => topic),
    names.internal,
    names.control,
    names.gateChangelog,
    names.profileChangelog,
    ...(plan.world === undefined ? [] : [names.world]),
    ...plan.identity.sinks.map(({ topic }) => topic),
    ...plan.slots.flatMap(({ sinks }) => sinks.map(({ topic }) => topic)),
    ...Object.values(plan.topics),
  ]),
]

/** The gate if the lanes of the sources are among these, and a profile task for each of the internal topic. */
function tasksOf(parts: Parts, lanes: readonly Lane[]): readonly TaskCall[] {
  const { names } = parts
  const sources = lanes.filter(({ topic }) => topic !== names.internal)
  const gate: TaskCall = {
    id: gateId(names),
    inputs: sources,
    create: () => createGate(parts, sources),
  }
  const profiles = lanes
    .filter(({ topic }) => topic === names.internal)
    .map((lane) => ({
      id: profileId(names, lane.partition),
      inputs: [lane],
      create: () => createProfile(parts, lane.partition),
    }))
  return sources.length > 0 ? [gate, ...profiles] : profiles
}

/** @throws UsageError when the stored people were given their ids with another key; AdapterError when the store does not answer. */
async function assertSameKey(redis: RedisConnection, names: Names, key: IdKey): Promise<void> {
  const [stored] = await createStateReader(redis).values(gateId(names), [FINGERPRINT_KEY])
  if (stored !== undefined) assertFingerprint(stored.toString(), key)
}

/** Of a Cluster: all its masters together, and the worst that one of them says. */
function storeStatusOf({ connected, servers, latencyMs }: RedisStats): StoreStatus {
  const sum = (of: (server: RedisServerStats) => number): number =>
    servers.reduce((total, server) => total + of(server), 0)
  const evicting = servers.find(({ evictionPolicy }) => evictionPolicy !== 'noeviction')
  return {
    up: connected,
    memoryBytes: sum(({ usedMemoryBytes }) => usedMemoryBytes),
    memoryBytesMax: sum(({ maxMemoryBytes }) => maxMemoryBytes),
    evictionPolicy: (evicting ?? servers[0])?.evictionPolicy ?? 'unknown',
    evictedKeys: sum(({ evictedKeys }) => evictedKeys),
    latencyMs,
  }
}

function decoderOf(
  plan: Plan,
  { control }: Names,
  schemas: SchemaBook,
): (lane: Lane, cursor: RecordCursor) => Decoded {
  const decoder = createDecoder(schemas, plan.sources)
  const sources = new Map(plan.sources.map((source) => [source.topic, source]))
  return ({ topic }, cursor) => {
    const { buffer, valueStart, valueEnd } = cursor
    if (topic === control) return decodeControlOrder(buffer, valueStart, valueEnd)
    return decoder.decode(sources.get(topic), buffer, valueStart, valueEnd, cursor)
  }
}

function prepareOf(
  plan: Plan,
  schemas: SchemaBook,
  registry: Registry | undefined,
): (batches: readonly RecordBatch[]) => Promise<void> {
  const avro = new Set(plan.sources.flatMap(({ topic, format }) => (format === 'avro' ? [topic] : [])))
  if (registry === undefined || avro.size === 0) return async () => {}
  const writers = createWriterSchemas(schemas, registry, systemClock)
  return (batches) => writers.prepare(batches, (topic) => avro.has(topic))
}
