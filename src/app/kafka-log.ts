/** The log of a run on servers, by the client that the settings name. */
import type { KafkaConnection } from '../adapters/kafka/connection.ts'
import type { GroupView } from '../adapters/kafka/group-view.ts'
import { KafkaLog } from '../adapters/kafka/log.ts'
import { StockLog } from '../adapters/kafka/stock-log.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Log } from '../runtime/ports/log.ts'
import type { KafkaSettings } from './settings.ts'

export interface KafkaLogParts {
  readonly connection: KafkaConnection
  readonly group: string
  readonly view: GroupView
}

/** @throws AdapterError when the installed kafkajs is not the one that the adapter is made for. */
export function openKafkaLog(
  { client, transactionTimeoutMs, holdTransactionsMs }: KafkaSettings,
  { connection, group, view }: KafkaLogParts,
): Log {
  const options = {
    connection,
    group,
    view,
    now: () => systemClock.now(),
    transactionTimeoutMs,
    ...(holdTransactionsMs > 0 && {
      beforeEnd: () => systemClock.sleep(Math.random() * holdTransactionsMs),
    }),
  }
  return client === 'stock' ? new StockLog(options) : new KafkaLog(options)
}
