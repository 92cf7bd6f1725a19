/** The requests that ask where things are: a coordinator, the committed positions of a group, the ends of lanes. */
import type { Lane, Position } from '../../../runtime/ports/log.ts'
import { byTopic, createRequest, type KafkaAnswer, type KafkaRequest } from './request.ts'

export type CoordinatorKind = 'group' | 'transaction'

export interface CoordinatorAnswer extends KafkaAnswer {
  readonly code: number
  readonly nodeId: number
}

export const findCoordinator = (kind: CoordinatorKind, key: string): KafkaRequest<CoordinatorAnswer> =>
  createRequest(
    { apiName: 'FindCoordinator', apiKey: 10, apiVersion: 1 },
    (writer) => writer.text(key).int8(kind === 'group' ? 0 : 1),
    (reader) => {
      const throttleMs = reader.int32()
      const code = reader.int16()
      reader.text()
      return { throttleMs, code, nodeId: reader.int32() }
    },
  )

export interface LaneOffset extends Position {
  readonly code: number
}

export interface PositionsAnswer extends KafkaAnswer {
  readonly code: number
  /** Offset -1: none committed. */
  readonly lanes: readonly LaneOffset[]
}

/** Committed positions; an error while some of them are still part of a transaction that is not ended. */
export const offsetFetch = (group: string, lanes: readonly Lane[]): KafkaRequest<PositionsAnswer> =>
  createRequest(
    { apiName: 'OffsetFetch', apiKey: 9, apiVersion: 7, flexible: true },
    (writer) =>
      writer
        .compactText(group)
        .compactList(byTopic(lanes), (one) =>
          writer
            .compactText(one.topic)
            .compactList(one.lanes, ({ partition }) => writer.int32(partition))
            .noTags(),
        )
        // Not only what is stable: the take-over has ended this task's transaction, and one that the broker forgot to end must
        // not hold its lanes for ever.
        .int8(0)
        .noTags(),
    (reader) => {
      const throttleMs = reader.int32()
      const found = reader.compactList(() => {
        const topic = reader.compactText()
        const ofTopic = reader.compactList(() => {
          const partition = reader.int32()
          const offset = reader.int64()
          reader.int32()
          reader.compactText()
          const code = reader.int16()
          reader.tags()
          return { topic, partition, offset, code }
        })
        reader.tags()
        return ofTopic
      })
      return { throttleMs, code: reader.int16(), lanes: found.flat() }
    },
  )

/** Which end of a lane: its first record, the end of what is committed, the end of all. */
export type LaneEnd = 'earliest' | 'stable' | 'high'

export interface EndsAnswer extends KafkaAnswer {
  readonly lanes: readonly LaneOffset[]
}

export const listOffsets = (lanes: readonly Lane[], end: LaneEnd): KafkaRequest<EndsAnswer> =>
  createRequest(
    { apiName: 'ListOffsets', apiKey: 2, apiVersion: 2 },
    (writer) =>
      writer
        .int32(-1)
        .int8(end === 'stable' ? 1 : 0)
        .list(byTopic(lanes), (one) =>
          writer
            .text(one.topic)
            .list(one.lanes, ({ partition }) => writer.int32(partition).int64(end === 'earliest' ? -2 : -1)),
        ),
    (reader) => ({
      throttleMs: reader.int32(),
      lanes: reader
        .list(() => {
          const topic = reader.text()
          return reader.list(() => {
            const partition = reader.int32()
            const code = reader.int16()
            reader.int64()
            return { topic, partition, code, offset: reader.int64() }
          })
        })
        .flat(),
    }),
  )
