/**
 * One measured run of an engine: fresh topics, a warm-up, then all measured events at once, as a transaction that is committed when the
 * engine is warm. Measured from that moment until the last output can be seen by a reader of committed records; what came out is then
 * compared, line by line, with what had to.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type EngineProcesses, startEngine } from './engine-process.ts'
import type { Engine, Run } from './engines/engine.ts'
import { Load } from './load.ts'
import { type Counts, Oracle } from './oracle.ts'
import { machineCpu } from './processes.ts'
import type { Site } from './site.ts'
import { OutputWatch } from './watch.ts'

export interface Settings {
  readonly events: number
  readonly warmup: number
  readonly users: number
  readonly partitions: number
  readonly seed: number
  readonly commitMs: number
  readonly processes: number
  /** Keeps what the engines say. */
  readonly verbose: boolean
}

export interface Expected {
  readonly oracle: Oracle
  /** Outputs of both topics: of the warm-up, and of everything. */
  readonly warm: number
  readonly all: number
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
const SHOWN_MAX = 3

const sum = ({ sessions, offers }: Counts): number => sessions + offers

export function expect({ seed, users, partitions, warmup, events }: Settings): Expected {
  const load = new Load({ seed, users, partitions, schemaId: 1 })
  const oracle = new Oracle(partitions)
  for (const record of load.phase(warmup)) oracle.see(record)
  const warm = sum(oracle.expect())
  for (const record of load.phase(events)) oracle.see(record)
  return { oracle, warm, all: sum(oracle.expect()) }
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
  name: string,
  { partitions, commitMs }: Pick<Settings, 'partitions' | 'commitMs'>,
): Promise<Run> {
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
  name: string,
  settings: Settings,
  expected: Expected,
): Promise<Figures> {
  const { seed, users, partitions, warmup, events, processes: count } = settings
  const run = await createRun(site, name, settings)
  const load = new Load({ seed, users, partitions, schemaId: run.schemaId })
  const warm = await run.client.append(run.input, partitions, load.phase(warmup))
  await warm.commit()
  const measured = await run.client.append(run.input, partitions, load.phase(events))
  const command = await engine.prepare(run)
  const watch = new OutputWatch(run)
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
    const verdict = await compare(engine, run, expected)
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
    await site.dropTopics(name)
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

interface Verdict {
  readonly missing: number
  readonly unexpected: number
}

/** As multisets of lines; the first differences are shown. */
async function compare(engine: Engine, run: Run, { oracle }: Expected): Promise<Verdict> {
  const left = new Map<string, number>()
  oracle.expect((line) => left.set(line, (left.get(line) ?? 0) + 1))
  const shown: string[] = []
  let unexpected = 0
  await engine.lines(run, oracle, (line) => {
    const times = left.get(line) ?? 0
    if (times > 1) left.set(line, times - 1)
    else if (times === 1) left.delete(line)
    else {
      unexpected++
      if (shown.length < SHOWN_MAX) shown.push(`not expected: ${line}`)
    }
  })
  let missing = 0
  for (const [line, times] of left) {
    missing += times
    if (shown.length < 2 * SHOWN_MAX) shown.push(`missing: ${line}`)
  }
  for (const line of shown) process.stderr.write(`${run.name}: ${line}\n`)
  return { missing, unexpected }
}
