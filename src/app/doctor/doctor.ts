/**
 * `doctor`: looks at everything that a topology needs to run, and says of each trouble what to do about it. It changes nothing.
 *
 * Each examination is on its own: a server that is away, or a setting that is wrong, hides nothing of the others.
 */
import { createSchemaBook } from '../../adapters/formats/avro/schema-book.ts'
import { createStateReader } from '../../adapters/redis/reader.ts'
import { openRegistry } from '../../adapters/registry/registry.ts'
import { AdapterError, UsageError } from '../../model/errors.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Plan } from '../../topology/plan.ts'
import { namesOf } from '../../topology/topics-needed.ts'
import type { Checked } from '../checked.ts'
import { checkSchemas } from '../schemas.ts'
import { withKafka, withRedis } from '../servers.ts'
import { readServerSettings, type ServerSettings, settingWarnings } from '../settings.ts'
import type { Environment, Flags } from '../setting-table.ts'
import { type ShownSetting, shownSettings } from '../shown-settings.ts'
import { checkTopics } from '../topics.ts'
import { clockFindings } from './clock.ts'
import { idKeyFindings } from './id-key.ts'
import { redisFindings } from './redis.ts'

export interface DoctorOptions {
  readonly environment: Environment
  readonly flags?: Flags
  /** Undefined: no topology was named, and its topics, subjects and states are not looked at. */
  readonly plan?: Plan | undefined
  readonly clock: Clock
}

export interface Diagnosis {
  readonly settings: readonly ShownSetting[]
  /** What was looked at, in words, in the order of looking. */
  readonly examined: readonly string[]
  readonly findings: readonly Checked[]
}

/** Never throws for what a server or a setting does. */
export async function examine({ environment, flags = {}, plan, clock }: DoctorOptions): Promise<Diagnosis> {
  const { settings, problems } = readServerSettings(environment, flags)
  const bad = (prefix: string): boolean => problems.some(({ variable }) => variable.startsWith(prefix))
  const examined: string[] = ['settings']
  const findings: Checked[] = [
    ...problems.map(({ variable, problem, hint }): Checked => {
      return { level: 'error', code: 'bad-setting', about: variable, message: problem, hint }
    }),
    ...settingWarnings(settings).map((message): Checked => {
      const hint = 'export SHOPKEEPER_ID_KEY=... with a long random text, the same for every process'
      return { level: 'warning', code: 'developer-key', about: 'SHOPKEEPER_ID_KEY', message, hint }
    }),
  ]
  const look = async (what: string, hint: string, at: () => Promise<readonly Checked[]>): Promise<void> => {
    examined.push(what)
    findings.push(...(await caught(what, hint, at)))
  }
  if (!bad('KAFKA_'))
    await look(`Kafka ${settings.kafka.brokers.join(',')}`, HINTS.kafka, () => kafkaFindings(settings, plan))
  if (!bad('REDIS_')) await look('Redis', HINTS.redis, () => stateFindings(settings, plan, clock))
  if (!bad('SCHEMA_') && settings.registryUrl !== undefined)
    await look('the schema registry', HINTS.registry, () => registryFindings(settings, plan))
  return { settings: shownSettings(environment, flags), examined, findings }
}

const HINTS = {
  kafka: 'look at KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*, at the network, and whether the broker runs',
  redis: 'look at REDIS_URL, at the network, and whether the server runs',
  registry: 'look at SCHEMA_REGISTRY_URL, at the network, and whether the registry runs',
} as const

function kafkaFindings(settings: ServerSettings, plan: Plan | undefined): Promise<readonly Checked[]> {
  return withKafka(settings, async (administration) => {
    await administration.cluster()
    const about = `Kafka ${settings.kafka.brokers.join(',')}`
    const clock = clockFindings(about, await administration.clockAheadMs())
    if (plan === undefined) return clock
    const { findings } = await checkTopics(plan, administration, settings.app)
    return [...clock, ...findings.map(({ topic, ...finding }) => ({ ...finding, about: topic }))]
  })
}

function stateFindings(
  settings: ServerSettings,
  plan: Plan | undefined,
  clock: Clock,
): Promise<readonly Checked[]> {
  return withRedis(settings, async (connection) => {
    const findings = await redisFindings(connection, clock)
    if (plan === undefined || findings.some(({ code }) => code.startsWith('redis-un'))) return findings
    const names = namesOf(settings.app, plan.topology)
    return [...findings, ...(await idKeyFindings(createStateReader(connection), names, settings.idKey))]
  })
}

async function registryFindings(
  settings: ServerSettings,
  plan: Plan | undefined,
): Promise<readonly Checked[]> {
  const registry = openRegistry({ url: settings.registryUrl as string })
  await registry.subjects()
  if (plan === undefined) return []
  const findings = await checkSchemas(plan, createSchemaBook(), registry)
  return findings.map(({ subject, ...finding }) => ({ ...finding, about: subject }))
}

/** What a server says when it cannot be asked is a finding like any other. */
async function caught(
  about: string,
  hint: string,
  look: () => Promise<readonly Checked[]>,
): Promise<readonly Checked[]> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof AdapterError) {
      const code = error.code.toLowerCase().replaceAll('_', '-')
      return [{ level: 'error', code, about, message: error.message, hint }]
    }
    if (error instanceof UsageError)
      return [{ level: 'error', code: 'bad-setting', about, message: error.message, hint: error.hint }]
    throw error
  }
}
