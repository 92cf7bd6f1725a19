/** Every setting there is: its variable, its flag, its default, what it means. docs/settings.md shows this table. */

export interface SettingRow {
  readonly variable: string
  /** The flag that goes before the variable, with commands that have it. */
  readonly flag?: string
  /** Empty: none. */
  readonly standard: string
  readonly meaning: string
  /** `value`: never shown. `url`: shown without user and password. */
  readonly secret?: 'value' | 'url'
}

export const SETTING_TABLE = [
  {
    variable: 'SHOPKEEPER_APP',
    flag: '--app',
    standard: 'shopkeeper',
    meaning:
      'Name of the application: topics, consumer group, transactional ids and Redis keys begin with it',
  },
  {
    variable: 'KAFKA_BROKERS',
    flag: '--brokers',
    standard: '127.0.0.1:9092',
    meaning: 'Brokers to begin with, `host:port`, several with commas between them',
  },
  { variable: 'KAFKA_SSL', standard: 'false', meaning: '`true`: connect to Kafka by TLS' },
  {
    variable: 'KAFKA_SSL_CA',
    standard: '',
    meaning: "File with the certificates (PEM) to trust instead of the system's; needs `KAFKA_SSL=true`",
  },
  {
    variable: 'KAFKA_SSL_CERT',
    standard: '',
    meaning:
      'File with the certificate (PEM) of this program, where the brokers want one; with `KAFKA_SSL_KEY`',
  },
  { variable: 'KAFKA_SSL_KEY', standard: '', meaning: 'File with the key (PEM) to that certificate' },
  {
    variable: 'KAFKA_SASL_MECHANISM',
    standard: '',
    meaning: '`plain`, `scram-sha-256` or `scram-sha-512`; unset: no login',
  },
  { variable: 'KAFKA_SASL_USERNAME', standard: '', meaning: 'Who logs in to Kafka' },
  { variable: 'KAFKA_SASL_PASSWORD', standard: '', meaning: 'The password to it', secret: 'value' },
  {
    variable: 'KAFKA_CLIENT',
    standard: 'own',
    meaning:
      '`own`: the data path of this program; `stock`: that of kafkajs, slower, if in doubt of the first',
  },
  {
    variable: 'REDIS_URL',
    flag: '--redis',
    standard: 'redis://127.0.0.1:6379',
    meaning:
      'Redis: `redis://user:password@host:6379/0`, `redis+sentinel://host,host/master` or `redis+cluster://host,host`; `rediss` for TLS',
    secret: 'url',
  },
  {
    variable: 'REDIS_SSL_CA',
    standard: '',
    meaning: "File with the certificates (PEM) to trust beside the system's, for `rediss`",
  },
  { variable: 'REDIS_SENTINEL_USERNAME', standard: '', meaning: 'Who logs in to the sentinels, if they ask' },
  { variable: 'REDIS_SENTINEL_PASSWORD', standard: '', meaning: 'The password to it', secret: 'value' },
  {
    variable: 'SCHEMA_REGISTRY_URL',
    flag: '--registry',
    standard: '',
    meaning: 'Confluent-compatible schema registry, with user and password if it wants them; unset: none',
    secret: 'url',
  },
  {
    variable: 'SHOPKEEPER_HTTP',
    flag: '--http',
    standard: '127.0.0.1:9400',
    meaning: 'Where `run` listens: a port, or host and port',
  },
  {
    variable: 'SHOPKEEPER_ID_KEY',
    standard: '',
    meaning:
      'All ids hang on it: choose one, keep it secret, never change it. Unset: a key for machines of developers',
    secret: 'value',
  },
  {
    variable: 'SHOPKEEPER_SESSION_TIMEOUT',
    standard: '10s',
    meaning: 'After so long without a sign of life a process has lost its partitions to the others',
  },
  {
    variable: 'SHOPKEEPER_TRANSACTION_TIMEOUT',
    standard: '15s',
    meaning: 'After so long the broker ends the open transaction of a process that died',
  },
  {
    variable: 'SHOPKEEPER_COMMIT_INTERVAL',
    standard: '100ms',
    meaning: 'At most so long from an event to the commit that makes it visible',
  },
  {
    variable: 'SHOPKEEPER_SKIP_LOST',
    standard: 'false',
    meaning:
      '`true`, for one start: what retention took of a source before it was read is gone over, said as an error and counted, where the process ends otherwise; with `KAFKA_CLIENT=own`',
  },
  {
    variable: 'SHOPKEEPER_HOLD_TRANSACTIONS',
    standard: '0ms',
    meaning:
      'For fault tests: every transaction is held open at random for up to so long, so that a fault may hit one',
  },
  { variable: 'LOG_LEVEL', standard: 'info', meaning: '`debug`, `info`, `warn` or `error`' },
] as const satisfies readonly SettingRow[]

export type Variable = (typeof SETTING_TABLE)[number]['variable']

/** Values of flags, by the variable that each goes before. */
export type Flags = Readonly<Partial<Record<Variable, string | undefined>>>

export type Environment = Readonly<Record<string, string | undefined>>
