/**
 * Taking a task over: its transactional id first, which fences the predecessor and ends its open transaction; only then the
 * positions, since before they may still be those of a transaction that is about to count.
 */
import type { Lane, Owner, Position } from '../../runtime/ports/log.ts'
import type { Brokers } from './brokers.ts'
import { askCoordinator } from './coordinator-call.ts'
import type { Patience } from './repeating.ts'
import { offsetFetch } from './wire/position-requests.ts'
import { initProducerId } from './wire/transaction-requests.ts'

/** The transactional id is the task's name. @throws AdapterError when the predecessor's transaction does not end in time. */
export async function takeOwnership(
  brokers: Brokers,
  task: string,
  transactionTimeoutMs: number,
  patience: Patience,
): Promise<Owner> {
  const request = initProducerId(task, transactionTimeoutMs)
  const { owner } = await askCoordinator(brokers, 'transaction', task, request, ({ code }) => code, patience)
  return owner
}

/** Committed positions of a group; lanes without one are left out. */
export async function committedPositions(
  brokers: Brokers,
  group: string,
  lanes: readonly Lane[],
  patience: Patience,
): Promise<readonly Position[]> {
  if (lanes.length === 0) return []
  const { lanes: found } = await askCoordinator(
    brokers,
    'group',
    group,
    offsetFetch(group, lanes),
    (answer) => answer.code || (answer.lanes.find((lane) => lane.code !== 0)?.code ?? 0),
    patience,
  )
  return lanes.flatMap(({ topic, partition }) => {
    const lane = found.find((one) => one.topic === topic && one.partition === partition)
    return lane === undefined || lane.offset < 0 ? [] : [{ topic, partition, offset: lane.offset }]
  })
}
