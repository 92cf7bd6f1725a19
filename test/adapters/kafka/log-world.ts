/** A Kafka log for tests: topics of its own, a group of nobody, readable words for what they do. */
import type { GroupView } from '../../../src/adapters/kafka/group-view.ts'
import { KafkaLog, type KafkaLogOptions } from '../../../src/adapters/kafka/log.ts'
import { Appends } from '../../../src/runtime/appends.ts'
import type { Lane, Log, LogReader, Position } from '../../../src/runtime/ports/log.ts'

export const NOW = 1_777_000_000_000
export const ALONE: GroupView = { current: () => undefined, next: async () => {}, holds: () => true }

export const openLog = (address: string, group: string, options: Partial<KafkaLogOptions> = {}): KafkaLog =>
  new KafkaLog({
    connection: { brokers: [address], clientId: 'test', ssl: false, sasl: undefined },
    group,
    view: ALONE,
    now: () => NOW,
    ...options,
  })

export function appendsOf(lane: Lane, values: readonly string[], into = new Appends()): Appends {
  for (const value of values) into.record(lane.topic, lane.partition, 0, null, Buffer.from(value))
  return into
}

/** One commit after a take-over of its own. */
export async function put(
  log: Log,
  task: string,
  lane: Lane,
  values: readonly string[],
  positions: readonly Position[] = [],
): Promise<number> {
  const { owner } = await log.takeOver(task, [])
  return log.commit({ task, owner, appends: appendsOf(lane, values), positions, changelog: lane })
}

const TURNS_MAX = 300

/** Values of these lanes until each has been said to stand at its end, in the order of each lane; the reader stays open. */
export async function valuesToEnd(reader: LogReader, lanes = 1): Promise<string[]> {
  const found: string[] = []
  const ended = new Set<string>()
  for (let turns = 0; turns < TURNS_MAX && ended.size < lanes; turns++) {
    const { batches, atEnd } = await reader.next(100)
    for (const batch of batches) {
      ended.delete(`${batch.topic}/${batch.partition}`)
      const cursor = batch.walk()
      while (cursor.next()) found.push(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd))
    }
    for (const { topic, partition } of atEnd) ended.add(`${topic}/${partition}`)
  }
  if (ended.size < lanes) throw new Error('the reader never stood at the end')
  return found
}

/** All values of one lane from some offset on. */
export async function valuesOf(log: Log, lane: Lane, offset = 0): Promise<string[]> {
  const reader = log.read([{ ...lane, offset }])
  try {
    return await valuesToEnd(reader)
  } finally {
    await reader.close()
  }
}
