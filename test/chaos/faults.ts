/**
 * The faults of a chaos run, each by its name: what it does, how long it takes, and that it is over. Which one comes next, and with
 * which numbers, is drawn from the seed; the rest is up to the machine.
 */
import { cp, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Prng } from '../simulation/prng.ts'
import type { Proxy } from '../support/servers/proxy.ts'
import type { Server } from '../support/servers/server-process.ts'
import type { Crew } from './crew.ts'

export interface Stage {
  readonly prng: Prng
  readonly crew: Crew
  readonly kafka: Server
  readonly redis: Server
  /** Between the product and each of them. */
  readonly kafkaProxy: Proxy
  readonly redisProxy: Proxy
  /** A folder beside Redis' own, for a copy of it. */
  readonly snapshot: string
  /** Longer than a process may be silent before its lanes go to others. */
  readonly sessionMs: number
  /** Longer than this nobody may read for time to have passed: idle and grace of the sources. */
  readonly standstillMs: number
  /** Resolves when the upstream has told a fact, an answer or an order that somebody waits for. */
  readonly tense: () => Promise<void>
}

interface Fault {
  readonly name: string
  readonly weight: number
  readonly happen: (stage: Stage) => Promise<void>
}

/** The longest that a fault waits for a moment that is worth it. */
const TENSE_MS_MAX = 4000

/** Brings the crew back: at least one process for each topology, and at most as many as there may be. */
export function recruit({ crew, prng }: Stage): void {
  const wanted = prng.between(1, crew.sizeMax)
  while (crew.fewest === 0 || crew.size < wanted) crew.start(prng.chance(1, 4) ? 2 : 1)
}

async function weather(proxy: Proxy, prng: Prng, sessionMs: number): Promise<string> {
  const kind = prng.pick(['delay', 'cut', 'half-close', 'stall'] as const)
  if (kind === 'delay') proxy.delay(prng.between(20, 400))
  else if (kind === 'cut') proxy.cut()
  else if (kind === 'stall') proxy.stall()
  else proxy.halfClose()
  await pause(prng.between(100, prng.chance(1, 4) ? sessionMs + 2000 : 2500))
  proxy.heal()
  return kind
}

/** By name: how often it happened. */
export type FaultCounts = Map<string, number>

export const FAULTS: readonly Fault[] = [
  {
    name: 'process killed',
    weight: 8,
    async happen(stage) {
      stage.crew.kill(stage.prng.below(stage.crew.sizeMax))
      await pause(stage.prng.between(0, 3000))
      recruit(stage)
    },
  },
  {
    name: 'process killed while a fact, an answer or an order to erase is worked off',
    weight: 6,
    async happen(stage) {
      const { crew, prng, tense } = stage
      await Promise.race([tense(), pause(TENSE_MS_MAX)])
      await pause(prng.between(0, 900))
      crew.kill(prng.below(crew.sizeMax))
      recruit(stage)
    },
  },
  {
    name: 'two processes killed',
    weight: 2,
    async happen(stage) {
      stage.crew.kill(0)
      stage.crew.kill(0)
      await pause(stage.prng.between(0, 1000))
      recruit(stage)
    },
  },
  {
    name: 'process frozen for longer than its session',
    weight: 3,
    async happen({ crew, prng, sessionMs }) {
      await crew.freeze(prng.below(crew.sizeMax), sessionMs + prng.between(500, 4000))
    },
  },
  {
    name: 'process frozen for a moment',
    weight: 3,
    happen: ({ crew, prng }) => crew.freeze(prng.below(crew.sizeMax), prng.between(100, 3000)),
  },
  {
    name: 'process asked to leave',
    weight: 4,
    async happen(stage) {
      await stage.crew.leave(stage.prng.below(stage.crew.sizeMax))
      recruit(stage)
    },
  },
  {
    name: 'process joins',
    weight: 4,
    async happen(stage) {
      if (stage.crew.size < stage.crew.sizeMax) stage.crew.start(1)
      else await stage.crew.leave(stage.prng.below(stage.crew.sizeMax))
    },
  },
  {
    name: 'broker killed and restarted',
    weight: 2,
    async happen({ kafka, prng }) {
      await kafka.kill()
      await pause(prng.between(0, 2000))
      await kafka.restart()
    },
  },
  {
    name: 'Redis emptied',
    weight: 4,
    happen: ({ redis }) => withRedis(redis, (client) => client.flushall()),
  },
  {
    name: 'Redis killed and restarted',
    weight: 4,
    async happen({ redis, prng }) {
      await redis.kill()
      await pause(prng.between(0, 2500))
      await redis.restart()
    },
  },
  {
    name: 'Redis set back to an old copy',
    weight: 3,
    async happen(stage) {
      const { redis, snapshot } = stage
      await redis.kill()
      await rm(redis.dataFolder, { recursive: true, force: true })
      await cp(snapshot, redis.dataFolder, { recursive: true })
      await redis.restart()
    },
  },
  { name: 'Redis copied, to be set back to', weight: 2, happen: copyRedis },
  {
    name: 'Redis frozen',
    weight: 2,
    async happen({ redis, prng }) {
      process.kill(redis.pid, 'SIGSTOP')
      await pause(prng.between(200, 7000))
      process.kill(redis.pid, 'SIGCONT')
    },
  },
  {
    name: 'bad network to Kafka',
    weight: 4,
    happen: async ({ kafkaProxy, prng, sessionMs }) => void (await weather(kafkaProxy, prng, sessionMs)),
  },
  {
    name: 'bad network to Redis',
    weight: 3,
    happen: async ({ redisProxy, prng, sessionMs }) => void (await weather(redisProxy, prng, sessionMs)),
  },
  {
    name: 'everything stopped for longer than idle and grace',
    weight: 1,
    async happen(stage) {
      if (stage.prng.chance(1, 2)) stage.crew.killAll()
      else await stage.crew.leaveAll()
      await pause(stage.standstillMs + 1000)
      recruit(stage)
    },
  },
]

/** The folder as it is on disk: what an old backup would be. */
export async function copyRedis({ redis, snapshot }: Pick<Stage, 'redis' | 'snapshot'>): Promise<void> {
  await redis.kill()
  await rm(snapshot, { recursive: true, force: true })
  await cp(redis.dataFolder, snapshot, { recursive: true })
  await redis.restart()
}

async function withRedis(redis: Server, use: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(redis.address, { maxRetriesPerRequest: 1 })
  client.on('error', () => {}) // what matters rejects the call
  try {
    await use(client)
  } finally {
    client.disconnect()
  }
}
