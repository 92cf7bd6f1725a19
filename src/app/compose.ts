/**
 * The tasks of a topology, put together from their parts: the same for the runtime in memory and for the one on servers.
 */
import type { IdKey } from '../model/hash.ts'
import type { DurationMs } from '../model/time.ts'
import { createGateStage } from '../runtime/gate-stage.ts'
import type { Clock } from '../runtime/ports/clock.ts'
import type { Decoded, Encoder } from '../runtime/ports/codec.ts'
import type { Lane, Log, RecordBatch, RecordCursor } from '../runtime/ports/log.ts'
import type { Observer } from '../runtime/ports/observer.ts'
import type { StateStore } from '../runtime/ports/state-store.ts'
import { createProfileStage } from '../runtime/profile-stage.ts'
import { Task } from '../runtime/task.ts'
import type { Plan } from '../topology/plan.ts'
import type { Names } from '../topology/topics-needed.ts'

export interface Parts {
  readonly plan: Plan
  readonly key: IdKey
  readonly names: Names
  /** Of everything behind identity. */
  readonly partitions: number
  readonly log: Log
  readonly store: StateStore
  readonly clock: Clock
  readonly encoder: Encoder
  readonly decode: (lane: Lane, cursor: RecordCursor) => Decoded
  readonly observe: Observer
  /** Undefined: the log and the store are in memory, and time comes with the lines. */
  readonly live?: LiveParts
}

export interface LiveParts {
  /** What must be known before records of the sources can be decoded. */
  readonly prepare: (batches: readonly RecordBatch[]) => Promise<void>
  readonly idleMs: DurationMs
  readonly commitMs: DurationMs
}

export const gateId = ({ group }: Names): string => `${group}.identify`
export const profileId = ({ group }: Names, partition: number): string => `${group}.profile.${partition}`

/** The gate over these lanes: all of the sources, or the one of recorded lines. */
export function createGate(parts: Parts, inputs: readonly Lane[]): Task {
  const { plan, key, names, partitions, encoder, decode, live } = parts
  const sourcePartitions =
    live && plan.sources.map((source) => inputs.filter(({ topic }) => topic === source.topic).length)
  return new Task({
    ...outsideOf(parts),
    ...(live && { prepare: live.prepare }),
    id: gateId(names),
    stage: 'identify',
    partition: 0,
    inputs,
    changelog: { topic: names.gateChangelog, partition: 0 },
    preload: true,
    world: worldOf(parts),
    createStage: (appends) =>
      createGateStage(
        {
          plan,
          key,
          partitions,
          internalTopic: names.internal,
          worldTopic: names.world,
          encoder,
          decode,
          ...(sourcePartitions && { sourcePartitions }),
        },
        appends,
      ),
  })
}

export function createProfile(parts: Parts, partition: number): Task {
  const { plan, key, names, partitions, encoder } = parts
  return new Task({
    ...outsideOf(parts),
    id: profileId(names, partition),
    stage: 'profile',
    partition,
    inputs: [{ topic: names.internal, partition }],
    changelog: { topic: names.profileChangelog, partition },
    preload: false,
    world: worldOf(parts),
    createStage: (appends) =>
      createProfileStage(
        { plan, key, partition, partitions, internalTopic: names.internal, encoder },
        appends,
      ),
  })
}

const worldOf = ({ plan, names }: Parts): Lane | undefined =>
  plan.world && { topic: names.world, partition: 0 }

function outsideOf({ log, store, clock, observe, live }: Parts) {
  return { log, store, clock, observe, ...(live && { idleMs: live.idleMs, commitMs: live.commitMs }) }
}
