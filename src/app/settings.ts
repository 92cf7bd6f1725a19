/**
 * Settings of a process: flags first (the caller's), then environment, then defaults for a developer's machine.
 *
 * 1. What is set to nothing counts as unset.
 * 2. A bad value is the user's mistake, said with the name of its variable; a value that may be secret is never repeated.
 * 3. What runs without servers reads the few settings that it needs, so that nobody stumbles over the address of a server unused.
 */
import { readFileSync } from 'node:fs'
import { parseRedisUrl } from '../adapters/redis/address.ts'
import { UsageError } from '../model/errors.ts'
import { type IdKey, idKeyOf } from '../model/hash.ts'
import { type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type Environment, type Flags, SETTING_TABLE, type Variable } from './setting-table.ts'
import {
  type Address,
  appName,
  brokerList,
  flag,
  isUnfit,
  listenAddress,
  oneOf,
  type Parse,
  spanOf,
  unfit,
  urlOf,
} from './setting-values.ts'

/** Serves a developer's machine; every installation sets its own and keeps it for ever, since all ids hang on it. */
const DEVELOPER_KEY = 'shopkeeper-developer-key'

export interface Settings {
  readonly idKey: IdKey
  readonly http: Address
}

export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly ssl: boolean
  /** Certificates to trust, and this program's own with its key: PEM. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
        readonly username: string
        readonly password: string
      }
    | undefined
  readonly client: 'own' | 'stock'
  /** Go on behind what retention took of a source before it was read. */
  readonly skipLost: boolean
  readonly sessionTimeoutMs: DurationMs
  readonly transactionTimeoutMs: DurationMs
  /** For fault tests; 0: not at all. */
  readonly holdTransactionsMs: DurationMs
}

export interface RedisLogin {
  readonly url: string
  /** A file. */
  readonly caFile: string | undefined
  readonly sentinelUsername: string | undefined
  readonly sentinelPassword: string | undefined
}

/** Of what talks to servers. */
export interface ServerSettings extends Settings {
  readonly app: string
  readonly kafka: KafkaSettings
  readonly redis: RedisLogin
  readonly registryUrl: string | undefined
  readonly commitIntervalMs: DurationMs
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** No id key is set. */
  readonly developerKey: boolean
}

/** One bad value. */
export interface SettingProblem {
  readonly variable: Variable
  readonly problem: string
  readonly hint: string
}

/** @throws UsageError */
export function settingsOf(environment: Environment, flags: Flags = {}): Settings {
  const source = sourceOf(environment, flags)
  const settings = localSettings(source)
  refuse(source.problems)
  return settings
}

/** @throws UsageError on the first bad value. */
export function serverSettingsOf(environment: Environment, flags: Flags = {}): ServerSettings {
  const { settings, problems } = readServerSettings(environment, flags)
  refuse(problems)
  return settings
}

/** All bad values at once; the settings are right only when there is none. */
export function readServerSettings(
  environment: Environment,
  flags: Flags = {},
): { readonly settings: ServerSettings; readonly problems: readonly SettingProblem[] } {
  const source = sourceOf(environment, flags)
  const { read, text } = source
  const settings: ServerSettings = {
    ...localSettings(source),
    app: read('SHOPKEEPER_APP', appName, 'shopkeeper'),
    kafka: kafkaSettings(source),
    redis: redisLogin(source),
    registryUrl:
      text('SCHEMA_REGISTRY_URL') === ''
        ? undefined
        : read('SCHEMA_REGISTRY_URL', urlOf(['http', 'https'], 'http://127.0.0.1:8081'), ''),
    commitIntervalMs: read('SHOPKEEPER_COMMIT_INTERVAL', spanOf(1, 10 * SECOND_MS), 0),
    logLevel: read('LOG_LEVEL', oneOf('debug', 'info', 'warn', 'error'), 'info'),
    developerKey: text('SHOPKEEPER_ID_KEY') === '',
  }
  return { settings, problems: source.problems }
}

/** What is no mistake and may become one; lines for stderr. */
export function settingWarnings({ developerKey, kafka }: ServerSettings): readonly string[] {
  if (!developerKey || kafka.brokers.every(isLocal)) return []
  return [
    `SHOPKEEPER_ID_KEY is not set, and ${kafka.brokers.join(',')} is not this machine: all ids hang on a key that everybody knows. ` +
      'Choose one before the first event, since it can never change',
  ]
}

/** `9400`, `0.0.0.0:9400` or `[::1]:9400`; without a host the loopback address. @throws UsageError */
export function parseAddress(text: string): Address {
  const address = listenAddress(text)
  if (isUnfit(address)) throw new UsageError(address.problem, address.hint)
  return address
}

