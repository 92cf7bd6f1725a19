/**
 * Two defects of the pinned kafkajs that reach us, mended in place; a third, which hands out records of aborted transactions, is in
 * a part that is not used. Each repair has a test that shows the defect first.
 */
import { RETRY } from './connection.ts'
import { kafkajsModule } from './kafkajs-parts.ts'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

/** Waits of a transaction whose predecessor is just being ended: that takes milliseconds. Thirteen seconds in all. */
const TRANSACTION_RETRY = { ...RETRY, initialRetryTime: 3, maxRetryTime: 500, retries: 30 }

const repaired = new WeakSet<object>()

/** Once or often; before the first connection. */
export function repairKafkajs(): void {
  repairIdleTimer()
  repairTransactionRetry()
}

/** Every connection keeps a timer of a millisecond running, though nothing waits: 6.5 % of a core for nothing. */
export function repairIdleTimer(): void {
  const { prototype } = kafkajsModule<{ readonly prototype: RequestQueue }>('network/requestQueue')
  if (repaired.has(prototype)) return
  repaired.add(prototype)
  const { scheduleCheckPendingRequests: schedule } = prototype
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/** Transactions look for their retries in `cluster.retry`, which nobody sets: a take-over waits for 300 ms instead of ten. */
export function repairTransactionRetry(): void {
  const { prototype } = kafkajsModule<{ readonly prototype: object }>('cluster')
  if (repaired.has(prototype)) return
  repaired.add(prototype)
  Object.defineProperty(prototype, 'retry', { get: () => TRANSACTION_RETRY })
}
