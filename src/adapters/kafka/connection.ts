/**
 * How brokers are reached: addresses, TLS, SASL and times, in one plain value, and what kafkajs is told of it.
 *
 * Retries are said in full everywhere: what kafkajs takes for granted changes with NODE_ENV. Its log lines go to one function or
 * nowhere, without what is attached to them, so that no password can be printed.
 */
import { type KafkaConfig, type LogEntry, logLevel, type RetryOptions } from 'kafkajs'
import type { DurationMs } from '../../model/time.ts'

/** PEM texts. Without `ca`: what Node trusts. */
export interface KafkaTls {
  readonly ca?: string
  /** Of this client, where brokers want one. */
  readonly cert?: string
  readonly key?: string
  /** The name that the brokers' certificates are made out to, where it is not their address. */
  readonly servername?: string
  /** Default: true. */
  readonly rejectUnauthorized?: boolean
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export interface KafkaConnection {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl: false | KafkaTls
  readonly sasl: undefined | KafkaSasl
  /** For a connection, TLS included. Default: 5000. */
  readonly connectTimeoutMs?: DurationMs
  /** For an answer. Default: 30000. */
  readonly requestTimeoutMs?: DurationMs
  /** What kafkajs has to say; nowhere by default. */
  readonly log?: (level: 'error' | 'warn' | 'info' | 'debug', line: string) => void
}

const CONNECT_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 30_000

/** Waits between 50 and 100 ms, then longer up to a second; about eight seconds in all. */
const RETRY: Readonly<RetryOptions> = {
  initialRetryTime: 75,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 1000,
  retries: 10,
}

const LEVELS = { 1: 'error', 2: 'warn', 4: 'info', 5: 'debug' } as const

/** A fresh value at each call: kafkajs writes into it. */
export function kafkaConfig(connection: KafkaConnection, retry: RetryOptions = RETRY): KafkaConfig {
  const { brokers, clientId, ssl, sasl, log } = connection
  return {
    brokers: [...brokers],
    clientId,
    ...(ssl === false ? {} : { ssl: { ...ssl } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as NonNullable<KafkaConfig['sasl']> }),
    connectionTimeout: connection.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    authenticationTimeout: connection.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    requestTimeout: connection.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: { ...retry },
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: () => (entry) => logLine(entry, log),
  }
}

function logLine({ level, namespace, log: said }: LogEntry, log: KafkaConnection['log']): void {
  const name = LEVELS[level as keyof typeof LEVELS]
  if (name === undefined || log === undefined) return
  const broker = typeof said['broker'] === 'string' ? ` (${said['broker']})` : ''
  log(name, `${namespace}: ${said.message}${broker}`)
}