interface Source {
  readonly problems: readonly SettingProblem[]
  readonly text: (variable: Variable) => string
  /** `instead` stands for what could not be read. */
  readonly read: <Value>(variable: Variable, parse: Parse<Value>, instead: Value) => Value
  readonly complain: (variable: Variable, problem: string, hint: string) => void
}

function sourceOf(environment: Environment, flags: Flags): Source {
  const problems: SettingProblem[] = []
  const text = (variable: Variable): string =>
    flags[variable] || environment[variable] || standardOf(variable)
  const complain = (variable: Variable, problem: string, hint: string): void =>
    void problems.push({ variable, problem, hint })
  return {
    problems,
    text,
    complain,
    read(variable, parse, instead) {
      const value = parse(text(variable))
      if (!isUnfit(value)) return value
      complain(variable, value.problem, value.hint)
      return instead
    },
  }
}

const standardOf = (variable: Variable): string =>
  SETTING_TABLE.find((row) => row.variable === variable)?.standard ?? ''

function refuse([first]: readonly SettingProblem[]): void {
  if (first !== undefined) throw new UsageError(`${first.variable}: ${first.problem}`, first.hint)
}

function localSettings({ text, read }: Source): Settings {
  return {
    idKey: idKeyOf(text('SHOPKEEPER_ID_KEY') || DEVELOPER_KEY),
    http: read('SHOPKEEPER_HTTP', listenAddress, { host: '127.0.0.1', port: 0 }),
  }
}

function kafkaSettings(source: Source): KafkaSettings {
  const { read } = source
  const ssl = read('KAFKA_SSL', flag, false)
  return {
    brokers: read('KAFKA_BROKERS', brokerList, []),
    ssl,
    ca: fileOf(source, 'KAFKA_SSL_CA', ssl),
    cert: fileOf(source, 'KAFKA_SSL_CERT', ssl),
    key: fileOf(source, 'KAFKA_SSL_KEY', ssl),
    sasl: login(source),
    client: read('KAFKA_CLIENT', oneOf('own', 'stock'), 'own'),
    skipLost: read('SHOPKEEPER_SKIP_LOST', flag, false),
    sessionTimeoutMs: read('SHOPKEEPER_SESSION_TIMEOUT', spanOf(SECOND_MS, 30 * MINUTE_MS), 0),
    transactionTimeoutMs: read('SHOPKEEPER_TRANSACTION_TIMEOUT', spanOf(SECOND_MS, HOUR_MS), 0),
    holdTransactionsMs: read('SHOPKEEPER_HOLD_TRANSACTIONS', spanOf(0, 10 * SECOND_MS), 0),
  }
}

const orNothing = (text: string): string | undefined => (text === '' ? undefined : text)

function redisLogin({ text, read }: Source): RedisLogin {
  const parse: Parse<string> = (url) => {
    try {
      parseRedisUrl(url)
      return url
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      return unfit(error.message.replace(/^REDIS_URL:? (?:is )?/, ''), error.hint)
    }
  }
  return {
    url: read('REDIS_URL', parse, ''),
    caFile: orNothing(text('REDIS_SSL_CA')),
    sentinelUsername: orNothing(text('REDIS_SENTINEL_USERNAME')),
    sentinelPassword: orNothing(text('REDIS_SENTINEL_PASSWORD')),
  }
}

/** The text of a file that a variable names. */
function fileOf({ text, complain }: Source, variable: Variable, ssl: boolean): string | undefined {
  const file = text(variable)
  if (file === '') return undefined
  if (!ssl) {
    complain(variable, 'it has no effect without TLS', 'set KAFKA_SSL=true, or leave it out')
    return undefined
  }
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    complain(variable, `cannot read ${file}: ${code}`, 'name a PEM file that this user may read')
    return undefined
  }
}

function login({ text, read, complain }: Source): KafkaSettings['sasl'] {
  const username = text('KAFKA_SASL_USERNAME')
  const password = text('KAFKA_SASL_PASSWORD')
  if (text('KAFKA_SASL_MECHANISM') === '') {
    if (username !== '' || password !== '')
      complain(
        'KAFKA_SASL_MECHANISM',
        'a user or a password is set without it',
        'set it to plain, scram-sha-256 or scram-sha-512',
      )
    return undefined
  }
  const mechanism = read(
    'KAFKA_SASL_MECHANISM',
    (name) => oneOf('plain', 'scram-sha-256', 'scram-sha-512')(name.toLowerCase()),
    'plain',
  )
  const missing =
    username === '' ? 'KAFKA_SASL_USERNAME' : password === '' ? 'KAFKA_SASL_PASSWORD' : undefined
  if (missing !== undefined) complain(missing, 'it is missing', `KAFKA_SASL_MECHANISM=${mechanism} needs it`)
  return { mechanism, username, password }
}

/** Whether a broker is this machine's own. */
function isLocal(broker: string): boolean {
  const host = broker.slice(0, broker.lastIndexOf(':'))
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
