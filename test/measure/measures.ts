/**
 * What can be measured: each brings the processes to where it begins, lets something happen while probes go through, and says how long
 * which partitions were silent.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { longestSilence } from './pauses.ts'
import type { Probe, Probes } from './probes.ts'
import { PARTITIONS, type Site } from './site.ts'

/** Between rounds of probes: silences are told to about so much. */
const ROUND_MS = 100
/** Before and behind what happens. */
const SETTLE_MS = 4000
/** Something happens at any moment between two heartbeats. */
const CHANCE_MS = 1000
const LATENCY_ROUND_MS = 200
const LATENCY_MS = 60_000
const SEEN_MS_MAX = 180_000
const LOOK_MS = 50

export interface Scene {
  readonly site: Site
  readonly probes: Probes
}

/** Milliseconds by what they are of; a part that did not occur is left out. */
export type Figures = Readonly<Record<string, readonly number[]>>

export interface Measure {
  readonly name: string
  readonly run: (scene: Scene) => Promise<Figures>
}

export const MEASURES: readonly Measure[] = [
  { name: 'join', run: (scene) => silences(scene, 1, ({ site }) => void site.start()) },
  { name: 'leave', run: (scene) => silences(scene, 2, ({ site }) => site.leave(otherOf(site))) },
  { name: 'leave-gate', run: (scene) => silences(scene, 2, ({ site }) => site.leave(site.gateProcess)) },
  { name: 'kill', run: (scene) => silences(scene, 2, ({ site }) => site.kill(otherOf(site))) },
  { name: 'kill-gate', run: (scene) => silences(scene, 2, ({ site }) => site.kill(site.gateProcess)) },
  { name: 'restart', run: (scene) => silences(scene, 2, ({ site }) => restart(site, otherOf(site))) },
  { name: 'restart-gate', run: (scene) => silences(scene, 2, ({ site }) => restart(site, site.gateProcess)) },
  { name: 'flush', run: (scene) => silences(scene, 2, ({ site }) => site.emptyRedis()) },
  { name: 'latency', run: latency },
  { name: 'start', run: start },
  {
    name: 'start-without-redis',
    async run(scene) {
      await scene.site.leaveAll()
      await scene.site.emptyRedis()
      return start(scene)
    },
  },
]

async function silences(
  scene: Scene,
  processes: number,
  happens: (scene: Scene) => void | Promise<void>,
): Promise<Figures> {
  const { site, probes } = scene
  await staff(site, processes)
  const opened = site.openings.length
  const sent = probes.all.length
  probes.begin(ROUND_MS)
  await pause(SETTLE_MS + Math.random() * CHANCE_MS)
  const at = Date.now()
  await happens(scene)
  await site.untilShared()
  await pause(SETTLE_MS)
  await probes.rest()
  const told = probes.all.slice(sent)
  await untilSeen(told)
  const moved = new Set(site.openings.slice(opened).map(({ task }) => task))
  const longest = Array.from({ length: PARTITIONS }, (_, partition) => {
    const seen = told.filter((probe) => probe.partition === partition)
    return { partition, ...longestSilence(momentsOf(seen), at) }
  })
  const worst = (list: readonly { readonly ms: number }[]): readonly number[] =>
    list.length === 0 ? [] : [Math.max(...list.map(({ ms }) => ms))]
  const [last] = longest.toSorted((a, b) => b.ms - a.ms)
  return {
    stayed: worst(longest.filter(({ partition }) => !moved.has(partition))),
    moved: worst(longest.filter(({ partition }) => moved.has(partition))),
    everything: worst([longestSilence(momentsOf(told), at)]),
    'next offer': last === undefined ? [] : [last.from + last.ms - at],
  }
}

async function latency({ site, probes }: Scene): Promise<Figures> {
  await staff(site, 2)
  const sent = probes.all.length
  probes.begin(LATENCY_ROUND_MS)
  await pause(LATENCY_MS)
  await probes.rest()
  const told = probes.all.slice(sent)
  await untilSeen(told)
  return { latency: told.map(({ sentAt, seenAt }) => (seenAt as number) - sentAt) }
}

/** From the start of the process; what is asked was told just then. */
async function start({ site, probes }: Scene): Promise<Figures> {
  await site.leaveAll()
  const at = Date.now()
  site.start()
  const sent = probes.all.length
  await probes.round()
  const told = probes.all.slice(sent)
  await untilSeen(told)
  await site.untilShared()
  const seen = momentsOf(told).map((moment) => moment - at)
  return { 'first offer': seen.slice(0, 1), 'last partition': seen.slice(-1) }
}

async function restart(site: Site, process: number): Promise<void> {
  await site.leave(process)
  site.start()
}

const otherOf = (site: Site): number => site.processes.find((one) => one !== site.gateProcess) as number

/** Brings so many processes to work, and lets them come to rest. */
async function staff(site: Site, processes: number): Promise<void> {
  while (site.processes.length > processes) await site.leave(otherOf(site))
  while (site.processes.length < processes) site.start()
  await site.untilShared()
  await pause(SETTLE_MS)
}

const momentsOf = (probes: readonly Probe[]): readonly number[] =>
  probes.map(({ seenAt }) => seenAt as number).toSorted((a, b) => a - b)

async function untilSeen(probes: readonly Probe[]): Promise<void> {
  for (let left = SEEN_MS_MAX; probes.some(({ seenAt }) => seenAt === undefined); left -= LOOK_MS) {
    if (left <= 0) throw new Error('an offer never came')
    await pause(LOOK_MS)
  }
}
