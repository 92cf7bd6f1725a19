/** The four kinds of servers that tests can have: the variable that names one, how to ask it, how to start it. */
import { kafkaAnswers } from './kafka-ready.ts'
import { startKafka } from './kafka.ts'
import {
  kafkaProgram,
  type Program,
  prometheusProgram,
  redisProgram,
  registryProgram,
  type Search,
} from './programs.ts'
import { prometheusAnswers, startPrometheus } from './prometheus.ts'
import { redisAnswers, startRedis } from './redis.ts'
import { registryAnswers, startRegistry } from './registry.ts'
import type { Server } from './server-process.ts'

interface ServerKind {
  /** The environment variable with its address. */
  readonly variable: string
  /** Rejects with the reason when it cannot be used. */
  readonly answers: (address: string) => Promise<void>
  readonly program: (search: Search) => Program
  readonly start: () => Promise<Server>
}

export const SERVER_NAMES = ['kafka', 'redis', 'registry', 'prometheus'] as const
export type ServerName = (typeof SERVER_NAMES)[number]

export const SERVER_KINDS: Readonly<Record<ServerName, ServerKind>> = {
  kafka: {
    variable: 'SHOPKEEPER_KAFKA',
    answers: kafkaAnswers,
    program: kafkaProgram,
    start: () => startKafka(),
  },
  redis: {
    variable: 'SHOPKEEPER_REDIS',
    answers: redisAnswers,
    program: redisProgram,
    start: () => startRedis(),
  },
  registry: {
    variable: 'SHOPKEEPER_REGISTRY',
    answers: registryAnswers,
    program: registryProgram,
    start: () => startRegistry(),
  },
  prometheus: {
    variable: 'SHOPKEEPER_PROMETHEUS',
    answers: prometheusAnswers,
    program: prometheusProgram,
    start: () => startPrometheus(),
  },
}

export const isServerName = (name: string): name is ServerName =>
  (SERVER_NAMES as readonly string[]).includes(name)
