/**
 * One measured run of an engine: fresh topics, a warm-up, then all measured events at once, as a transaction that is committed when the
 * engine is warm. Measured from that moment until the last output can be seen by a reader of committed records; what came out is then
 * compared, line by line, with what had to.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type EngineProcesses, startEngine } from './engine-process.ts'
import type { Engine, Expected, Goal, Run } from './engines/engine.ts'
import { Load, type LoadedRecord } from './load.ts'
import { Oracle } from './oracle.ts'
import { machineCpu } from './processes.ts'
import type { Site } from './site.ts'

export interface Settings {
  readonly events: number
  readonly warmup: number
  readonly users: number
  /** People who came once before the warm-up, and never again. */
  readonly idlePeople: number
  readonly partitions: number
  readonly seed: number
  readonly commitMs: number
  readonly processes: number
}

export interface Figures {
  readonly engine: string
  readonly events: number
  readonly cpuS: number
  readonly seconds: number
  /** From the start of the process through the warm-up. */
  readonly coldCpuS: number
  readonly coldSeconds: number
  readonly rssMb: number
  readonly peakMb: number
  readonly redisMb: number
  readonly brokerCpuS: number
  readonly redisCpuS: number
  readonly foreignCpuS: number
  readonly missing: number
  readonly unexpected: number
}

const WARM_REST_MS = 1500
/** In this time outputs would come that should not. */
const AFTERWARDS_MS = 3000
const IDLE_CAME_WITHIN_MS = 12 * 3_600_000

/** Everything before what is measured. */
function* warmupOf(load: Load, { idlePeople, warmup }: Settings): Generator<LoadedRecord> {
  if (idlePeople > 0) yield* load.newcomers(idlePeople, IDLE_CAME_WITHIN_MS)
  yield* load.phase(warmup)
}

export function expect(settings: Settings): Expected {
  const { seed, users, partitions, events } = settings
  const load = new Load({ seed, users, partitions, schemaId: 1 })
  const oracle = new Oracle(partitions)
  const goal = (): Goal => {
    const { sessions, offers } = oracle.expect()
    return { records: oracle.records, outputs: sessions + offers }
  }
  for (const record of warmupOf(load, settings)) oracle.see(record)
  const warm = goal()
  for (const record of load.phase(events)) oracle.see(record)
  return { oracle, warm, all: goal() }
}

interface Sample {
  readonly at: number
  readonly engine: number
  readonly servers: { readonly broker: number; readonly redis: number; readonly registry: number }
  readonly judge: number
  readonly machine: number
}

function sampleOf(site: Site, processes: EngineProcesses): Sample {
  const { user, system } = process.cpuUsage()
  return {
    at: performance.now(),
    engine: processes.cpu(),
    servers: site.serverCpu(),
    judge: (user + system) / 1e6,
    machine: machineCpu(),
  }
}

export async function createRun(
  site: Site,
  what: string,
  { partitions, commitMs }: Pick<Settings, 'partitions' | 'commitMs'>,
): Promise<Run> {
  const name = site.nameOf(what)
  const folder = join(site.folder, name)
  await mkdir(folder)
  const [input, sessions, offers] = [`${name}-shop`, `${name}-sessions`, `${name}-offers`]
  await site.emptyRedis()
  const client = site.connect()
  await client.createTopics([input, sessions, offers], partitions)
  const schemaId = await site.registerSchema(input)
  return { site, client, name, folder, partitions, commitMs, schemaId, input, sessions, offers }
}

export async function measure(
  site: Site,
  engine: Engine,
  settings: Settings,
  expected: Expected,
): Promise<Figures> {
  const { seed, users, partitions, events, processes: count } = settings
  const run = await createRun(site, engine.name, settings)
  const load = new Load({ seed, users, partitions, schemaId: run.schemaId })
  const warm = await run.client.append(run.input, partitions, warmupOf(load, settings))
  await warm.commit()
  const measured = await run.client.append(run.input, partitions, load.phase(events))
  const command = await engine.prepare(run)
  const watch = engine.watch(run)
  const alive = (): void => processes.alive()
  const processes = startEngine(command, count, run.folder)
  const sample = (): Sample => sampleOf(site, processes)
  try {
    const born = sample()
    const cold = await watch.until(expected.warm, sample, alive)
    await pause(WARM_REST_MS)
    const before = sample()
    await measured.commit()
    const after = await watch.until(expected.all, sample, alive)
    const memory = processes.memory()
    const redisMb = (await site.redisBytes()) / 2 ** 20
    await pause(AFTERWARDS_MS)
    processes.alive()
    await processes.stop()
    const verdict = await engine.verdict(run, expected)
    return {
      ...spent(engine.name, events + partitions, { born, cold, before, after }),
      ...verdict,
      redisMb,
      rssMb: memory.nowMb,
      peakMb: memory.peakMb,
    }
  } finally {
    await processes.kill()
    await run.client.close()
    await site.dropTopics(run.name)
  }
}

interface Samples {
  readonly born: Sample
  readonly cold: Sample
  readonly before: Sample
  readonly after: Sample
}

function spent(engine: string, events: number, { born, cold, before, after }: Samples) {
  const cpuS = after.engine - before.engine
  const brokerCpuS = after.servers.broker - before.servers.broker
  const redisCpuS = after.servers.redis - before.servers.redis
  const registry = after.servers.registry - before.servers.registry
  const ours = cpuS + brokerCpuS + redisCpuS + registry + after.judge - before.judge
  return {
    engine,
    events,
    cpuS,
    seconds: (after.at - before.at) / 1000,
    coldCpuS: cold.engine - born.engine,
    coldSeconds: (cold.at - born.at) / 1000,
    brokerCpuS,
    redisCpuS,
    foreignCpuS: Math.max(0, after.machine - before.machine - ours),
  }
}
