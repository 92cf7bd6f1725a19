/** Fetch: committed records of many lanes of one broker. The records of the answer are slices of it, not copies. */
import type { Position } from '../../../runtime/ports/log.ts'
import type { AbortedTransaction } from './aborted.ts'
import { byTopic, createRequest, type KafkaAnswer, type KafkaRequest } from './request.ts'

export interface FetchBounds {
  /** How long the broker waits for the first byte. */
  readonly waitMs: number
  readonly laneBytesMax: number
  readonly answerBytesMax: number
}

export interface FetchedLane {
  readonly topic: string
  readonly partition: number
  readonly code: number
  readonly high: number
  readonly stable: number
  /** Of the transactions whose records may be among these. */
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches in a row, the last one maybe cut off. */
  readonly records: Buffer
}

export interface FetchAnswer extends KafkaAnswer {
  readonly code: number
  readonly lanes: readonly FetchedLane[]
}

const READ_COMMITTED = 1
/** Beyond what the broker waits, before its answer counts as lost. */
const ANSWER_MS = 10_000

/** Without a fetch session: every answer tells of every lane asked for. */
export const fetchRecords = (
  positions: readonly Position[],
  { waitMs, laneBytesMax, answerBytesMax }: FetchBounds,
): KafkaRequest<FetchAnswer> =>
  createRequest(
    { apiName: 'Fetch', apiKey: 1, apiVersion: 11 },
    (writer) =>
      writer
        .int32(-1)
        .int32(waitMs)
        .int32(1)
        .int32(answerBytesMax)
        .int8(READ_COMMITTED)
        .int32(0)
        .int32(-1)
        .list(byTopic(positions), (one) =>
          writer
            .text(one.topic)
            .list(one.lanes, ({ partition, offset }) =>
              writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(laneBytesMax),
            ),
        )
        .list([], () => {})
        .text(''),
    (reader) => {
      const throttleMs = reader.int32()
      const code = reader.int16()
      reader.int32()
      const lanes = reader.list(() => {
        const topic = reader.text()
        return reader.list(() => {
          const partition = reader.int32()
          const laneCode = reader.int16()
          const high = reader.int64()
          const stable = reader.int64()
          reader.int64()
          const aborted = reader.list(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
          reader.int32()
          return { topic, partition, code: laneCode, high, stable, aborted, records: reader.bytes() }
        })
      })
      return { throttleMs, code, lanes: lanes.flat() }
    },
    { timeoutMs: waitMs + ANSWER_MS },
  )
