/** The settings of Kafka as its adapter takes them. */
import type { KafkaConnection } from '../adapters/kafka/connection.ts'
import type { KafkaSettings } from './settings.ts'

/** `clientId`: what brokers and their logs call this program. */
export function kafkaConnectionOf(
  { brokers, ssl, ca, cert, key, sasl }: KafkaSettings,
  clientId: string,
): KafkaConnection {
  return {
    brokers,
    clientId,
    ssl: ssl && { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    sasl,
  }
}
