/** The servers of an installation, from its settings: what the adapters want to be told, and each of them open for as long as it is used. */
import { KafkaAdministration } from '../adapters/kafka/administration.ts'
import type { KafkaConnection } from '../adapters/kafka/connection.ts'
import { RedisConnection } from '../adapters/redis/connect.ts'
import type { ServerSettings } from './settings.ts'

export function kafkaConnectionOf({ app, kafka }: Pick<ServerSettings, 'app' | 'kafka'>): KafkaConnection {
  const { brokers, ssl, ca, cert, key, sasl } = kafka
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
  return { brokers, clientId: app, ssl: ssl && tls, sasl }
}

/** @throws AdapterError whatever `use` throws, and when the cluster cannot be asked. */
export async function withKafka<Result>(
  settings: Pick<ServerSettings, 'app' | 'kafka'>,
  use: (administration: KafkaAdministration) => Promise<Result>,
): Promise<Result> {
  const administration = new KafkaAdministration(kafkaConnectionOf(settings))
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
