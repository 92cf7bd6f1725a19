/** The log of a run on servers, by the client that the settings name. */
import type { KafkaConnection } from '../adapters/kafka/connection.ts'
import type { GroupView } from '../adapters/kafka/group-view.ts'
import type { SkipLost } from '../adapters/kafka/fetcher.ts'
import { KafkaLog } from '../adapters/kafka/log.ts'
import { StockLog } from '../adapters/kafka/stock-log.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Log } from '../runtime/ports/log.ts'
import type { Observer } from '../runtime/ports/observer.ts'
import type { KafkaSettings } from './settings.ts'

export interface KafkaLogParts {
  readonly connection: KafkaConnection
  readonly group: string
  readonly view: GroupView
  /** Topics that are sources. */
  readonly sources: ReadonlySet<string>
  readonly observe: Observer
}

/** @throws AdapterError when the installed kafkajs is not the one that the adapter is made for. */
export function openKafkaLog(
  { client, transactionTimeoutMs, holdTransactionsMs, skipLost }: KafkaSettings,
  { connection, group, view, sources, observe }: KafkaLogParts,
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
  if (client === 'stock') return new StockLog(options)
  const skipSource: SkipLost = (lane, from, to) => {
    if (!sources.has(lane.topic)) return false
    observe({ kind: 'skipped', ...lane, from, to })
    return true
  }
  return new KafkaLog({ ...options, skipLost: skipLost ? skipSource : undefined })
}
