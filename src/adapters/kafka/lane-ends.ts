/** Where a lane begins and ends, as its leader says. */
import type { Lane } from '../../runtime/ports/log.ts'
import type { Brokers } from './brokers.ts'
import { refusal } from './repeating.ts'
import { type LaneEnd, listOffsets } from './wire/position-requests.ts'

/** @throws Again, AdapterError */
export async function endsOf(brokers: Brokers, lane: Lane, end: LaneEnd): Promise<number> {
  const { topic, partition } = lane
  const answer = await brokers.send(await brokers.leaderOf(lane), listOffsets([{ topic, partition }], end))
  const found = answer.lanes[0]
  const code = found?.code ?? -1
  if (found !== undefined && code === 0) return found.offset
  throw refusal(code, `asking where ${topic}/${partition} ends`)
}
