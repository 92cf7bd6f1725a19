/** The requests of a transaction but for its records: who owns it, what belongs to it, the positions, and how it ends. */
import type { Lane, Owner, Position } from '../../../runtime/ports/log.ts'
import type { GroupMember } from '../group-view.ts'
import type { ProtocolReader } from './protocol-reader.ts'
import { byTopic, createRequest, type KafkaAnswer, type KafkaRequest } from './request.ts'

/** Answers carry the broker's error codes as they are; 0 is none. */
export interface CodeAnswer extends KafkaAnswer {
  readonly code: number
}

export interface LaneCode extends Lane {
  readonly code: number
}

export interface LaneCodesAnswer extends KafkaAnswer {
  readonly lanes: readonly LaneCode[]
}

export interface OwnerAnswer extends CodeAnswer {
  readonly owner: Owner
}

const codeOf = (reader: ProtocolReader): CodeAnswer => ({ throttleMs: reader.int32(), code: reader.int16() })

/** Takes a transactional id over; its predecessor is fenced. */
export const initProducerId = (transactionalId: string, timeoutMs: number): KafkaRequest<OwnerAnswer> =>
  createRequest(
    { apiName: 'InitProducerId', apiKey: 22, apiVersion: 1 },
    (writer) => writer.text(transactionalId).int32(timeoutMs),
    (reader) => ({
      ...codeOf(reader),
      owner: { producerId: reader.int64(), epoch: reader.int16() },
    }),
  )

export const addPartitionsToTxn = (
  transactionalId: string,
  { producerId, epoch }: Owner,
  lanes: readonly Lane[],
): KafkaRequest<LaneCodesAnswer> =>
  createRequest(
    { apiName: 'AddPartitionsToTxn', apiKey: 24, apiVersion: 1 },
    (writer) =>
      writer
        .text(transactionalId)
        .int64(producerId)
        .int16(epoch)
        .list(byTopic(lanes), (one) =>
          writer.text(one.topic).list(one.lanes, ({ partition }) => writer.int32(partition)),
        ),
    (reader) => ({
      throttleMs: reader.int32(),
      lanes: reader
        .list(() => {
          const topic = reader.text()
          return reader.list(() => ({ topic, partition: reader.int32(), code: reader.int16() }))
        })
        .flat(),
    }),
  )

export const addOffsetsToTxn = (
  transactionalId: string,
  { producerId, epoch }: Owner,
  group: string,
): KafkaRequest<CodeAnswer> =>
  createRequest(
    { apiName: 'AddOffsetsToTxn', apiKey: 25, apiVersion: 1 },
    (writer) => writer.text(transactionalId).int64(producerId).int16(epoch).text(group),
    codeOf,
  )

export const endTxn = (
  transactionalId: string,
  { producerId, epoch }: Owner,
  commit: boolean,
): KafkaRequest<CodeAnswer> =>
  createRequest(
    { apiName: 'EndTxn', apiKey: 26, apiVersion: 1 },
    (writer) =>
      writer
        .text(transactionalId)
        .int64(producerId)
        .int16(epoch)
        .int8(commit ? 1 : 0),
    codeOf,
  )

/** Positions with the member that commits them: the coordinator refuses those of a generation that is over. */
export const txnOffsetCommit = (
  transactionalId: string,
  { producerId, epoch }: Owner,
  group: string,
  member: GroupMember | undefined,
  positions: readonly Position[],
): KafkaRequest<LaneCodesAnswer> =>
  createRequest(
    { apiName: 'TxnOffsetCommit', apiKey: 28, apiVersion: 3, flexible: true },
    (writer) =>
      writer
        .compactText(transactionalId)
        .compactText(group)
        .int64(producerId)
        .int16(epoch)
        .int32(member?.generation ?? -1)
        .compactText(member?.memberId ?? '')
        .compactNull()
        .compactList(byTopic(positions), (one) =>
          writer
            .compactText(one.topic)
            .compactList(one.lanes, ({ partition, offset }) =>
              writer.int32(partition).int64(offset).int32(-1).compactNull().noTags(),
            )
            .noTags(),
        )
        .noTags(),
    (reader) => ({
      throttleMs: reader.int32(),
      lanes: reader
        .compactList(() => {
          const topic = reader.compactText()
          const lanes = reader.compactList(() => {
            const lane = { topic, partition: reader.int32(), code: reader.int16() }
            reader.tags()
            return lane
          })
          reader.tags()
          return lanes
        })
        .flat(),
    }),
  )
