/** Produce: one record batch for each of some lanes of one broker, acknowledged by all replicas in sync. */
import type { Lane } from '../../../runtime/ports/log.ts'
import { byTopic, createRequest, type KafkaAnswer, type KafkaRequest } from './request.ts'

export interface LaneBatch extends Lane {
  /** One whole record batch; it stays as it is until the request was answered. */
  readonly bytes: Buffer
}

export interface ProducedLane extends Lane {
  readonly code: number
  /** Of the batch's first record. */
  readonly baseOffset: number
}

export interface ProduceAnswer extends KafkaAnswer {
  readonly lanes: readonly ProducedLane[]
}

const ALL_IN_SYNC = -1

export const produceRecords = (
  transactionalId: string,
  batches: readonly LaneBatch[],
  timeoutMs: number,
): KafkaRequest<ProduceAnswer> =>
  createRequest(
    { apiName: 'Produce', apiKey: 0, apiVersion: 7 },
    (writer) =>
      writer
        .text(transactionalId)
        .int16(ALL_IN_SYNC)
        .int32(timeoutMs)
        .list(byTopic(batches), (one) =>
          writer
            .text(one.topic)
            .list(one.lanes, ({ partition, bytes }) => writer.int32(partition).bytes(bytes)),
        ),
    (reader) => {
      const lanes = reader.list(() => {
        const topic = reader.text()
        return reader.list(() => {
          const lane = { topic, partition: reader.int32(), code: reader.int16(), baseOffset: reader.int64() }
          reader.int64()
          reader.int64()
          return lane
        })
      })
      return { lanes: lanes.flat(), throttleMs: reader.int32() }
    },
    { timeoutMs },
  )
