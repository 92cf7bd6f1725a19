/** The records of a commit by the lane each goes to; a record that is left to the adapter goes where its key says. */
import { AdapterError } from '../../model/errors.ts'
import type { AppendedRecords } from '../../runtime/appends.ts'
import { PARTITION_BY_KEY } from '../../runtime/outputs.ts'
import type { Lane } from '../../runtime/ports/log.ts'
import { partitionOfKey } from './wire/partitioner.ts'

export interface OutgoingLane extends Lane {
  /** Which of the records, in order. */
  readonly indices: readonly number[]
}

export interface Outgoing {
  readonly records: AppendedRecords
  readonly lanes: readonly OutgoingLane[]
}

/** More than any topic has. */
const PARTITIONS_MAX = 1 << 20

/** `partitions`: how many each topic of the records has. Records without a key go round. @throws AdapterError */
export function createOutgoing(
  records: AppendedRecords,
  partitions: readonly number[],
  round: { next: number },
): Outgoing {
  const lanes = new Map<number, Lane & { readonly indices: number[] }>()
  for (let i = 0; i < records.count; i++) {
    const topic = records.topic[i] as number
    const count = partitions[topic] as number
    let partition = records.partition[i] as number
    if (partition === PARTITION_BY_KEY) partition = chosen(records, i, count, round)
    const place = topic * PARTITIONS_MAX + partition
    const lane = lanes.get(place)
    if (lane !== undefined) lane.indices.push(i)
    else {
      const name = records.topics[topic] as string
      if (partition >= count) throw noSuchLane(name, partition, count)
      lanes.set(place, { topic: name, partition, indices: [i] })
    }
  }
  return { records, lanes: [...lanes.values()] }
}

function chosen(
  { buffer, keyStart, keyEnd }: AppendedRecords,
  i: number,
  count: number,
  round: { next: number },
): number {
  const end = keyEnd[i] as number
  if (end >= 0) return partitionOfKey(buffer, keyStart[i] as number, end, count)
  const partition = round.next % count
  round.next = (partition + 1) % PARTITIONS_MAX
  return partition
}

const noSuchLane = (topic: string, partition: number, count: number): AdapterError =>
  new AdapterError(
    'unknown-partition',
    `records for ${topic}/${partition}, which has ${count} partitions: give the topic as many as the topology was started with`,
    false,
  )
