/** The servers of an installation, by its settings: each is open for as long as it is used. For commands that ask and go. */
import { KafkaAdministration } from '../adapters/kafka/administration.ts'
import { RedisConnection } from '../adapters/redis/connect.ts'
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
