/**
 * A Confluent-compatible schema registry, over the HTTP client of @kafkajs/confluent-schema-registry. Schemas travel as text: how they are
 * read is the business of formats/avro, and a client that parses them drops the logical types that it does not know.
 *
 * 1. Every call has a timeout of its own and few attempts; who reads a topic waits for them.
 * 2. "It is not there" is an answer, not an error.
 * 3. User and password of the URL are sent, and never said.
 */
import client from '@kafkajs/confluent-schema-registry/dist/api/index.js'
import { AdapterError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'

const TIMEOUT_MS: DurationMs = 5000
/** Beside the first. */
const RETRIES = 2

export interface RegistryOptions {
  /** `https://user:password@host:8081/base`. */
  readonly url: string
  /** Of silence in one attempt, and three times that of a whole call; default 5 s. */
  readonly timeoutMs?: DurationMs
  readonly retries?: number
}

export interface RegisteredSchema {
  readonly id: number
  readonly version: number
  readonly schema: string
}

/** @throws AdapterError from every call: `registry-unreachable` and `registry-trouble` may pass, `registry-refused` will not. */
export interface Registry {
  /** The text of an Avro schema by its id; undefined: the registry knows none, or one of another kind. */
  schema(id: number): Promise<string | undefined>
  /** The newest under a subject; undefined: no such subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>
  /** This very schema under the subject; undefined: it is not registered there. */
  find(subject: string, schema: string): Promise<RegisteredSchema | undefined>
  /** Whether the subject would take it, by the registry's own rule; undefined: no such subject, which takes anything. */
  compatible(subject: string, schema: string): Promise<boolean | undefined>
  /** Its id; the same one when it was there already. */
  register(subject: string, schema: string): Promise<number>
  /** From now on the subject takes only what can read its newest schema's records. Not every registry does so unasked. */
  requireBackward(subject: string): Promise<void>
  subjects(): Promise<readonly string[]>
}

interface Response {
  data(): unknown
}

/** What the client throws for an answer that is no success. */
interface Refusal {
  readonly status: number
  readonly message: string
}

const ATTEMPTS = { initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1, factor: 0.2, multiplier: 2 }
const NOT_FOUND = 404
/** The client says so of what never came to an answer, as if the registry had said 400. */
const NO_ANSWER = /^shopkeeper - Error, status 400: /

export function openRegistry({ url, timeoutMs = TIMEOUT_MS, retries = RETRIES }: RegistryOptions): Registry {
  const { host, auth, shown } = partsOf(url)
  const { Schema, Subject } = client.default({
    host,
    clientId: 'shopkeeper',
    retry: { ...ATTEMPTS, retries },
    ...(auth === undefined ? {} : { auth }),
  })

  /** The answer's body; undefined where nothing is. */
  async function ask<Body>(
    method: typeof Schema.find,
    parameters: Readonly<Record<string, string | number | Readonly<Record<string, string>>>>,
  ): Promise<Body | undefined> {
    try {
      const signal = AbortSignal.timeout(3 * timeoutMs)
      const response = (await method({ ...parameters, timeout: timeoutMs, signal })) as Response
      const body = response.data()
      // The client leaves what is no JSON as it is: a proxy in between, or another program on that port.
      if (typeof body !== 'object' || body === null)
        throw new Error('the answer is no JSON: is this a registry?')
      return body as Body
    } catch (error) {
      const { status, message } = error as Partial<Refusal>
      if (status === NOT_FOUND) return undefined
      throw failure(shown, status, message ?? String(error))
    }
  }

  return {
    async schema(id) {
      const found = await ask<{ schema: string; schemaType?: string }>(Schema.find, { id })
      return found === undefined || (found.schemaType ?? 'AVRO') !== 'AVRO' ? undefined : found.schema
    },
    latest: (subject) => ask<RegisteredSchema>(Subject.latestVersion, { subject }),
    find: (subject, schema) => ask<RegisteredSchema>(Subject.registered, { subject, body: { schema } }),
    async compatible(subject, schema) {
      const answer = await ask<{ is_compatible: boolean }>(Subject.compatible, { subject, body: { schema } })
      return answer?.is_compatible
    },
    async register(subject, schema) {
      const made = await ask<{ id: number }>(Subject.register, { subject, body: { schema } })
      if (made === undefined) throw failure(shown, NOT_FOUND, 'it has no place to register schemas at')
      return made.id
    },
    async requireBackward(subject) {
      await ask(Subject.updateConfig, { subject, body: { compatibility: 'BACKWARD' } })
    },
    subjects: async () => (await ask<readonly string[]>(Subject.all, {})) ?? [],
  }
}

function partsOf(text: string): {
  readonly host: string
  readonly shown: string
  readonly auth: { readonly username: string; readonly password: string } | undefined
} {
  const url = new URL(text)
  const username = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  const host = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
  const auth = username === '' && password === '' ? undefined : { username, password }
  return { host, shown: host, auth }
}

/** 401 and 403 are a matter of settings, other 4xx of what was asked; 429, 5xx and silence may pass. */
function failure(host: string, status: number | undefined, message: string): AdapterError {
  if (status === undefined || NO_ANSWER.test(message)) {
    const why = message.replace(NO_ANSWER, '')
    return new AdapterError('registry-unreachable', `the registry ${host} does not answer: ${why}`, true)
  }
  if (status === 401 || status === 403)
    return new AdapterError('registry-refused', `the registry ${host} refuses the login (${status})`, false)
  const passing = status >= 500 || status === 429
  const code = passing ? 'registry-trouble' : 'registry-refused'
  const said = message.replace(/^shopkeeper - /, '')
  return new AdapterError(code, `the registry ${host} answers ${status}: ${said}`, passing)
}
