/** The servers of an installation, by its settings: each is open for as long as it is used. For commands that ask and go. */
import { KafkaLog } from '../adapters/kafka/log.ts'
import { KafkaAdministration } from '../adapters/kafka/administration.ts'
import { RedisConnection } from '../adapters/redis/connect.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { kafkaConnectionOf } from './kafka-connection.ts'
import type { ServerSettings } from './settings.ts'

export async function withKafka<Result>(
  settings: Pick<ServerSettings, 'app' | 'kafka'>,
  use: (administration: KafkaAdministration) => Promise<Result>,
): Promise<Result> {
  const administration = new KafkaAdministration(kafkaConnectionOf(settings.kafka, `${settings.app}.command`))
  try {
    return await use(administration)
  } finally {
    await administration.close()
  }
}

/** The log of a group that this process is no member of. */
export async function withLog<Result>(
  { app, kafka }: Pick<ServerSettings, 'app' | 'kafka'>,
  group: string,
  use: (log: KafkaLog) => Promise<Result>,
): Promise<Result> {
  const log = new KafkaLog({
    connection: kafkaConnectionOf(kafka, `${app}.command`),
    group,
    view: {
      current: () => undefined,
      next: (_after, waitMs) => systemClock.sleep(waitMs),
      holds: () => false,
    },
    now: () => systemClock.now(),
    transactionTimeoutMs: kafka.transactionTimeoutMs,
  })
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

export async function withRedis<Result>(
  { redis }: Pick<ServerSettings, 'redis'>,
  use: (connection: RedisConnection) => Promise<Result>,
): Promise<Result> {
  const connection = new RedisConnection(redis)
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}
