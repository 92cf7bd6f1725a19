/** A topology on the embedded log and store, with a look into both: every byte that is kept of anybody. */
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { createLineDecoder } from '../../src/adapters/formats/replay-lines.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createGate, createProfile, type Parts } from '../../src/app/compose.ts'
import { TASK_KEY } from '../../src/runtime/changelog.ts'
import type { Lane } from '../../src/runtime/ports/log.ts'
import { Supervisor } from '../../src/runtime/supervisor.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { KEY } from './replayed.ts'

const LINES = { topic: 'lines', partition: 0 }

export interface Kept {
  readonly place: string
  readonly key: string
  readonly value: Buffer
}

export async function openInside(plan: Plan, partitions: number) {
  const names = namesOf('inside', plan.topology)
  const lanes = Array.from({ length: partitions }, (_, partition) => ({ topic: names.internal, partition }))
  const changelogs = [
    { topic: names.gateChangelog, partition: 0 },
    ...lanes.map(({ partition }) => ({ topic: names.profileChangelog, partition })),
  ]
  /** The newest value of each key of the compacted topic of identities. */
  const identities = new Map<string, Buffer>()
  const log = new EmbeddedLog({
    inputs: [LINES, ...lanes],
    changelogs,
    turnRecordsMax: 1000,
    onCommitted({ buffer, topics, topic, keyStart, keyEnd, valueStart, valueEnd }, i) {
      if (topics[topic[i] as number] !== plan.topics.identities) return
      const key = buffer.toString('utf8', keyStart[i], keyEnd[i])
      const end = valueEnd[i] as number
      if (end < 0) identities.delete(key)
      else identities.set(key, Buffer.from(buffer.subarray(valueStart[i], end)))
    },
  })
  const store = new EmbeddedStateStore()
  const decodeLine = createLineDecoder(plan.sources)
  const parts: Parts = {
    plan,
    key: KEY,
    names,
    partitions,
    log,
    store,
    clock: systemClock,
    encoder: jsonEncoder,
    decode: (_, { buffer, valueStart, valueEnd }) => decodeLine(buffer, valueStart, valueEnd),
    observe: () => {},
  }
  const gate = createGate(parts, [LINES])
  const profiles = lanes.map(({ partition }) => createProfile(parts, partition))
  const supervisor = new Supervisor({ gate, profiles, clock: systemClock })
  await supervisor.open()

  async function rowsOf(lane: Lane): Promise<readonly Kept[]> {
    const rows = new Map<string, Buffer>()
    for await (const batch of (await log.replay(lane, 0))?.batches ?? []) {
      const cursor = batch.walk()
      while (cursor.next()) {
        const key = cursor.buffer.toString('utf8', cursor.keyStart, cursor.keyEnd)
        if (cursor.valueEnd < 0) rows.delete(key)
        else rows.set(key, Buffer.from(cursor.buffer.subarray(cursor.valueStart, cursor.valueEnd)))
      }
    }
    return [...rows].map(([key, value]) => ({ place: lane.topic, key, value }))
  }

  return {
    async feed(lines: readonly string[]): Promise<void> {
      for (const line of lines) {
        const bytes = Buffer.from(line)
        log.append(LINES, bytes, [0, bytes.length])
      }
      await supervisor.drain()
    },
    /** All that is left behind compaction; of the internal topic the embedded log keeps nothing that was read. */
    async kept(): Promise<readonly Kept[]> {
      const all: Kept[] = [...identities].map(([key, value]) => ({ place: 'identities', key, value }))
      for (const lane of changelogs) all.push(...(await rowsOf(lane)))
      for (const [task, { owner, chain, page }] of store.snapshot()) {
        const found = (await store.scan(task, { owner, chain, page })) ?? { keys: [], values: [] }
        found.keys.forEach((key, i) => all.push({ place: task, key, value: found.values[i] as Buffer }))
      }
      return all.filter(({ key }) => key !== TASK_KEY)
    },
    async close(): Promise<void> {
      await supervisor.close()
      await log.close()
      await store.close()
    },
  }
}
