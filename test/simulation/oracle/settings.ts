/** What a topology document says, with the defaults of the contracts filled in. The document is taken as sound: lint is not the oracle's. */
import { parseDuration } from '../../../src/model/time.ts'

export type Json = Readonly<Record<string, unknown>>

export interface SourceSettings {
  readonly id: string
  readonly topic: string
  readonly latenessMs: number
  readonly graceMs: number
  readonly idleMs: number
  readonly aheadMs: number
  /** Undefined: every well-formed type. */
  readonly types: readonly string[] | undefined
  readonly dedupe: boolean
  readonly world: boolean
}

export interface OperatorSettings {
  readonly id: string
  readonly type: string
  readonly from: readonly string[]
  readonly config: Json
}

export interface IdentifierRule {
  readonly type: string
  readonly unique: boolean
  readonly limit: number
}

export interface IdentitySettings {
  /** Highest priority first. */
  readonly rules: readonly IdentifierRule[]
  readonly block: readonly string[]
  readonly mergesMax: number
  readonly identifiersMax: number
}

export interface Settings {
  readonly timezone: string
  readonly sources: readonly SourceSettings[]
  readonly identity: IdentitySettings
  /** Behind identity, in the order of the document. */
  readonly operators: readonly OperatorSettings[]
  readonly sinks: readonly { readonly topic: string; readonly from: readonly string[] }[]
  readonly lateTopic: string
  readonly deadTopic: string
  readonly identitiesTopic: string
  readonly decisionsTopic: string
  readonly dedupeWithinMs: number
  readonly dedupeEvents: number
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
export const textOf = (value: unknown, fallback: string): string =>
  typeof value === 'string' ? value : fallback
export const numberOf = (value: unknown, fallback: number): number =>
  typeof value === 'number' ? value : fallback

export function durationOf(value: unknown, fallback: string): number {
  const ms = parseDuration(textOf(value, fallback))
  if (ms === undefined) throw new Error(`no duration: ${String(value)}`)
  return ms
}

const DEFAULT_IDENTIFIERS: Json = {
  user_id: { unique: true },
  loyalty_id: { unique: true },
  email: { limit: 5 },
  phone: { limit: 5 },
  device_id: { limit: 10 },
  push_token: { limit: 10 },
  anonymous_id: { limit: 20 },
}

function identitySettings(config: Json): IdentitySettings {
  const table = isObject(config['identifiers']) ? config['identifiers'] : DEFAULT_IDENTIFIERS
  return {
    rules: Object.entries(table).map(([type, rule]) => ({
      type,
      unique: objectOf(rule)['unique'] === true,
      limit: numberOf(objectOf(rule)['limit'], Number.POSITIVE_INFINITY),
    })),
    block: listOf(config['block']).map(String),
    mergesMax: numberOf(config['mergesMax'], 100),
    identifiersMax: numberOf(config['identifiersMax'], 200),
  }
}

function sourceSettings(id: string, source: Json): SourceSettings {
  const format = textOf(source['format'], 'json')
  if (format !== 'json' && format !== 'avro') throw new Error(`the oracle does not read ${format}`)
  return {
    id,
    topic: textOf(source['topic'], id),
    latenessMs: durationOf(source['lateness'], '10s'),
    graceMs: durationOf(source['grace'], '10m'),
    idleMs: durationOf(source['idle'], '30s'),
    aheadMs: durationOf(source['ahead'], '5m'),
    types: Array.isArray(source['types']) ? source['types'].map(String) : undefined,
    dedupe: source['dedupe'] !== 'none',
    world: source['world'] === true,
  }
}

export function settingsOf(document: Json): Settings {
  const operators = listOf(document['operators']).map((entry): OperatorSettings => {
    const operator = objectOf(entry)
    return {
      id: textOf(operator['id'], ''),
      type: textOf(operator['type'], ''),
      from: listOf(operator['from']).map(String),
      config: objectOf(operator['config']),
    }
  })
  const topic = (key: string, fallback: string): string => textOf(objectOf(document[key])['topic'], fallback)
  const dedupe = objectOf(document['dedupe'])
  return {
    timezone: textOf(document['timezone'], 'UTC'),
    sources: Object.entries(objectOf(document['sources'])).map(([id, s]) => sourceSettings(id, objectOf(s))),
    identity: identitySettings(operators.find((o) => o.type === 'identity')?.config ?? {}),
    operators: operators.filter((o) => o.type !== 'identity'),
    sinks: Object.entries(objectOf(document['sinks'])).map(([id, s]) => ({
      topic: textOf(objectOf(s)['topic'], id),
      from: listOf(objectOf(s)['from']).map(String),
    })),
    lateTopic: topic('lateEvents', 'late-events'),
    deadTopic: topic('deadLetters', 'dead-letters'),
    identitiesTopic: topic('identities', 'identities'),
    decisionsTopic: topic('decisions', 'decisions'),
    dedupeWithinMs: durationOf(dedupe['within'], '24h'),
    dedupeEvents: numberOf(dedupe['events'], 200),
  }
}
