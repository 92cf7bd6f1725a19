/**
 * The defects of the pinned kafkajs that reach us, mended in place. Its others are in parts that are not used: the producer, whose
 * retries are not those that were configured, and the consumer, which hands out records of aborted transactions.
 */
import { kafkajsModule } from './kafkajs-parts.ts'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

interface Metadata {
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly unknown[] }[]
}

interface MetadataResponse {
  parse: (data: Metadata) => Promise<Metadata>
}

const repaired = new WeakSet<object>()

/** Once or often, before the first connection. */
export function repairKafkajs(): void {
  letIdleQueuesRest(kafkajsModule<{ readonly prototype: RequestQueue }>('network/requestQueue').prototype)
  // Brokers of Kafka 2.5 and newer are asked in version 6, the newest that kafkajs knows.
  keepTroubleOfPartitions(kafkajsModule<MetadataResponse>('protocol/requests/metadata/v6/response'))
}

/** Every connection keeps a timer of a millisecond running, though nothing waits, which takes 6.5 % of a core for nothing. */
function letIdleQueuesRest(prototype: RequestQueue): void {
  if (repaired.has(prototype)) return
  repaired.add(prototype)
  const { scheduleCheckPendingRequests: schedule } = prototype
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/**
 * A partition without a leader fails the answer for all topics, so that nobody would hear where the leaders of the others have moved.
 * Its own leader is -1 in the answer, and that is enough: whoever wants it waits.
 */
function keepTroubleOfPartitions(response: MetadataResponse): void {
  if (repaired.has(response)) return
  repaired.add(response)
  const { parse } = response
  response.parse = async (data) => {
    await parse({
      ...data,
      topicMetadata: data.topicMetadata.map((of) => ({ ...of, partitionMetadata: [] })),
    })
    return data
  }
}
