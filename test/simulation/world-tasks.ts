/** The pieces of the product as a world puts them together: the tasks of one topology over an embedded log and store. */
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { createLineDecoder } from '../../src/adapters/formats/replay-lines.ts'
import type { IdKey } from '../../src/model/hash.ts'
import { idOf } from '../../src/runtime/appends.ts'
import { createGateStage } from '../../src/runtime/gate-stage.ts'
import type { Decoded } from '../../src/runtime/ports/codec.ts'
import type { Lane, Log, RecordCursor } from '../../src/runtime/ports/log.ts'
import type { Observer } from '../../src/runtime/ports/observer.ts'
import type { StateStore } from '../../src/runtime/ports/state-store.ts'
import { createProfileStage } from '../../src/runtime/profile-stage.ts'
import { Task } from '../../src/runtime/task.ts'
import type { Plan } from '../../src/topology/plan.ts'
import type { Faults } from './world-ports.ts'
import type { WorldOptions } from './world-options.ts'
import type { Watch } from './world-watch.ts'

export const LINES: Lane = { topic: 'lines', partition: 0 }
export const END_KEY = 'end'

export interface Output {
  readonly topic: string
  readonly key: string | null
  readonly value: string
}

export interface Blueprint {
  readonly plan: Plan
  readonly key: IdKey
  readonly options: WorldOptions
}

interface Outside {
  readonly log: Log
  readonly store: StateStore
  readonly observe: Observer
}

export interface TaskMaker {
  /** The gate first. */
  readonly ids: readonly string[]
  readonly lanes: readonly Lane[]
  readonly changelogs: readonly Lane[]
  readonly world: Lane
  create(id: string, outside: Outside): Task
}

export function createTasks({ plan, key, options }: Blueprint): TaskMaker {
  const { partitions, bounds, pageChangesMax } = options
  const clock = systemClock
  const internalTopic = 'people'
  const lanes = Array.from({ length: partitions }, (_, partition) => ({ topic: internalTopic, partition }))
  const world = plan.world && { topic: 'world', partition: 0 }
  const gateChangelog = { topic: 'identify.changelog', partition: 0 }
  const changelogOf = (partition: number): Lane => ({ topic: 'profile.changelog', partition })
  const decodeLine = createLineDecoder(plan.sources)

  function decode(cursor: RecordCursor): Decoded {
    const { buffer, keyEnd, valueStart, valueEnd } = cursor
    if (keyEnd < 0) return decodeLine(buffer, valueStart, valueEnd)
    return { kind: 'end', at: Number(buffer.toString('utf8', valueStart, valueEnd)) }
  }

  const gateId = 'identify'
  const profileId = (partition: number): string => `profile.${partition}`
  return {
    ids: [gateId, ...lanes.map(({ partition }) => profileId(partition))],
    lanes: [LINES, ...lanes],
    changelogs: [gateChangelog, ...lanes.map(({ partition }) => changelogOf(partition))],
    world: { topic: 'world', partition: 0 },
    create(id, outside) {
      const lane = lanes.find(({ partition }) => profileId(partition) === id)
      if (lane === undefined)
        return new Task({
          ...outside,
          clock,
          id,
          stage: 'identify',
          partition: 0,
          inputs: [LINES],
          changelog: gateChangelog,
          world,
          preload: true,
          pageChangesMax,
          createStage: (appends) =>
            createGateStage(
              {
                plan,
                key,
                partitions,
                internalTopic,
                worldTopic: 'world',
                encoder: jsonEncoder,
                decode: (_, cursor) => decode(cursor),
              },
              appends,
            ),
        })
      const { partition } = lane
      return new Task({
        ...outside,
        clock,
        id,
        stage: 'profile',
        partition,
        inputs: [lane],
        changelog: changelogOf(partition),
        world,
        preload: false,
        pageChangesMax,
        createStage: (appends) =>
          createProfileStage(
            { plan, key, partition, partitions, internalTopic, encoder: jsonEncoder, bounds },
            appends,
          ),
      })
    },
  }
}

export interface LogParts {
  readonly watch: Watch
  readonly faults: Faults
  readonly outputs: Output[]
  /** Drawn anew for each reader, and the world makes one for each turn. */
  readonly turnRecordsMax: () => number
  readonly compactBeyond: number
}

/** The log, whose outputs go to the watch and into a list. */
export function createLog(
  tasks: TaskMaker,
  { watch, faults, outputs, turnRecordsMax, compactBeyond }: LogParts,
): EmbeddedLog {
  return new EmbeddedLog({
    inputs: tasks.lanes,
    changelogs: tasks.changelogs,
    compactBeyond,
    // A task may stand still for a whole world: nothing that it has taken may be compacted away.
    keeping: { lane: tasks.world, records: Number.POSITIVE_INFINITY },
    get turnRecordsMax() {
      return turnRecordsMax()
    },
    onCommitted(records, i) {
      const { buffer, topics, topic, keyStart, keyEnd, valueStart, valueEnd } = records
      const end = keyEnd[i] as number
      const name = topics[topic[i] as number] as string
      watch.output(name, idOf(records, i))
      outputs.push({
        topic: name,
        key: end < 0 ? null : buffer.toString('utf8', keyStart[i], end),
        value: valueEnd[i] === -1 ? 'null' : buffer.toString('utf8', valueStart[i], valueEnd[i]),
      })
    },
    fault: faults.hook,
    retain: true,
  })
}
