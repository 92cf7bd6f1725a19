/**
 * The defect of the pinned kafkajs that reaches us, mended in place. Its others are in parts that are not used: the producer, whose
 * retries are not those that were configured, and the consumer, which hands out records of aborted transactions.
 */
import { kafkajsModule } from './kafkajs-parts.ts'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

const repaired = new WeakSet<object>()

/**
 * Once or often, before the first connection: every connection keeps a timer of a millisecond running, though nothing waits, which
 * takes 6.5 % of a core for nothing.
 */
export function repairKafkajs(): void {
  const { prototype } = kafkajsModule<{ readonly prototype: RequestQueue }>('network/requestQueue')
  if (repaired.has(prototype)) return
  repaired.add(prototype)
  const { scheduleCheckPendingRequests: schedule } = prototype
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
